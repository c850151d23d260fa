"""Whatever stands in a file, reading it gives values. A failing example prints how to repeat it."""

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search import dates
from search.article import Article
from search.errors import ArticleError
from search.sources.reading import READERS, read
from search.sources.rejected import LayoutDrift, Rejected
from search.sources.source_file import SourceFile

SUFFIXES = (*READERS, ".jsonl.gz", ".txt.bz2", ".json.xz", ".unknown")

PIECES = st.sampled_from(
    [
        "---\n", "+++\n", "title: A\n", "date: 2023-11-24\n", "tags: &a [x, *a]\n", "<<: *a\n", 'title = "A"\n',
        "!!timestamp x\n", "? ", "- ", "{", "}", "[", "]", '"title": "A"', '"articles": [', ",", ":", "\n",
        "\n\n", '"', "\\ud800", "9" * 5000, "真相集中营\n", "Reuters-Ministers meet\n", "# Head\n", "\r",
        "November 24, 2023   2 min   294 words\n", "2023-11-24T02:11:55Z\n", "2023-99-99T02:11:55Z\n",
        "2023年11月24日   约 2 分钟   294 字\n", "摘要,这是一段中文。\n", "Read more\n", "title,body\n", "A;b\n",
        "REUTERS/Kim\n", "\0", "\ufeff", "\u2028", "\u3000", "word ", "1e999", "-", "\u200b", "：", "AP/",
    ]
)  # fmt: skip
CONTENT = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(
        st.lists(PIECES, max_size=25).map("".join),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"]),
    ).map(lambda pair: pair[0].encode(pair[1])),
)


def values_of(suffix, content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"2023-11-24-a{suffix}"
        path.write_bytes(content)
        return list(read(SourceFile(folder, str(path), path.name)))


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=150, deadline=None, print_blob=True)
@given(content=CONTENT)
@example(content=b"")
@example(content=b"\xef\xbb\xbf")
@example(content=b"\xff\xfe")
@example(content=b"\x1f\x8b\x08")
@example(content=b"BZh91AY&SY")
@example(content=b"\xfd7zXZ\x00")
@example(content=b"\x81")
@example(content=b"[" * 50_000)
@example(content=b'{"a":' * 50_000)
@example(content=b"---\n" + b"- " * 20_000 + b"\n---\n")
@example(content=b"+++\na = " + b"[" * 20_000 + b"\n+++\n")
def test_any_bytes_under_any_suffix_give_values_and_never_raise(suffix, content):
    values = values_of(suffix, content)
    assert values, "a file must not vanish without a word"
    for value in values:
        assert isinstance(value, (Article, Rejected, LayoutDrift))
        if isinstance(value, Rejected):
            assert value.line >= 0
            assert value.reason.strip()
            value.reason.encode("utf-8")


@settings(max_examples=100, deadline=None, print_blob=True)
@given(content=CONTENT, cut=st.integers(min_value=1, max_value=400))
def test_compressed_bytes_cut_anywhere_give_values(content, cut):
    assert values_of(".txt.gz", gzip.compress(content)[:cut])


@settings(max_examples=300, deadline=None, print_blob=True)
@given(text=st.one_of(st.text(max_size=90), st.lists(PIECES, max_size=4).map("".join)))
def test_a_text_is_a_date_in_utc_or_an_article_error(text):
    try:
        moment, precision = dates.parse(text)
    except ArticleError as error:
        str(error).encode("utf-8")
        return
    assert moment.utcoffset().total_seconds() == 0
    assert precision in ("second", "minute", "day", "month", "year")


@settings(max_examples=200, deadline=None, print_blob=True)
@given(moment=st.datetimes())
def test_what_python_writes_is_read_back(moment):
    assert dates.parse(moment.isoformat())[0].replace(tzinfo=None) == moment
    assert dates.parse(f"{moment:%Y%m%d}".rjust(8, "0"))[0].date() == moment.date()


@settings(max_examples=100, deadline=None, print_blob=True)
@given(
    paragraphs=st.lists(
        st.text(
            alphabet=st.characters(codec="utf-8", categories=("L", "N", "P")),
            min_size=1,
            max_size=30,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_plain_text_keeps_every_character(paragraphs):
    text = "\n\n".join(["A plain title", *paragraphs])
    values = values_of(".txt", text.encode("utf-8"))
    assert "\n\n".join(f"{value.title}\n\n{value.body}" for value in values).strip() == text
