"""What else Whoosh's searcher offers works over our segments: sorting, facets, highlights, its parser."""

import re
import subprocess
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path

import pytest
from whoosh import highlight, qparser, sorting
from whoosh import query as q
from whoosh.reading import ReaderClosed
from whoosh.searching import Searcher

from search.article import Article
from search.codec.reader import ColumnarCodec, ColumnarIndex, ColumnarSegment
from search.codec.searcher import mended
from search.errors import EngineError, Unsupported
from search.library import open_index
from search.schema import keyword

TOP = Path(__file__).parents[2]


@pytest.fixture
def searcher(index):
    with index.whoosh() as opened:
        yield opened


def ids(found):
    return [hit["id"] for hit in found]


def parsed(searcher, text, fieldname="text", plugins=()):
    parser = qparser.QueryParser(fieldname, searcher.schema)
    for plugin in plugins:
        parser.add_plugin(plugin)
    return parser.parse(text)


def found_by(searcher, text, fieldname="text", plugins=()):
    return set(ids(searcher.search(parsed(searcher, text, fieldname, plugins), limit=None)))


def test_a_hit_shows_the_whole_article(searcher, corpus_articles):
    for article in corpus_articles:
        (hit,) = searcher.search(q.Term("id", article.id))
        assert {name: hit[name] for name in Article.__slots__} == hit.fields()
        assert Article(**hit.fields()) == article
        assert searcher.document(id=article.id) == hit.fields()


def test_everything_of_a_source_or_with_a_tag_is_listed(searcher, corpus_articles):
    for name in {article.source for article in corpus_articles if article.source}:
        wanted = {a.id for a in corpus_articles if keyword(a.source) == keyword(name)}
        assert {d["id"] for d in searcher.documents(source=keyword(name))} == wanted
    assert {d["id"] for d in searcher.documents(tags="music")} == {
        article.id for article in corpus_articles if "music" in map(keyword, article.tags)
    }
    assert searcher.document(id="no such id") is None


@pytest.mark.parametrize("reverse", [False, True])
def test_sorting_by_date_leaves_unknown_dates_for_the_end(searcher, corpus_articles, reverse):
    facet = sorting.FieldFacet("published", reverse=reverse)
    found = list(searcher.search(q.Every(), sortedby=facet, limit=None))
    dates = [hit["published"] for hit in found if hit["published"]]
    assert dates == sorted(dates, reverse=reverse)
    undated = sum(article.published is None for article in corpus_articles)
    assert [hit["published"] for hit in found[len(dates) :]] == [None] * undated
    assert undated
    newest = searcher.search(q.Every(), sortedby=facet, limit=5)
    assert ids(newest) == ids(found)[:5]


@pytest.mark.parametrize("fieldname", ["id", "source", "title", "path", "url"])
def test_sorting_by_other_fields(searcher, corpus_articles, fieldname):
    def key(values):
        return keyword(values["source"]) if fieldname == "source" else values[fieldname]

    for reverse in (False, True):
        facet = sorting.FieldFacet(fieldname, reverse=reverse)
        keys = [key(hit) for hit in searcher.search(q.Every(), sortedby=facet, limit=None)]
        assert keys == sorted(keys, key=str.encode, reverse=reverse)
        assert len(keys) == len(corpus_articles)


def test_groups_by_source_tag_and_date(searcher, corpus_articles):
    tags = sorting.FieldFacet("tags", allow_overlap=True)
    found = searcher.search(q.Every(), groupedby=["source", tags, "published"], limit=None)
    by_source = {name: len(own) for name, own in found.groups("source").items()}
    for name, count in by_source.items():
        assert count == sum(keyword(article.source) == name for article in corpus_articles)
    by_tag = found.groups("tags")
    assert len(by_tag["music"]) == sum("music" in a.tags for a in corpus_articles)
    known = {
        a.published and a.published.replace(microsecond=0, tzinfo=None) for a in corpus_articles
    }
    assert set(found.groups("published")) == known


def test_filters_and_masks(searcher):
    everything = searcher.search(q.Term("body", "the"), limit=None)
    one = q.Not(q.Term("body", "~kite"))
    kept = searcher.search(q.Term("body", "the"), filter=one, limit=None)
    masked = searcher.search(q.Term("body", "the"), mask=one, limit=None)
    assert set(ids(kept)).isdisjoint(ids(masked))
    assert set(ids(kept)) | set(ids(masked)) == set(ids(everything))
    assert len(masked) == 2


