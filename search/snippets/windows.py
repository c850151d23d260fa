"""Marks in a text -> the neighbouring ones that are worth most within a width."""

from collections.abc import Mapping, Sequence

from search.snippets.chunks import Mark


def best_window(  # noqa: PLR0913  # a slice of the marks, and how to weigh it
    lit: Sequence[Mark],
    begin: int,
    stop: int,
    worth: Mapping[int, int],
    columns: Sequence[int],
    width: int,
) -> tuple[int, int, int]:
    """Slide over lit[begin:stop]: the most worth within the width wins, then the earliest.

    Return the worth, and the first mark and the one behind the last; what only repeats is left out.
    """
    most = sum([worth[number] for number in {mark[2] for mark in lit[begin:stop]}])
    inside: dict[int, int] = {}
    total = best = best_first = best_last = 0
    last = begin
    for first in range(begin, stop):
        limit = columns[lit[first][0]] + width
        while last < stop and (last == first or columns[lit[last][1]] <= limit):
            number = lit[last][2]
            held = inside.get(number, 0)
            if not held:
                total += worth[number]
            inside[number] = held + 1
            last += 1
        if total > best:
            best, best_first, best_last = total, first, last
            if best == most:
                break
        number = lit[first][2]
        inside[number] -= 1
        if not inside[number]:
            total -= worth[number]
    return (best, *_tightened(lit, best_first, best_last))


def _tightened(lit: Sequence[Mark], first: int, last: int) -> tuple[int, int]:
    """Leave out what only repeats, first at the end and then at the beginning."""
    inside: dict[int, int] = {}
    for _, _, number in lit[first:last]:
        inside[number] = inside.get(number, 0) + 1
    while last - first > 1 and inside[lit[last - 1][2]] > 1:
        last -= 1
        inside[lit[last][2]] -= 1
    while last - first > 1 and inside[lit[first][2]] > 1:
        inside[lit[first][2]] -= 1
        first += 1
    return first, last
