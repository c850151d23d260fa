"""A plan and all segments -> the window that was asked for, and how to count all that match.

For each segment, the newest first:

1. Leaves are looked up (leaves.py): a posting list, or several that must stand side by side. Lists
   are kept as sets of documents, 64 documents a word (postings.py, bits.py).
2. The plan is evaluated on sets (matching.py): what may match, and whether all of that does.
3. Pages and documents that can be among the best are taken, the most promising first (pruning.py),
   until no other can reach the worst of the best, and are scored exactly (bm25f.py); positions and
   forms are read for these alone (batch.py, phrases.py).

Sorted by date, step 3 is a walk from the newest page on. All that match are counted when somebody
asks: sets say it at once, phrases must then be looked for everywhere.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from search.columnar.layout import Array
from search.query.plan import AllOf, Leaf, Phrase, Plan, PlanNode, Run, Word
from search.query.weighing import Countable, document_count, rarity, shares
from search.ranking import bits
from search.ranking.alone import alone
from search.ranking.bm25f import Recency, Scorer
from search.ranking.dating import newest, oldest
from search.ranking.leaves import Found
from search.ranking.matching import Matcher
from search.ranking.postings import DocumentList
from search.ranking.profile import RankingProfile
from search.ranking.pruning import Best
from search.ranking.view import View
from search.schema import UNDATED

Order = Literal["relevance", "newest", "oldest"]
Total = int | Callable[[], int]
"""How many match, or what counts them."""

_MOST_WEIGHTS = 10_000


class Ranked(NamedTuple):
    """A document found: number of the view, number in it, score (0 when sorted by date)."""

    view: int
    document: int
    score: float


class Searching:
    """All views of one generation. Made once for each generation; safe in threads."""

    def __init__(self, views: Sequence[View], total: int, profile: RankingProfile) -> None:
        self._views = views
        self._matchers = [Matcher(view, self._weigh) for view in views]
        self._total = total
        self._profile = profile
        self._newest = max((view.newest for view in views), default=UNDATED)
        self._weights: dict[PlanNode, float] = {}

    def count(self, countable: Countable) -> int:
        """Return how many documents hold something that the dictionary knows."""
        if isinstance(countable, Word):
            return self.count_group(countable.stem or countable.form)
        if isinstance(countable, Run) and len(countable.characters) > 1:
            return self.count_group(countable.characters)
        leaf = Phrase((countable,)) if isinstance(countable, Run) else countable
        return sum(matcher.count(leaf) for matcher in self._matchers)

    def count_group(self, name: str) -> int:
        """Return how many documents hold a group of the dictionary."""
        return sum(view.live_count(name) for view in self._views)

    def search(
        self, plan: Plan, limit: int, offset: int, order: Order
    ) -> tuple[Total, list[Ranked]]:
        """Return what counts all that match, and the window."""
        root, needed = plan.root, limit + offset
        if root is None:
            return 0, []
        weighed = self._weighed(plan) if needed and order == "relevance" else []
        found: list[Ranked] = []
        total, exact, floor, since = 0, True, 0.0, UNDATED
        for number in range(len(self._views) - 1, -1, -1):
            matcher = self._matchers[number]
            quick = alone(root, weighed[0][0], matcher) if len(weighed) == 1 else None
            if quick is not None:
                total += quick.size
                own = quick.best(weighed[0][1], needed, floor)
                found, floor = _with(found, own, number, needed, floor)
                continue
            if since > matcher.view.dates[-1]:
                exact = (
                    False  # all found so far are newer: what matches here is counted if asked for
                )
                continue
            candidates, own_exact = matcher.candidates(root)
            exact = exact and own_exact
            count = bits.size(candidates)
            total += count
            matches = None if own_exact else (lambda batch, of=matcher: of.flags(root, batch))
            if not needed or not count:
                continue
            if weighed:
                leaves = [(matcher.find(leaf), weight) for leaf, weight in weighed]
                scorer = Scorer(leaves, self._recency_in(number), self._profile.k1)
                holders = _holders(root, weighed, leaves)
                best = Best(matcher.view, scorer, matches, needed, floor, holders)
                best.search(candidates, count)
                found, floor = _with(found, best.found, number, needed, floor)
            else:
                walk = oldest if order == "oldest" else newest
                documents = walk(matcher.view, candidates, matches, needed).tolist()
                found += [Ranked(number, document, 0.0) for document in documents]
                if order == "newest" and len(found) >= needed:
                    found, since = self._newest_of(found, needed)
        if len(self._views) > 1:
            found = self._sorted(found, needed, order)
        counted: Total = total if exact else (lambda: self._count_all(root))
        return counted, found[offset:needed]

    def matching(self, plan: Plan, number: int, documents: Array) -> Array:
        """Return which of some documents (ascending) of a view match, as all of the index is weighed."""
        root = plan.root
        return documents[:0] if root is None else self._matchers[number].matching(root, documents)

    def id_of(self, number: int, document: int) -> bytes:
        """Return the id of a document, which parts those with equal score and date."""
        return self._views[number].ids[document]

    def _sorted(self, found: list[Ranked], needed: int, order: Order) -> list[Ranked]:
        """Return what was found in several segments in order; ids are read of those in the window."""
        placed = [(self._place(one, order), one) for one in found]
        if len(placed) > needed:
            last = sorted([place for place, _ in placed])[needed - 1]
            placed = [entry for entry in placed if entry[0] <= last]
        placed.sort(key=lambda entry: (entry[0], self.id_of(entry[1].view, entry[1].document)))
        return [one for _, one in placed]

    def _newest_of(self, found: list[Ranked], needed: int) -> tuple[list[Ranked], int]:
        """Return those that can be among the newest, and the date that others must have reached."""
        dates = [self._views[one.view].dates[one.document] for one in found]
        since: int = sorted(dates, reverse=True)[needed - 1]
        return [one for one, date in zip(found, dates, strict=True) if date >= since], since

    def _place(self, one: Ranked, order: Order) -> tuple[float, bool, int]:
        date = self._views[one.view].dates[one.document]
        return -one.score, date == UNDATED, date if order == "oldest" else -date

    def _count_all(self, root: PlanNode) -> int:
        return sum(matcher.count(root) for matcher in self._matchers)

    def _weighed(self, plan: Plan) -> list[tuple[Leaf, float]]:
        """Return what scores, and its idf times its share."""
        shared = shares(plan, self._profile.names, self._profile.side_by_side)
        weighed = [(leaf, self._weigh(leaf) * share) for leaf, share in shared]
        return [(leaf, weight) for leaf, weight in weighed if weight]

    def _weigh(self, node: PlanNode) -> float:
        known = self._weights.get(node)
        if known is None:
            if len(self._weights) >= _MOST_WEIGHTS:
                self._weights.clear()
            known = self._weights[node] = rarity(self._total, document_count(node, self.count))
        return known

    def _recency_in(self, number: int) -> Recency | None:
        if not self._profile.recency or self._newest == UNDATED:
            return None
        view = self._views[number]
        if view.recency is None:
            view.recency = Recency(view, self._newest, self._profile)
        return view.recency


def _with(
    found: list[Ranked], own: list[tuple[float, int]], number: int, needed: int, floor: float
) -> tuple[list[Ranked], float]:
    """Add what was found in a segment; return what can be among the best, and its least score."""
    found = found + [Ranked(number, document, score) for score, document in own if score >= floor]
    if len(found) < needed:
        return found, floor
    floor = sorted([one.score for one in found], reverse=True)[needed - 1]
    return [one for one in found if one.score >= floor], floor


def _holders(
    root: PlanNode, weighed: Sequence[tuple[Leaf, float]], leaves: Sequence[tuple[Found, float]]
) -> frozenset[DocumentList]:
    """Return lists that hold all candidates: those of the leaves that everything must hold."""
    required = set(map(id, root.children)) if isinstance(root, AllOf) else {id(root)}
    return frozenset(
        own
        for (leaf, _), (found, _) in zip(weighed, leaves, strict=True)
        if id(leaf) in required
        for own in found.holders
    )