def test_pages(searcher):
    whole = ids(searcher.search(q.Term("body", "the"), limit=None))
    pages = [ids(searcher.search_page(q.Term("body", "the"), n, pagelen=10)) for n in range(1, 8)]
    assert [one for page in pages for one in page] == whole


def test_highlights_mark_words_of_both_languages(searcher):
    query = q.And([q.Term("title", "~satellit"), q.Phrase("summary", ["国际", "际论", "论坛"])])
    (hit,) = [h for h in searcher.search(query, limit=None) if h["id"].startswith("pages/taipei")]
    marked = hit.highlights("title").lower()
    assert '<b class="match' in marked
    assert ">satellite</b>" in marked
    assert "國際" in hit.highlights("summary")
    found = searcher.search(query, terms=True)
    found.formatter = highlight.UppercaseFormatter()
    assert "SATELLITE" in found[0].highlights("title")
    assert ("title", b"~satellit") in found[0].matched_terms()


@pytest.mark.parametrize("terms", [False, True])
def test_terms_of_all_text_are_lit_in_every_field(searcher, terms):
    found = searcher.search(parsed(searcher, "id:pages/taipei* satellite 国际论坛"), terms=terms)
    assert ">Satellite</b>" not in found[0].highlights("caption")
    for fieldname, lit in [("title", "satellite"), ("summary", "國際"), ("body", "satellite")]:
        assert f">{lit}</b>" in found[0].highlights(fieldname)
        assert f">{lit}</b>" in found[0].highlights("text", top=9)
    found.fragmenter = highlight.WholeFragmenter()
    whole = found[0].highlights("text", minscore=0)
    assert whole.startswith("Pupils in Taipei build a shoebox <b")
    (page,) = searcher.search_page(parsed(searcher, "id:pages/taipei* satellite"), 1)
    assert ">satellite</b>" in page.highlights("body")
    titles = searcher.search(parsed(searcher, "id:pages/taipei* title:satellite"), terms=terms)
    assert not titles[0].highlights("body")


def test_no_stem_and_no_part_of_a_han_run_is_suggested(searcher):
    marks = ("~", "=")
    for fieldname in ("title", "body", "text"):
        for word in ("minster", "~minster", "satelite", "kit"):
            suggested = searcher.suggest(fieldname, word, limit=50)
            assert suggested
            assert not [term for term in suggested if term.startswith(marks)]
    assert searcher.suggest("body", "minster")[0] == "minister"
    assert searcher.suggest("summary", "卫里") == []
    assert searcher.suggest("source", "harbor wire") == ["harbour wire"]
    text = "Satelite 卫里 source:Harbour"
    corrected = searcher.correct_query(parsed(searcher, text), text)
    assert corrected.string == "satellite 卫里 source:Harbour"
    assert corrected.query == parsed(searcher, "satellite 卫里 source:Harbour")
    right = searcher.correct_query(parsed(searcher, "minister"), "minister")
    assert (right.string, right.query) == ("minister", parsed(searcher, "minister"))


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("source:MERIDIAN", q.Term("source", "meridian")), ("source:Harb*", q.Prefix("source", "harb")),
        ("source:'The  Meridian'", q.Term("source", "the meridian")), ("tags:Ｍusic", q.Term("tags", "music")),
        ('source:"Harbour Wire"', q.Term("source", "harbour wire")), ("source:晨島新聞", q.Term("source", "晨岛新闻")),
        ("id:A/B", q.Term("id", "A/B")),
    ],
)  # fmt: skip
def test_sources_and_tags_are_folded_and_ids_are_not(searcher, typed, query):
    assert parsed(searcher, typed) == query


def test_more_like_this_finds_the_versions_of_a_story(searcher):
    (hit,) = searcher.search(q.Term("id", "piano-barge-1"))
    alike = ids(hit.more_like_this("body", top=2, numterms=20))
    assert set(alike) == {"piano-barge-2", "piano-barge-3"}
    assert [term for term, _ in searcher.search(q.Term("title", "~kite")).key_terms("body")]


def test_words_are_suggested(searcher):
    assert "ministers" in searcher.suggest("body", "ministirs", prefix=1)
    query = parsed(searcher, "body:ministirs")
    corrected = searcher.correct_query(query, "body:ministirs", prefix=1)
    assert corrected.string == "body:minister"
    assert corrected.query == q.Term("body", "~minister")
    frequent = searcher.reader().most_frequent_terms("body", number=1)
    assert frequent[0][1] in (b"the", b"~the")


