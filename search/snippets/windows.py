"""Marks in a text -> the neighbouring ones that are worth most within a width."""

from collections.abc import Mapping, Sequence

from search.snippets.chunks import Mark


def best_window(
    marks: Sequence[Mark], worth: Mapping[int, int], width: int, most: int
) -> tuple[int, int, int]:
    """Slide over marks given in columns: the most worth within the width wins, then the earliest.

    `most` is what all numbers of the marks are worth. Return the worth, and the first mark and the one
    behind the last; what only repeats is left out.
    """
    inside = dict.fromkeys(worth, 0)
    total = best = best_first = best_last = last = 0
    stop = len(marks)
    for first, (start, _, number) in enumerate(marks):
        limit = start + width
        while last < stop and (last == first or marks[last][1] <= limit):
            entering = marks[last][2]
            if not inside[entering]:
                total += worth[entering]
            inside[entering] += 1
            last += 1
        if total > best:
            best, best_first, best_last = total, first, last
            if best == most:
                break
        inside[number] -= 1
        if not inside[number]:
            total -= worth[number]
    return (best, *_tightened(marks, best_first, best_last))


def _tightened(marks: Sequence[Mark], first: int, last: int) -> tuple[int, int]:
    """Leave out what only repeats, first at the end and then at the beginning."""
    inside: dict[int, int] = {}
    for _, _, number in marks[first:last]:
        inside[number] = inside.get(number, 0) + 1
    while last - first > 1 and inside[marks[last - 1][2]] > 1:
        last -= 1
        inside[marks[last][2]] -= 1
    while last - first > 1 and inside[marks[first][2]] > 1:
        inside[marks[first][2]] -= 1
        first += 1
    return first, last
