import io

import pytest

from search.errors import SourceError
from search.sources import encoding
from search.sources.encoding import decode, lines

SIMPLIFIED = (
    "这次中韩日外长会谈标志着东亚地区迎来一次关键性的外交交流。三国领导人已有四年未举行峰会,"
    "但此次会谈为重启合作关系提供了契机。"
)
TRADITIONAL = (
    "臺北一所中學的學生用鞋盒大小的零件組裝了一顆教學衛星,並在國際論壇上展出。"
    "老師說,這是他們第一次自己做出來的東西。"
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk"])
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL])
def test_chinese_in_the_usual_encodings(codec, text):
    assert decode(text.encode(codec)) == text


def test_big5():
    assert decode(TRADITIONAL.encode("big5")) == TRADITIONAL


@pytest.mark.parametrize("text", ["外长会谈", "中文标题", "北京的春天"])
def test_a_short_line_of_gb18030(text):
    assert decode(text.encode("gb18030")) == text


@pytest.mark.parametrize(
    "data",
    [
        "Le café où l'été a été créé déjà".encode("latin-1"),
        "He said “no” – and left".encode("cp1252"),
        "외무장관들이 부산에서 만나 회담을 열고 정상회담을 논의했다고 밝혔다".encode("euc-kr"),
        "日本の外務大臣は釜山で会談を行った".encode("shift-jis"),
        SIMPLIFIED.encode("utf-8")[:100] + b"\xff" + SIMPLIFIED.encode("utf-8")[102:],
        "ein Wort".encode("utf-16")[:-1],
        b"\xff\xfe\x00\xd8",
    ],
    ids=["latin-1", "cp1252", "euc-kr", "shift-jis", "damaged UTF-8", "odd UTF-16", "half a pair"],
)
def test_what_is_none_of_them_is_refused_and_never_replaced(data):
    with pytest.raises(SourceError, match="save it as UTF-8"):
        decode(data)


def test_bytes_that_are_no_text_are_said_to_be_so():
    with pytest.raises(SourceError, match="NUL"):
        decode(b"\x7fELF\x00\x00")


def read_lines(data: bytes):
    return [
        (line.number, line.text, bool(line.problem))
        for line in lines(io.BufferedReader(io.BytesIO(data)))
    ]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_lines_are_decoded_like_whole_files(codec):
    data = f"{SIMPLIFIED}\r\n\n{SIMPLIFIED}".encode(codec)
    assert read_lines(data) == [(1, SIMPLIFIED, False), (2, "", False), (3, SIMPLIFIED, False)]


def test_a_bad_line_of_utf_8_costs_itself_only():
    data = SIMPLIFIED.encode() + b"\n\xff\xfe\n" + SIMPLIFIED.encode() + b"\na\0b\n"
    assert read_lines(data) == [
        (1, SIMPLIFIED, False), (2, "", True), (3, SIMPLIFIED, False), (4, "", True),
    ]  # fmt: skip


def test_the_first_lines_may_be_ascii_in_any_encoding():
    data = b"x" * 100_000 + b"\n" + SIMPLIFIED.encode("gb18030")
    assert read_lines(data)[1] == (2, SIMPLIFIED, False)


def test_damaged_utf_16_keeps_the_lines_before_the_damage():
    data = "eins\nzwei\n".encode("utf-16") + b"\x00\xd8"
    assert read_lines(data) == [(1, "eins", False), (2, "zwei", False), (3, "", True)]


def test_a_line_without_end_is_a_problem_and_not_held_in_memory(monkeypatch):
    monkeypatch.setattr(encoding, "LINE_LIMIT", 10)
    assert read_lines(b"short\n" + b"x" * 35 + b"\nshort") == [
        (1, "short", False), (2, "", True), (3, "short", False),
    ]  # fmt: skip
    assert read_lines(b"0123456789\nshort") == [(1, "", True), (2, "short", False)]