def test_whoosh_parses_words_as_stems_and_han_runs_as_phrases(searcher):
    assert parsed(searcher, "Ministers") == q.Term("text", "~minister")
    assert parsed(searcher, "US") == q.Term("text", "US")
    assert parsed(searcher, "衛星") == q.Phrase("text", ["卫星", "星"])
    assert parsed(searcher, '"Foreign Ministers"') == q.Phrase("text", ["foreign", "ministers"])
    assert parsed(searcher, "title:Minis*") == q.Prefix("title", "minis")
    assert parsed(searcher, "body:[fa TO fi]") == q.TermRange("body", "fa", "fi")


@pytest.mark.parametrize(
    ("ours", "whooshs"),
    [
        ("minister", "minister"), ('"foreign ministers"', '"foreign ministers"'), ("卫星", "衛星"),
        ("北韩 渡轮", "北韩 AND 渡轮"), ("quokka OR 惠州", "quokka OR 惠州"), ("卫星 -学生", "卫星 NOT 学生"),
        ("title:minister", "title:minister"), ("summary:卫星", "summary:卫星"), ("F16", "F-16"), ("deploy*", "deploy*"),
        ("date:2023-11", "published:[20231101 TO 20231130]"), ("date:2023", "published:2023"),
        ("tag:music", "tags:music"), ("*", "*:*"), ("since:2019 ferry", "published:[20190101 TO] ferry"),
        ('"末班车"', '"末班车"'), ("satellite~", "satellite~1/1"), ("5G手机", "5G手机"),
    ],
)  # fmt: skip
def test_queries_of_whooshs_parser_find_what_ours_finds(index, searcher, ours, whooshs):
    wanted = {hit.id for hit in index.search(ours, limit=1000)}
    assert wanted
    assert found_by(searcher, whooshs, plugins=[qparser.FuzzyTermPlugin()]) == wanted


@pytest.mark.parametrize("fieldname", ["title", "body", "text"])
@pytest.mark.parametrize("kind", [q.Wildcard, q.Regex])
def test_patterns_find_the_terms_that_whoosh_finds(searcher, fieldname, kind):
    pattern = "*er?" if kind is q.Wildcard else ".*er.$"
    reader = searcher.reader()
    found = [
        term for _, term in mended(kind(fieldname, pattern)).existing_terms(reader, expand=True)
    ]
    assert set(found) == {
        term for term in reader.lexicon(fieldname) if re.fullmatch(b".*er.", term)
    }
    assert any(found)


def test_patterns_reach_whoosh_as_they_are(searcher):
    plugins = [qparser.RegexPlugin(), qparser.PlusMinusPlugin()]
    assert found_by(searcher, 'body:r"mini.*s$"', plugins=plugins)
    assert parsed(searcher, 'r"\\\\D+\\\\S"', plugins=plugins) == q.Regex("text", "\\\\D+\\\\S")
    everywhere = qparser.MultifieldParser(["title", "summary"], searcher.schema).parse(
        "卫星 OR tram"
    )
    assert searcher.search(everywhere, limit=None)


def test_four_threads_on_one_searcher(index):
    queries = [
        q.Term("body", "the"), q.Phrase("body", ["the", "~minister"]), q.Prefix("summary", "卫"), q.Every("title"),
        q.FuzzyTerm("body", "ministar"), q.Not(q.Term("text", "卫星")), q.TermRange("title", "a", "m"),
        q.Regex("title", ".*s"), q.Wildcard("caption", "*e*"),
    ]  # fmt: skip
    with index.whoosh() as alone:
        wanted = [set(ids(alone.search(query, limit=None))) for query in queries]
    with index.whoosh() as searcher:
        wrong = []

        def ask(first):
            for turn in range(3 * len(queries)):
                at = (first + turn) % len(queries)
                if set(ids(searcher.search(queries[at], limit=None))) != wanted[at]:
                    wrong.append(queries[at])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_a_closed_searcher_says_so(index):
    searcher = index.whoosh()
    found = searcher.search(q.Term("body", "the"))
    searcher.close()
    searcher.close()
    with pytest.raises(ReaderClosed):
        searcher.search(q.Term("body", "the"))
    with pytest.raises(ReaderClosed):
        found[0].fields()


def test_a_searcher_keeps_its_generation_and_outlives_the_index(tmp_path):
    index = open_index(tmp_path, create=True)
    with index.writer() as writer:
        writer.put(Article(id="a", body="word"))
    with index.whoosh() as searcher:
        assert searcher.up_to_date()
        assert searcher.refresh() is searcher
        with index.writer() as writer:
            writer.put(Article(id="b", body="word"))
            writer.remove("a")
        with index.whoosh() as newer:
            assert ids(newer.search(q.Term("body", "word"))) == ["b"]
        index.close()
        assert ids(searcher.search(q.Term("body", "word"))) == ["a"]
    with pytest.raises(EngineError, match="closed"):
        index.whoosh()


