"""Bytes as text: a byte order mark decides, then strict UTF-8, then GB18030 or Big5.

The last two decode nearly any bytes into some Chinese characters, so what comes out must also look
like Chinese that people write. Nothing is ever replaced: what cannot be read is said to be so.
"""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from search.errors import SourceError
from search.sources.opening import HEAD

LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of one line; a longer one is not a record but a file that has no lines."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the start of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5hkscs": ("big5", 0xA4, 0xC6)}
"""Codec -> the older set whose characters with these lead bytes are the everyday ones."""

_COMMON = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已"
    "老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问"
    "力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却"
    "這來國個說們為時會著過學對裡後麼沒於還發當開見經頭從動兩長樣現將與進實點種聲話兒問機給幾業間"
    "電門東聽氣關內員產軍員報區戰議黨經濟記選應該發關總統產报区战议党济记选应该总统员军"
)
_TELLING = 20  # characters from which the share of common ones says something
_SAMPLE = 20_000  # characters
_NEITHER = "The text is neither UTF-8 nor GB18030 nor Big5, or it is damaged; save it as UTF-8."
_BINARY = "The file holds NUL bytes, so it is not text; leave it out, or save it as UTF-8."


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, without its end; `problem` is a sentence when its text cannot be had."""

    number: int
    text: str
    problem: str = ""


def decode(data: bytes) -> str:
    """Decode a whole file and drop its byte order mark; raise SourceError when it is no text."""
    mark, codec = _marked(data)
    try:
        if codec:
            return data[len(mark) :].decode(codec) if codec == "utf-8" else data.decode(codec)
        if b"\0" in data:
            raise SourceError(_BINARY)
        return data.decode(_codec(data, whole=True))
    except UnicodeDecodeError:
        raise SourceError(_NEITHER) from None


def decode_head(head: bytes) -> str:
    """Decode the start of a file as far as it goes, to guess its format; this text is not kept."""
    _, codec = _marked(head)
    return head.decode(codec or _codec(head, whole=False), "ignore").lstrip("\ufeff")


def lines(stream: io.BufferedReader) -> Iterator[Line]:
    """Read a file of any size line by line; a line that is bad is one with a problem."""
    mark, codec = _marked(stream.peek(HEAD))
    if codec.startswith(("utf-16", "utf-32")):
        yield from _wide_lines(stream, codec)
        return
    stream.read(len(mark))
    head = stream.peek(HEAD)
    codec = codec or _codec(head, whole=False)
    is_open = not mark and head.isascii()  # then the first bad line may still tell the encoding
    number = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            _skip_line(stream, line)
            yield Line(number, "", f"The line is longer than {LINE_LIMIT >> 20} MiB; split it.")
        else:
            yield _line(number, line, codec, is_open=is_open)


def _line(number: int, line: bytes, codec: str, *, is_open: bool) -> Line:
    line = line.rstrip(b"\r\n")
    if b"\0" in line:
        return Line(number, "", "The line holds NUL bytes, so it is not text; take them out.")
    try:
        return Line(number, line.decode(codec))
    except UnicodeDecodeError:
        if not is_open:
            return Line(number, "", _NEITHER)
    try:
        return Line(number, line.decode(_codec(line, whole=True)))
    except UnicodeDecodeError:
        return Line(number, "", _NEITHER)


def _skip_line(stream: io.BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(LINE_LIMIT)


def _wide_lines(stream: io.BufferedReader, codec: str) -> Iterator[Line]:
    text = io.TextIOWrapper(stream, codec, newline="\n")
    number = 0
    try:
        while line := text.readline(LINE_LIMIT):
            number += 1
            yield Line(number, line.rstrip("\r\n"))
    except UnicodeError:  # a missing half loses the step of all that follows
        yield Line(number + 1, "", f"The text is not whole {codec.upper()}; save it as UTF-8.")
    finally:
        text.detach()  # else it would close a stream that is not its own


def _marked(data: bytes) -> tuple[bytes, str]:
    return next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), (b"", ""))


def _codec(data: bytes, *, whole: bool) -> str:
    """Choose the codec; UTF-8 too when it is none, for its refusal to be the one that is told."""
    if _decoded(data, "utf-8", whole=whole) is not None or _is_mostly_utf8(data):
        return "utf-8"
    best, best_score = "utf-8", 0.0
    for codec in _LEGACY:
        text = _decoded(data, codec, whole=whole)
        score = 0.0 if text is None else _plausibility(text, codec)
        if score > best_score:
            best, best_score = codec, score
    return best


def _decoded(data: bytes, codec: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(data, final=whole)
    except UnicodeDecodeError:
        return None


def _is_mostly_utf8(data: bytes) -> bool:
    """Tell UTF-8 with a damaged spot from another encoding, of which some bytes happen to fit."""
    high_bytes = len(data) - len(data.decode("ascii", "ignore"))
    valid = data.decode("utf-8", "ignore")
    valid_bytes = len(valid.encode()) - len(valid.encode("ascii", "ignore"))
    return valid_bytes > 0.8 * high_bytes


def _plausibility(text: str, codec: str) -> float:
    """Return 0 for text that nobody writes, else the more the likelier."""
    foreign = [character for character in text[:_SAMPLE] if not character.isascii()]
    if not foreign:
        return 0.0
    usual = sum(_is_usual(character, codec) for character in foreign) / len(foreign)
    common = sum(character in _COMMON for character in foreign) / len(foreign)
    if usual < 0.6 or (len(foreign) >= _TELLING and common < 0.1):  # noqa: PLR2004
        return 0.0  # such as Korean, which decodes into everyday characters, but in no sensible mix
    return usual + common


@lru_cache(maxsize=16_384)
def _is_usual(character: str, codec: str) -> bool:
    if (
        character in _COMMON
        or "\u3000" <= character <= "\u303f"
        or character in "“”‘’—…·，！？：；（）"
    ):
        return True
    older, first, last = _LEGACY[codec]
    encoded = character.encode(older, "ignore")
    return bool(encoded) and first <= encoded[0] <= last
