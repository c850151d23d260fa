"""A run of Han characters -> its words, by the words that the index itself holds.

The most probable cut wins, as in jieba's own dictionary step, with the document counts of the index as
frequencies; so no dictionary is loaded, and names that this archive is full of are words. Characters
that no word covers stay together as one piece: torn apart they would match anywhere (广州 must not find
惠州).
"""

from collections.abc import Callable
from math import inf, log

CountDocuments = Callable[[str], int]
"""A Chinese word -> the number of documents that hold it at its own boundaries."""

_LONGEST_WORD = 8
_ALL = 1e7
"""What frequencies are parts of: so much that one long word is likelier than the two it is made of."""

_UNKNOWN = 0.1
"""What a single character that is no word counts for, in documents."""


def cut(run: str, count: CountDocuments) -> list[str]:
    """Return the pieces of a folded run; joined they are the run again."""
    length = len(run)
    if length <= 2:  # noqa: PLR2004  # a pair that is no word stays together as well
        return [run] if run else []
    # What may be a word -> its count. The whole run comes first, so that who has to ask far away can
    # ask for all of its parts at once.
    words = {run: count(run)}
    scores = [0.0] * (length + 1)
    ends = [length] * length
    for start in range(length - 1, -1, -1):
        best, best_end = -inf, start
        for end in range(start + 1, min(start + _LONGEST_WORD, length) + 1):
            piece = run[start:end]
            documents = words.get(piece)
            if documents is None:
                documents = words[piece] = count(piece)
            if not documents and end > start + 1:
                continue
            score = log((documents or _UNKNOWN) / _ALL) + scores[end]
            if score >= best:  # among equals the longer word
                best, best_end = score, end
        scores[start], ends[start] = best, best_end
    return _pieces(run, ends, words)


def _pieces(run: str, ends: list[int], words: dict[str, int]) -> list[str]:
    pieces: list[str] = []
    loose = False  # whether the last piece is made of single characters
    start = 0
    while start < len(run):
        piece, start = run[start : ends[start]], ends[start]
        single = len(piece) == 1
        if single and loose:
            pieces[-1] += piece
        else:
            pieces.append(piece)
        loose = single
    return _with_strays_attached(pieces, words)


def _with_strays_attached(pieces: list[str], words: dict[str, int]) -> list[str]:
    """Join a lone character that is no word of the archive to the piece before it, or after it."""
    joined: list[str] = []
    for piece in pieces:
        stray = len(piece) == 1 and not words.get(piece)
        after_stray = len(joined) == 1 and len(joined[0]) == 1 and not words.get(joined[0])
        if joined and (stray or after_stray):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
