"""The score of a document.

    score(d) = recency(d) * ( sum over leaves  l of  idf(l) * T(l, d) / (k1 + T(l, d))
                            + side_by_side * the same over the preferred phrases )

    T(l, d)  = sum over fields f of  weight[f] * frequency[f, d] / (1 - b + b * length[f, d] / mean[f])

Frequencies are weighed and normalised by field, then added, and only then saturated: S. Robertson,
H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6. An occurrence
that is not the exact form, or not at the boundaries of a word, counts less by a share of its own.
idf is `weighing.rarity` of `weighing.document_count`; mean lengths and counts are those of the
articles that are left. Scores are rounded to DECIMALS, and ties go to the newer article.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from search.columnar.impacts import Norms
from search.columnar.layout import Array
from search.query.plan import Leaf, Phrase, Piece, Run
from search.ranking.leaves import Found, preferred
from search.ranking.profile import RankingProfile
from search.ranking.view import View

DECIMALS = 6
_EXACT_AT_ONCE = 1_500
"""Up to so many candidates are scored at once; of more, bounds decide which are."""

_EPSILON = 2 * 10.0**-DECIMALS


@dataclass(frozen=True, slots=True)
class Scored:
    """A leaf that scores, and its idf times its share."""

    leaf: Leaf
    weight: float


class Scorer:
    """Scores the documents of one segment."""

    def __init__(  # noqa: PLR0913
        self,
        view: View,
        leaves: Sequence[Scored],
        preferred: Sequence[tuple[Phrase, float]],
        find: Callable[[Leaf], Found],
        norms: Norms,
        profile: RankingProfile,
        recency: Array | None,
    ) -> None:
        self._view = view
        self._leaves = leaves
        self._preferred = preferred
        self._find = find
        self._norms = norms
        self._profile = profile
        self._k1 = profile.k1
        self._recency = recency

    def best(self, documents: Array, count: int, floor: float) -> tuple[Array, Array]:
        """Return documents and scores that hold the best `count` of those that score above `floor`.

        More may be returned; nothing that belongs to the best is missing.
        """
        if len(documents) <= _EXACT_AT_ONCE or not count:
            return documents, self.scores(documents)
        bounds = self._bounds(documents)
        first = np.argpartition(-bounds, min(8 * count, len(bounds) - 1))[: 8 * count]
        scores = self.scores(documents[np.sort(first)])
        if len(scores) >= count:
            floor = max(floor, float(np.partition(scores, -count)[-count]))
        chosen = documents[bounds >= floor - _EPSILON]
        return chosen, self.scores(chosen)

    def scores(self, documents: Array) -> Array:
        """Return the exact scores of documents, ascending."""
        per_token = self._view.per_token(self._norms)
        total = np.zeros(len(documents))
        for scored in self._leaves:
            found = self._find(scored.leaf)
            inside, places = self._places(documents, found.documents)
            if len(places):
                own = found.documents[places]
                frequency = found.frequencies(places, per_token[own])
                total[inside] += scored.weight * frequency / (self._k1 + frequency)
        for phrase, weight in self._preferred:
            found = preferred(phrase, self._view, documents, self._profile)
            if len(found.documents):
                places = np.searchsorted(documents, found.documents)
                everything = np.arange(len(places))
                frequency = found.frequencies(everything, per_token[found.documents])
                total[places] += weight * frequency / (self._k1 + frequency)
        if self._recency is not None:
            total *= self._recency[documents]
        rounded: Array = np.round(total, DECIMALS)
        return rounded

    def _bounds(self, documents: Array) -> Array:
        """Return for each document a score that its own cannot exceed."""
        slack = self._norms.slack(self._view.segment.norms)
        total = np.zeros(len(documents))
        of_pieces: dict[Piece, Array] = {}
        for scored in self._leaves:
            found = self._find(scored.leaf)
            inside, places = self._places(documents, found.documents)
            bounds = found.bounds(slack) if len(places) else None
            frequency = np.zeros(len(documents))
            if bounds is not None:
                frequency[inside] = bounds[places]
                piece = _only_piece(scored.leaf)
                if piece is not None:
                    of_pieces[piece] = frequency
            elif len(places):
                per_token = self._view.per_token(self._norms)
                frequency[inside] = found.frequencies(places, per_token[found.documents[places]])
            total += scored.weight * self._saturated(frequency)
        for phrase, weight in self._preferred:
            total += weight * self._saturated(_phrase_bound(phrase, of_pieces, len(documents)))
        if self._recency is not None:
            total *= self._recency[documents]
        return total * (1 + 1e-9)

    def _saturated(self, frequency: Array) -> Array:
        """Return T / (k1 + T), which is 1 for an unbounded T."""
        return 1 - self._k1 / (self._k1 + frequency)

    def _places(self, documents: Array, others: Array) -> tuple[Array, Array]:
        """Return which of the documents are among the others, and where there; both ascending."""
        if not len(others):
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        if len(documents) * 32 < len(others):
            at = np.searchsorted(others, documents)
            at[at == len(others)] = 0
            inside = np.flatnonzero(others[at] == documents)
            return inside, at[inside]
        places = np.full(self._view.count, -1, np.int32)
        places[others] = np.arange(len(others), dtype=np.int32)
        found = places[documents]
        present = np.flatnonzero(found >= 0)
        return present, found[present]


def _only_piece(leaf: Leaf) -> Piece | None:
    """Return the piece of a leaf that looks for one piece in all fields."""
    if isinstance(leaf, Phrase) and len(leaf.pieces) == 1 and leaf.field is None:
        return leaf.pieces[0]
    return None


def _phrase_bound(phrase: Phrase, of_pieces: dict[Piece, Array], count: int) -> Array:
    """Return a bound of the T of a phrase: it stands nowhere more often than any part of it."""
    bound = np.full(count, np.inf)
    for piece in phrase.pieces:
        for known, frequency in of_pieces.items():
            if known == piece or _is_part(known, piece):
                bound = np.minimum(bound, frequency)
    return bound


def _is_part(known: Piece, piece: Piece) -> bool:
    both_runs = isinstance(known, Run) and isinstance(piece, Run)
    return both_runs and known.characters in piece.characters  # type: ignore[union-attr]
