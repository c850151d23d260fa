"""Plain words and a plain phrase, as most queries are: read at a glance, with no token made.

Comes in: a query line. Goes out: what the parser would make of it, or nothing where it may be more.
"""

from search.patterns import late
from search.query.filters import NUMERIC_DATE
from search.query.nodes import And, Parsed, Quoted, Text
from search.query.periods import CHINESE_ENDS

_PLAIN_WORD = r"[^\W_]+(?:[-'.][^\W_]+)*"
_PLAIN = late(rf" *{_PLAIN_WORD}(?: +{_PLAIN_WORD})* *")
_PHRASE = late(r'" *([^\W_]+(?: +[^\W_]+)*) *"')
_LONGEST_PLAIN = 500
_SIGNAL_WORDS = frozenset(["AND", "OR", "NOT", "NEAR", "BEFORE"])
_WIDE_CAPITAL = late("[Ａ-Ｚ]")
"""Signal words may be typed in full width."""


def plain_query(text: str) -> Parsed | None:
    """Return what the parser makes of a query that is nothing but words, or nothing but a phrase."""
    words = plain_words(text)
    if words:
        return Parsed(words[0] if len(words) == 1 else And(words))
    phrase = plain_phrase(text)
    return Parsed(phrase) if phrase else None


def plain_words(text: str) -> tuple[Text, ...]:
    """Return the words of a query that is nothing but words, as most are; none where it may be more."""
    if len(text) > _LONGEST_PLAIN or not _PLAIN.fullmatch(text):
        return ()
    if ("-" in text or "." in text) and NUMERIC_DATE.search(text):
        return ()
    words = text.split()
    if not _SIGNAL_WORDS.isdisjoint(words):
        return ()
    if not text.isascii() and (
        _WIDE_CAPITAL.search(text) or not CHINESE_ENDS.isdisjoint([word[-1] for word in words])
    ):
        return ()
    return tuple(map(Text, words))


def plain_phrase(text: str) -> Quoted | None:
    """Return the phrase of a query that is nothing but one, of letters, digits and blanks."""
    if text[:1] != '"' or len(text) > _LONGEST_PLAIN:
        return None
    phrase = _PHRASE.fullmatch(text)
    return Quoted(phrase[1]) if phrase else None
