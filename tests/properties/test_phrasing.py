"""What is cut quickly or piece by piece is what is cut in one go; Han runs are cut most probably."""

from math import log

from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.english import Compound
from search.query.phrasing import _parts, _readings, _words
from search.query.plan import Run
from search.query.segmenting import _ALL, _UNKNOWN, _pieces, cut

FRAGMENTS = (
    *"abS.,-'&/$ \u3000\xa0é9卫星国", "U.S.", "O'Neill", "F-16", "AT&T", "C++", "China’s", "1,000", "3M", "年", "\u0301"
)  # fmt: skip
QUICK = settings(max_examples=1_000, deadline=None)


@QUICK
@given(st.from_regex("[a-z]{1,12}", fullmatch=True), st.sampled_from([None, "title"]))
def test_small_letters_are_a_word_without_being_cut(word, field):
    assert _readings(word, field) == (_words(word, field),)


@QUICK
@given(
    st.lists(st.from_regex("[a-zA-Z]{1,6}|[卫星国]{1,3}", fullmatch=True), min_size=1, max_size=4),
    st.sampled_from(["、", "—", "——", "–"]),
)
def test_what_stands_between_words_in_a_list_parts_them_as_a_comma_does(words, mark):
    assert _readings(mark.join(words), None) == _readings(",".join(words), None)


@QUICK
@given(
    st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join), st.text(max_size=30))
)
def test_chunks_are_cut_one_by_one_as_all_together(text):
    one_by_one = [terms(part) for chunk in text.split() for part in _parts(chunk)]
    assert one_by_one == [terms(part) for part in _parts(text)]


def terms(part: Run | Compound) -> object:
    """A part without the places in its chunk."""
    if isinstance(part, Run):
        return part
    return part.whole, [(atom.primary, atom.others) for atom in part.atoms]


@QUICK
@given(
    st.text("甲乙丙", max_size=6),
    st.dictionaries(st.text("甲乙丙", min_size=1, max_size=4), st.integers(1, 50_000)),
)
def test_of_all_ways_to_cut_a_run_the_likeliest_is_taken(run, counts):
    words = {word: count for word, count in counts.items() if word in run}
    ends = [most_probable(run, start, words)[1] for start in range(len(run))]
    assert cut(run, lambda word: counts.get(word, 0)) == _pieces(run, ends, words)


def most_probable(run: str, start: int, words: dict[str, int]) -> tuple[float, int]:
    """Weigh all ways to cut the rest of a run, one after the other."""
    if start == len(run):
        return 0.0, start
    return max(
        (log((words.get(piece) or _UNKNOWN) / _ALL) + most_probable(run, end, words)[0], end)
        for end in range(start + 1, len(run) + 1)
        if (piece := run[start:end]) in words or len(piece) == 1
    )
