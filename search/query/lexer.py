"""What was typed -> tokens. Knows what the signs look like, not what they mean together.

Signs are recognised on a folded copy of the text (full-width forms made ASCII, curly quotes made
straight) that has one character for each of the original's, so a token can give the text as typed.
Control characters, invisible ones and lone surrogates count as white space: no article holds them.
"""

import re
from collections.abc import Callable, Iterator
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from search.patterns import late
from search.query.fields import FIELD_OF, FIELDS_IN_WORDS, misspelt

MAX_CHARACTERS = 100_000
"""What is typed beyond this is not read."""

Kind: TypeAlias = Literal[
    "open", "close", "and", "or", "not", "near", "word", "quoted", "warning", "doubt", "nothing"
]
"""What a token is.

The text of a warning is a sentence for the reader; that of a doubt is one that a long query is spared.
Nothing is an operand with nothing to search in it; its text is such a sentence, or empty when there is
nothing to say.
"""


class Token(NamedTuple):
    """One piece: its text as typed, the same folded, and the field typed right before it."""

    kind: Kind
    text: str = ""
    shape: str = ""
    field: str = ""


_SIGNS: dict[str, Kind] = {")": "close", "|": "or", "\x01": "and"}
_BEFORE_SIGNS = frozenset(["", "(", "|", "\x01"])
_OPERATORS: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}

