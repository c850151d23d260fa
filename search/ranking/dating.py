"""The newest or the oldest documents of a set: a walk over its pages, until there are enough."""

from collections.abc import Callable

import numpy as np

from search.columnar.layout import Array
from search.columnar.pages import PAGE_BITS
from search.ranking import bits
from search.ranking.batch import Batch
from search.ranking.view import View
from search.schema import UNDATED

Matches = Callable[[Batch], Array] | None
_GROWTH = 4


def newest(view: View, candidates: Array, matches: Matches, needed: int) -> Array:
    """Return the newest documents that match, `needed` or fewer; undated ones come last.

    Of one moment the later document comes first: it has the smaller id.
    """
    pages = candidates.nonzero()[0]
    found = [np.zeros(0, np.intp)]
    missing, step = needed, needed
    while missing > 0 and len(pages):
        pages, taken = pages[:-step], pages[-step:]
        own = _matching(view, candidates, matches, taken)[::-1][:missing]
        found.append(own)
        missing -= len(own)
        step *= _GROWTH
    return np.concatenate(found)


def oldest(view: View, candidates: Array, matches: Matches, needed: int) -> Array:
    """Return the oldest documents that match, `needed` or fewer; undated ones come last."""
    dates = view.segment.dates
    undated = int(dates.searchsorted(UNDATED + 1))
    before = bits.between(0, undated, view.count)
    dated = candidates & ~before
    pages = dated.nonzero()[0]
    found = np.zeros(0, np.intp)
    step = needed
    while len(found) < needed and len(pages):
        taken, pages = pages[:step], pages[step:]
        found = np.concatenate((found, _matching(view, dated, matches, taken)))
        step *= _GROWTH
    if len(found) >= needed:
        # Of those of one moment the later document comes first, so all of them must be known.
        until = int(dates.searchsorted(dates[found[needed - 1]], side="right"))
        taken = pages[: pages.searchsorted((until + bits.LOW) >> PAGE_BITS)]
        found = np.concatenate((found, _matching(view, dated, matches, taken)))
    found = found[np.lexsort((-found, dates[found]))][:needed]
    rest = newest(view, candidates & before, matches, needed - len(found))
    return np.concatenate((found, rest))


def _matching(view: View, candidates: Array, matches: Matches, pages: Array) -> Array:
    documents = bits.documents_in(candidates, pages)
    if matches is None or not len(documents):
        return documents
    return documents[matches(Batch(view, documents))]
