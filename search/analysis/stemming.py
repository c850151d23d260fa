"""Light English stemming: inflections only (plural, -ed, -ing), so that a minister is not administered.

After steps 1a, 1b and 5 of M. F. Porter: An algorithm for suffix stripping, Program 14 (3), 1980, with
British spellings folded to American ones, irregular inflections, and -us and -sis left alone. Other
than there a final -y stays, and -ies and -ied become it again: cities are a city, and not Citi.
"""

from search.analysis.spelling import AMERICAN, IRREGULAR, KEPT, american
from search.patterns import late

_VOWEL = late("[aeiou]|(?<=[^aeiou])y")
_VOWEL_CONSONANT = late("[aeiou][^aeiou]|(?<=[^aeiou])y[^aeiouy]")
_SHORT_END = late("[^aeiou][aeiouy][^aeiouwxy]$")
_DOUBLE_END = late(r"(?<=..)([^aeioufslz])\1$")
_PLURAL_OF_CODE = late("[a-z]+[0-9]+s")
_SHORTEST = 4


def stem(word: str) -> str:
    """Return what is common to the inflections of a folded word; other scripts come back unchanged."""
    settled = _SETTLED.get(word)
    if settled is not None:
        return settled
    if not (word.isascii() and word.isalpha()):
        return word[:-1] if word[-1:] == "s" and _PLURAL_OF_CODE.fullmatch(word) else word
    return _stem_of_letters(word)


def _stem_of_letters(word: str) -> str:
    """Return the stem of a word that no table settles. Most words end in a letter of no ending."""
    if len(word) < _SHORTEST:
        return AMERICAN.get(word, word)
    if word[-1] == "s":
        word = _plural(word)
        if word in KEPT:
            return word
    if word[-1] in "dg":
        word = _past_and_progressive(word)
    if word[-1] in "el":
        word = _final_e(word)
    return _american(word)


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return _with_y(word[:-1])
    if word[-2] not in "su" and not word.endswith("sis"):
        return word[:-1]
    return word


def _with_y(word: str) -> str:
    """Return `city` for the `citie` of cities, but the `tie` of ties as it is."""
    return word[:-2] + "y" if len(word) >= _SHORTEST else word


def _past_and_progressive(word: str) -> str:
    if word.endswith("ed"):
        if word[-3] == "i":
            return _with_y(word[:-1])
        if word[-3] == "e":
            return word
        head = word[:-2]
    elif word.endswith("ing"):
        head = word[:-3]
    else:
        return word
    return _mended(head) if _VOWEL.search(head) else word


def _mended(head: str) -> str:
    if head.endswith(("at", "bl", "iz")):
        return head + "e"
    if _DOUBLE_END.search(head):
        return head[:-1]
    if _measure(head) == 1 and _SHORT_END.search(head):
        return head + "e"
    return head


def _final_e(word: str) -> str:
    if len(word) < _SHORTEST:
        return word
    if word.endswith("ie"):
        return _with_y(word)
    if word.endswith("e"):
        head = word[:-1]
        measure = _measure(head)
        if measure > 1 or (measure == 1 and not _SHORT_END.search(head)):
            return head
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        return word[:-1]
    return word


def _american(word: str) -> str:
    # After the steps above an -is was -ise, -ised or -ising, or stood there from the start (basis).
    known = AMERICAN.get(word)
    if known is None and word.endswith(("ys", "is")) and _measure(word) > 1:
        return word[:-1] + "z"
    return american(word)


def _measure(word: str) -> int:
    """Return Porter's m: how many times a vowel is followed by a consonant."""
    return len(_VOWEL_CONSONANT.findall(word))


_SETTLED = {word: word for word in KEPT} | {
    form: word if word in KEPT else _stem_of_letters(word)
    for form, word in IRREGULAR.items()
    if form not in KEPT
}
"""The stems of words that a table names."""
