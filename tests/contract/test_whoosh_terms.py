"""Every term of every field stands in our segments where Whoosh's own index of the articles has it."""

from itertools import takewhile

import pytest
from whoosh.reading import TermNotFound

from search.schema import FIELDS
from tests.doubles.layouts import LAYOUTS, laid_out
from tests.doubles.stock import stock_index

TEXTS = [text_field.name for text_field in FIELDS]


@pytest.fixture(scope="module")
def stock(corpus_articles):
    with stock_index(corpus_articles).reader() as reader:
        yield reader


@pytest.fixture(scope="module", params=LAYOUTS)
def reader(request, corpus_articles, tmp_path_factory):
    index = laid_out(request.param, corpus_articles, tmp_path_factory.mktemp("index"))
    with index, index.whoosh() as searcher:
        yield searcher.reader()


def postings(reader, fieldname, term, kind):
    """Return what is known of a term in each article, by its id."""
    ids = reader.column_reader("id")
    matcher = reader.postings(fieldname, term)
    found = {}
    while matcher.is_active():
        found[ids[matcher.id()]] = matcher.value_as(kind)
        matcher.next()
    return found


def living(reader, fieldname):
    """Return the terms that stand in an article that is not deleted."""
    return [
        term for term in reader.lexicon(fieldname) if postings(reader, fieldname, term, "weight")
    ]


@pytest.mark.parametrize("fieldname", TEXTS)
def test_each_term_of_the_text_stands_where_whoosh_has_it(reader, stock, fieldname):
    terms = living(reader, fieldname)
    assert terms == list(stock.lexicon(fieldname))
    for term in terms:
        kinds = ("weight",) if term.startswith(b"=") else ("weight", "frequency", "positions")
        for kind in kinds:
            ours, theirs = (postings(r, fieldname, term, kind) for r in (reader, stock))
            assert ours == theirs, (term, kind)


@pytest.mark.parametrize("fieldname", ["id", "source", "tags", "published", "url", "path"])
def test_each_other_term_stands_where_whoosh_has_it(reader, stock, fieldname):
    terms = living(reader, fieldname)
    assert terms == list(stock.lexicon(fieldname))
    for term in terms:
        ours, theirs = (postings(r, fieldname, term, "weight") for r in (reader, stock))
        assert ours == theirs, term


def test_text_is_all_fields_as_one(reader, stock):
    terms = living(reader, "text")
    assert terms == sorted({term for name in TEXTS for term in stock.lexicon(name)})
    for term in terms:
        wanted = {}
        for name in TEXTS:
            if (name, term) in stock:
                for article_id, weight in postings(stock, name, term, "weight").items():
                    wanted[article_id] = wanted.get(article_id, 0) + weight
        assert postings(reader, "text", term, "weight") == wanted, term


def test_what_the_dictionary_lists_can_be_looked_up(reader):
    for fieldname in reader.indexed_field_names():
        terms = list(reader.lexicon(fieldname))
        assert terms == sorted(set(terms))
        for term in terms:
            assert (fieldname, term) in reader
            assert reader.doc_frequency(fieldname, term) > 0


@pytest.mark.parametrize(
    "term",
    [
        "",
        "no such word",
        "~",
        "~nosuch",
        "=",
        "=无此词",
        "卫星发射",
        "魑",
        "~卫星",
        "ministers ",
        "\x00",
    ],
)
def test_a_term_that_is_not_there(reader, term):
    for fieldname in (*TEXTS, "text", "source", "id"):
        assert (fieldname, term) not in reader
        assert reader.doc_frequency(fieldname, term) == reader.frequency(fieldname, term) == 0
        with pytest.raises(TermNotFound):
            reader.term_info(fieldname, term)


def test_bytes_that_are_no_text_are_no_term(reader):
    for fieldname in ("body", "text", "id", "source", "published"):
        assert (fieldname, b"\xe5\x8d") not in reader
    fieldname, following = next(reader.terms_from("body", b"\xe5\x8d"))  # one may walk from there
    assert (fieldname, following[:1]) == ("body", b"\xe5")


@pytest.mark.parametrize("fieldname", ["text", "title", "published", "id", "source"])
def test_walking_from_any_place_skips_what_lies_before(reader, fieldname):
    terms = list(reader.lexicon(fieldname))
    for at in range(0, len(terms), max(1, len(terms) // 8)):
        for start in (terms[at], terms[at] + b"\x00", terms[at][:2]):
            walk = takewhile(lambda term: term[0] == fieldname, reader.terms_from(fieldname, start))
            assert [term for _, term in walk] == [term for term in terms if term >= start], start
        prefix = terms[at][:2]
        wanted = [term for term in terms if term.startswith(prefix)]
        assert list(reader.expand_prefix(fieldname, prefix)) == wanted
