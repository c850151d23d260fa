"""Light English stemming: inflections only (plural, -ed, -ing), so that a minister is not administered.

Steps 1a, 1b, 1c and 5 of M. F. Porter: An algorithm for suffix stripping, Program 14 (3), 1980, with
British spellings folded to American ones, a few irregular plurals, and -us and -is left alone.
"""

import re

from search.analysis.spelling import AMERICAN, IRREGULAR, KEPT

_VOWEL = re.compile("[aeiou]|(?<=[^aeiou])y")
_MEASURE = re.compile("(?:[aeiou]|(?<=[^aeiou])y)+(?:[^aeiouy]|(?<=[aeiou])y|^y)+")
_SHORT_END = re.compile("[^aeiou][aeiouy][^aeiouwxy]$")
_DOUBLE_END = re.compile(r"([^aeioulsz])\1$")
_SHORTEST = 4


def stem(word: str) -> str:
    """Return what is common to the inflections of a folded word; other scripts come back unchanged."""
    known = IRREGULAR.get(word)
    if known is not None:
        word = known
    if word in KEPT or not (word.isascii() and word.isalpha()):
        return word
    if len(word) < _SHORTEST:
        return AMERICAN.get(word) or _final_y(word)
    return _american(_final_e(_final_y(_past_and_progressive(_plural(word)))))


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "i"
    if word.endswith("s") and word[-2] not in "sui":
        return word[:-1]
    return word


def _past_and_progressive(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for suffix in ("ed", "ing"):
        head = word[: -len(suffix)]
        if word.endswith(suffix) and _VOWEL.search(head):
            return _mended(head)
    return word


def _mended(head: str) -> str:
    if head.endswith(("at", "bl", "iz")):
        return head + "e"
    if _DOUBLE_END.search(head):
        return head[:-1]
    if _measure(head) == 1 and _SHORT_END.search(head):
        return head + "e"
    return head


def _final_y(word: str) -> str:
    # As in Porter's later English stemmer: after a consonant only, and so for `spy` and `try` too.
    return word[:-1] + "i" if word[2:].endswith("y") and word[-2] not in "aeiou" else word


def _final_e(word: str) -> str:
    if word.endswith("e"):
        head = word[:-1]
        measure = _measure(head)
        if measure > 1 or (measure == 1 and not _SHORT_END.search(head)):
            return head
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        return word[:-1]
    return word


def _american(word: str) -> str:
    known = AMERICAN.get(word)
    if known is not None:
        return known
    if word.endswith("isation"):
        return word[:-7] + "ization"
    # After the steps above an -is was -ise, -ised or -ising, or stood there from the start (basis).
    if word.endswith(("ys", "is")) and _measure(word) > 1:
        return word[:-1] + "z"
    return word


def _measure(word: str) -> int:
    """Return Porter's m: how many times a group of vowels is followed by a group of consonants."""
    return len(_MEASURE.findall(word))