def test_an_empty_index_finds_nothing(tmp_path):
    with open_index(tmp_path, create=True) as index, index.whoosh() as searcher:
        assert searcher.doc_count() == 0
        assert ColumnarIndex(index._engine).is_empty()
        for query in (
            q.Term("body", "x"), q.Every(), q.Every("body"), q.Not(q.Term("body", "x")), q.Prefix("body", "x"),
            q.FuzzyTerm("body", "x"), q.Phrase("body", ["x", "y"]), q.DateRange("published", None, None),
            q.TermRange("body", "a", "b"), q.AndNot(q.Every(), q.Term("body", "x")),
        ):  # fmt: skip
            assert ids(searcher.search(query)) == []
        assert ids(searcher.search(q.Every(), sortedby="published")) == []


def test_nobody_writes_through_whoosh(index):
    columnar = ColumnarIndex(index._engine)
    segment = columnar._segments[0]
    codec = segment.codec()
    assert isinstance(segment, ColumnarSegment)
    assert isinstance(codec, ColumnarCodec)
    attempts = [
        columnar.writer, columnar.optimize, lambda: columnar.delete_by_term("id", "x"),
        lambda: columnar.add_field("x", None), lambda: segment.delete_document(0), lambda: segment.set_doc_count(1),
        lambda: codec.per_document_writer(None, segment), lambda: codec.field_writer(None, segment),
        lambda: codec.postings_writer(None), lambda: codec.postings_reader(None, None, None),
        lambda: codec.new_segment(None, "x"),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(Unsupported, match=r"^Whoosh only reads this index; .*\.$"):
            attempt()


def test_whooshs_own_searcher_works_too(index):
    with Searcher(ColumnarIndex(index._engine).reader()) as plain:
        assert type(plain) is Searcher
        query = q.And([q.Term("body", "the"), q.Term("body", "~kite")])
        with index.whoosh() as searcher:
            assert ids(plain.search(query)) == ids(searcher.search(query))


def test_words_have_no_positions_and_say_so(searcher):
    words = [q.Term("summary", "=卫星"), q.Term("summary", "卫星")]
    assert searcher.search(q.And(words))
    with pytest.raises(q.QueryError, match="use the pairs of its characters"):
        searcher.search(q.Phrase("summary", ["=卫星", "星"]))


def test_another_engine_cannot_be_read_so(tmp_path):
    index = open_index(tmp_path, create=True, engine="whoosh")
    with index, pytest.raises(Unsupported, match="local"):
        index.whoosh()


def test_whoosh_is_loaded_only_by_the_call(corpus_index_folder):
    script = f"""
import sys
from search import open_index
with open_index({str(corpus_index_folder)!r}) as index:
    assert index.search("卫星").total
    assert "whoosh" not in sys.modules
    with index.whoosh() as searcher:
        assert searcher.doc_count() == len(index)
assert "whoosh" in sys.modules and "jieba" not in sys.modules and "rjieba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=TOP, check=True)


def test_what_the_page_shows_runs(tmp_path, monkeypatch):
    (tmp_path / "tests").symlink_to(TOP / "tests")
    monkeypatch.chdir(tmp_path)
    page = (TOP / "docs/whoosh.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(compile(program, "docs/whoosh.md", "exec"), {})


def test_dates_are_whole_seconds_in_utc(tmp_path):
    when = datetime(2023, 11, 24, 2, 11, 55, 700_000, tzinfo=timezone.utc)
    old = datetime(1, 1, 1, tzinfo=timezone.utc)
    with open_index(tmp_path, create=True) as index:
        with index.writer() as writer:
            writer.put(Article(id="new", body="x", published=when))
            writer.put(Article(id="old", body="x", published=old))
            writer.put(Article(id="never", body="x"))
        with index.whoosh() as searcher:
            second = when.replace(microsecond=0)
            assert ids(searcher.search(q.DateRange("published", second, second))) == ["new"]
            assert ids(searcher.search(q.Term("published", second))) == ["new"]
            assert ids(searcher.search(q.DateRange("published", None, second, endexcl=True))) == [
                "old"
            ]
            (hit,) = searcher.search(q.Term("id", "new"))
            assert hit["published"] == when
            column = searcher.reader().column_reader("published")
            assert set(column) == {second.replace(tzinfo=None), old.replace(tzinfo=None), None}
