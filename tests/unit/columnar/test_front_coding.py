"""What a front-coded list promises: every string comes back, and sorted ones are found."""

from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from search.columnar.front_coding import FrontCoded, put_front_coded
from search.columnar.layout import Sections, SectionWriter
from search.columnar.strings import packed

WORDS = st.lists(
    st.one_of(
        st.text("ab", max_size=5).map(str.encode),
        st.text("a", max_size=40).map(str.encode),
        st.text(max_size=6).map(str.encode),
    ),
    max_size=120,
)


def written(folder, *parts):
    path = folder / "file"
    file = SectionWriter(path)
    put_front_coded(file, "words", [packed(part) for part in parts])
    file.finish()
    return FrontCoded(Sections(path), "words")


@settings(deadline=None)
@given(WORDS, st.integers(0, 120))
def test_every_string_comes_back_in_any_order(tmp_path_factory, words, cut):
    read = written(tmp_path_factory.mktemp("words"), words[:cut], words[cut:])
    assert len(read) == len(words)
    assert list(read) == words
    assert [read[place] for place in reversed(range(len(words)))] == words[::-1]
    for first in range(0, len(words) + 1, 7):
        for last in (first, first + 1, first + 40, len(words)):
            assert read.between(first, min(last, len(words))) == words[first:last]
    assert read.fit()


@settings(deadline=None)
@given(WORDS, WORDS)
def test_sorted_strings_are_found(tmp_path_factory, words, others):
    words = sorted(words)
    read = written(tmp_path_factory.mktemp("words"), words)
    for wanted in {*words, *others, b""}:
        first = bisect_left(words, wanted)
        assert read.equal_range(wanted) == range(first, first + words.count(wanted))
        assert read.find(wanted) == (first if wanted in words else None)
        begins = [place for place, word in enumerate(words) if word.startswith(wanted)]
        first, last = read.range_of(wanted)
        assert list(range(first, last)) == begins