_FOLD: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "“”‟〝〞〟"), '"'),
    **dict.fromkeys(map(ord, "‐‑−﹣"), "-"),
    **dict(zip(map(ord, "｢｣﹁﹂﹃﹄〜﹕﹗﹡﹙﹚﹢"), "「」「」『』~:!*()+", strict=True)),
}
# In the folded copy && is a sign of its own, so that the one of AT&T can be part of a word.
_DOUBLE_AMPERSAND = late("&&+")
_INVISIBLE = late(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# In the folded copy: an opening mark -> what closes it. The first three stand anywhere (Chinese is
# typed without spaces); the others open only where a chunk begins, and are text when nothing closes
# them. A closing ’ ends a word: the one of China’s does not.
_CLOSERS = {
    '"': r'"',
    "「": "」",
    "『": "』",
    "„": '"',
    "«": "»",
    "»": "[«»]",
    "‹": "›",
    "‘": r"’(?!\w)",
    "‚": r"[‘’](?!\w)",
}
_SPLITTING_QUOTES = frozenset('"「『')

_WRITTEN_VALUE = r"""
    (?P<opening>\()
  | (?P<quote>["「『„«»‹‘‚])
  | (?P<word>[^\s()|"「『」』\x01]+)
"""
_VALUE = late(_WRITTEN_VALUE, re.VERBOSE)
_PIECE = late(
    rf"""
    (?P<space>\s+)
  | (?P<closing>\))
  | (?P<either>\|+)
  | (?P<both>\x01+)
  | (?P<stray>[」』])
  | (?P<signs>[-!+]+)
  | (?P<field>[^\W\d_]+(?=:))
  | {_WRITTEN_VALUE}
""",
    re.VERBOSE,
)
_WORD = late(r'[^\s()|"「『」』\x01]+')
# The -I and -p of a pasted command.
_LONE = late(r'[A-Za-z0-9][.,;:?!]*(?![^\s()|"「『」』\x01])')
# Neither a URL, nor a speaker before a full-width colon.
_UNKNOWN_FIELD = late(r'[A-Za-z]+:["“(]?\w')
_NEARNESS = late(r"(?i:NEAR|BEFORE)/\d+")
# Phrase slop and prefixes of phrases, as other search engines have them.
_AFTER_QUOTE = late(r"[~*]\d*(?![^\s()|])")
# `*` is not here: alone it is everything.
_PUNCTUATION = late(
    r"[!-)+-/:-@\[-`{-~\xa1-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf"
    r"\u2010-\u206f\u3001-\u3003\u3008-\u3020]+"
)


_UNCLOSED = Token(
    "warning", "A quotation mark has no partner and was ignored; put one at both ends."
)
_NO_QUOTE = Token("nothing", "Quotation marks with nothing between were left out; put words there.")
_TOO_LONG = Token(
    "warning",
    f"Only the first {MAX_CHARACTERS:,} characters of the query were read; shorten it.",
)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order, in time linear in its length; any text will do."""
    if len(text) > MAX_CHARACTERS:
        yield _TOO_LONG
    yield from _Lexer(text[:MAX_CHARACTERS]).tokens()


def shown(text: str) -> str:
    """Return a text fit to stand in a warning: short, and without what could upset a terminal."""
    clipped = text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004
    return "".join(char if char.isprintable() else "\ufffd" for char in clipped)


class _Lexer:
    """A place in a text, and one way to read on from it for each kind of piece."""

    def __init__(self, text: str) -> None:
        self._typed = _INVISIBLE.sub(" ", text)
        folded = self._typed.translate(_FOLD)
        self._shape = _DOUBLE_AMPERSAND.sub(lambda run: "\x01" * len(run[0]), folded)
        self._at = 0
        # A mark found to have no partner has none further on: looking again would take n * n steps.
        self._unclosed: set[str] = set()

    def tokens(self) -> Iterator[Token]:
        next_piece = _PIECE.match
        while match := next_piece(self._shape, self._at):
            yield from self._READERS[match.lastgroup or ""](self, match)

    def _skip(self, match: re.Match[str]) -> Iterator[Token]:
        self._at = match.end()
        yield from ()

    def _sign(self, match: re.Match[str]) -> Iterator[Token]:
        self._at = match.end()
        typed = self._typed[match.start() : self._at]
        yield Token(_SIGNS[match[0][0]], typed)

    def _stray(self, match: re.Match[str]) -> Iterator[Token]:
        self._at = match.end()
        yield _UNCLOSED

    def _signs(self, match: re.Match[str]) -> Iterator[Token]:
        """Read what stands before a chunk; only a single - or ! that begins one negates.

        A hyphen before one letter or digit does not: who typed it means that letter.
        """
        self._at = match.end()
        before = self._shape[match.start() - 1 : match.start()]
        leads = before in _BEFORE_SIGNS or before.isspace()
        negations = match[0].replace("+", "")
        if not leads or len(negations) != 1 or not _VALUE.match(self._shape, self._at):
            return
        if negations != "-" or not _LONE.match(self._shape, self._at):
            yield Token("not", negations)

    def _field(self, match: re.Match[str]) -> Iterator[Token]:
        field = FIELD_OF.get(match[0].lower())
        if field is None:
            yield from self._unknown_field(match[0])
            yield from self._word(match)
            return
        self._at = match.end() + 1
        value = _VALUE.match(self._shape, self._at)
        while value and value.lastgroup == "quote" and self._is_unclosed(value):
            yield _unclosed_behind(match[0])
            self._at = value.end()
            value = _VALUE.match(self._shape, self._at)
        if value:
            yield from self._VALUE_READERS[value.lastgroup or ""](self, value, field)
        else:
            yield _no_value(match[0])

    def _unknown_field(self, name: str) -> Iterator[Token]:
        meant = misspelt(name)
        told = f"`{shown(name)}:` is no field and was searched as text;"
        if meant:
            yield Token("warning", f"{told} write `{meant}:`.")
        elif _UNKNOWN_FIELD.match(self._typed, self._at):
            yield Token("doubt", f"{told} write one of {FIELDS_IN_WORDS}.")

    def _opening(self, match: re.Match[str], field: str = "") -> Iterator[Token]:
        self._at = match.end()
        yield Token("open", "(", "(", field)

    def _quote(self, match: re.Match[str], field: str = "") -> Iterator[Token]:
        closing = self._closing(match)
        if closing is None and match[0] not in _SPLITTING_QUOTES:
            yield from self._word(match, field)
        elif closing is None:
            self._at = match.end()
            yield _UNCLOSED
        else:
            inside = slice(match.end(), closing.start())
            text = self._typed[inside].strip()
            yield Token("quoted", text, self._shape[inside], field) if text else _NO_QUOTE
            yield from self._after_quote(closing.end())

    def _after_quote(self, at: int) -> Iterator[Token]:
        slop = _AFTER_QUOTE.match(self._shape, at)
        self._at = slop.end() if slop else at
        if slop:
            sentence = f"`{shown(slop[0])}` after a quotation was ignored; for nearness write"
            yield Token("warning", f"{sentence} `A NEAR/5 B`.")

    def _is_unclosed(self, quote: re.Match[str]) -> bool:
        return quote[0] in _SPLITTING_QUOTES and self._closing(quote) is None

    def _closing(self, quote: re.Match[str]) -> re.Match[str] | None:
        if quote[0] in self._unclosed:
            return None
        closing = re.compile(_CLOSERS[quote[0]]).search(self._shape, quote.end())
        if closing is None:
            self._unclosed.add(quote[0])
        return closing

    def _word(self, match: re.Match[str], field: str = "") -> Iterator[Token]:
        start = match.start()
        # The pattern of a word matches wherever a quote, a field or a word does.
        word = _WORD.match(self._shape, start)
        self._at = word.end() if word else match.end()
        shape = self._shape[start : self._at]
        typed = self._typed[start : self._at]
        is_punctuation = _PUNCTUATION.fullmatch(shape) is not None
        if field:
            is_empty = is_punctuation or not shape.strip("*")
            yield _no_value(field) if is_empty else Token("word", typed, shape, field)
        elif shape in _OPERATORS:
            yield Token(_OPERATORS[shape], typed, shape)
        elif _NEARNESS.fullmatch(shape):
            yield Token("near", typed, shape.upper())
        else:
            yield Token("nothing") if is_punctuation else Token("word", typed, shape)

    _VALUE_READERS: ClassVar[dict[str, Callable[..., Iterator[Token]]]] = {
        "opening": _opening,
        "quote": _quote,
        "word": _word,
    }
    _READERS: ClassVar[dict[str, Callable[..., Iterator[Token]]]] = {
        "space": _skip,
        "closing": _sign,
        "either": _sign,
        "both": _sign,
        "stray": _stray,
        "signs": _signs,
        "field": _field,
        **_VALUE_READERS,
    }


def _unclosed_behind(name: str) -> Token:
    sentence = f"The quotation mark behind `{shown(name)}:` has no partner, so only the next word"
    return Token("warning", f"{sentence} is looked for there; put one at both ends.")


def _no_value(name: str) -> Token:
    return Token(
        "nothing",
        f"`{shown(name)}:` has no value and was left out; write it right behind the colon.",
    )
