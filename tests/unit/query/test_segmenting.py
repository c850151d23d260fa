"""Runs beside the pieces they are cut into, by a small archive's own words."""

import pytest

from search.query.segmenting import cut

ARCHIVE = {
    "卫星": 120, "发射": 90, "朝鲜": 80, "军事": 40, "军": 30, "中国": 300, "国防": 25, "国防部": 12, "部长": 60,
    "中": 50, "国": 45, "日本": 70, "外长": 33, "广州": 20, "研究": 50, "研究生": 20, "生命": 20, "起源": 10, "的": 900,
    "在": 500, "北京": 200, "北京大学": 90, "大学": 100, "大学生": 40,
}  # fmt: skip

CUTS = [
    ("", []),
    ("卫", ["卫"]),
    ("卫星", ["卫星"]),
    ("朝鲜卫星", ["朝鲜", "卫星"]),
    ("朝鲜发射卫星", ["朝鲜", "发射", "卫星"]),
    # long words win where the archive has them
    ("国防部部长", ["国防部", "部长"]),
    ("北京大学", ["北京大学"]),
    ("北京大学生", ["北京", "大学生"]),
    ("研究生命起源", ["研究", "生命", "起源"]),
    # single characters that are words stay alone beside longer words
    ("中国的卫星", ["中国", "的", "卫星"]),
    ("在北京", ["在", "北京"]),
    # characters that no word covers stay together, whatever their number
    ("惠州", ["惠州"]),
    ("惠州市", ["惠州市"]),
    ("釜山市长", ["釜山市长"]),
    ("卫星惠州", ["卫星", "惠州"]),
    ("惠州卫星", ["惠州", "卫星"]),
    # a stray joins the piece before it; at the start, the piece after it
    ("卫星们", ["卫星们"]),
    ("新卫星", ["新卫星"]),
    ("朝鲜新卫星", ["朝鲜新", "卫星"]),
    # 广州 is known, 惠州 is not: its characters never part
    ("广州惠州", ["广州", "惠州"]),
    # no piece is longer than the longest word but by what no word covers
    ("卫星" * 20, ["卫星"] * 20),
]


@pytest.mark.parametrize(("run", "pieces"), CUTS)
def test_a_run_is_cut_by_the_words_of_the_archive(run: str, pieces: list[str]) -> None:
    assert cut(run, lambda word: ARCHIVE.get(word, 0)) == pieces
    assert "".join(pieces) == run


@pytest.mark.parametrize("run", ["惠州", "广州", "星", "国际论坛", "𠀀𠀁", "カメラ", "々々"])
def test_an_empty_archive_cuts_nothing_apart(run: str) -> None:
    assert cut(run, lambda _word: 0) == [run]


def test_each_word_is_counted_once_and_none_longer_than_eight() -> None:
    """A count may be a look-up on disk; the whole run comes first, for who asks for its parts at once."""
    asked: list[str] = []

    def count(word: str) -> int:
        asked.append(word)
        return ARCHIVE.get(word, 0)

    cut("卫星发射" * 10, count)
    assert len(asked) == len(set(asked))
    assert len(asked[0]) == 40
    assert max(map(len, asked[1:])) == 8


@pytest.mark.parametrize(
    ("counts", "pieces"),
    [({"人": 100, "中": 1}, ["中国", "人"]), ({"人": 1, "中": 100}, ["中", "国人"])],
)
def test_counts_decide_between_two_cuts(counts: dict[str, int], pieces: list[str]) -> None:
    counts = {"中国": 10, "国人": 10, **counts}
    assert cut("中国人", lambda word: counts.get(word, 0)) == pieces


def test_a_long_run_is_cut_word_by_word() -> None:
    run = "朝鲜发射卫星" * 2_000
    assert cut(run, lambda word: ARCHIVE.get(word, 0)) == ["朝鲜", "发射", "卫星"] * 2_000
