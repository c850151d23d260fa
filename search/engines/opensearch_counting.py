"""In how many articles of a cluster does something stand? Asked for together, and remembered."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from search.engines.opensearch_mapping import CHARACTERS
from search.engines.opensearch_queries import (
    Compiler,
    Known,
    Query,
    Term,
    chinese_word,
    single_term,
    word_term,
)
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    Leaf,
    MostOf,
    NoneOf,
    Phrase,
    Plan,
    PlanNode,
    Prefix,
    Run,
)
from search.query.weighing import Countable, document_count, rarity, scoring_leaves

CountAll = Callable[[Sequence[Query]], list[int]]
Counted = Term | Prefix | Fuzzy

_MOST_REMEMBERED = 50_000
_LONGEST_WORD = 8


class Counter:
    """Counts articles for one reader; `count_all` asks the cluster for many counts at once.

    `totals` gives how many articles there are, under the name of no field, and how many have each field.
    """

    def __init__(self, count_all: CountAll, totals: Callable[[], Mapping[str, int]]) -> None:
        self._count_all = count_all
        self._totals = totals
        self._counts: dict[Counted, int] = {}
        self._lock = threading.Lock()
        self._compiler = Compiler(Known(tuple, 0, self))  # what is counted is of any field

    def count_word(self, word: str) -> int:
        """Return how many articles hold a Chinese word.

        A run that is to be cut is asked about as a whole first (search/query/segmenting.py): with it
        all words are asked for that may be in it.
        """
        wanted = chinese_word(word)
        with self._lock:
            if wanted not in self._counts:
                self._look_up(map(chinese_word, (word, *_parts(word))))
            return self._counts[wanted]

    def prepare(self, plan: Plan, *, scored: bool) -> None:
        """Ask for all that the weights of a plan are made of."""
        if plan.root is None:
            return
        nodes = list(_to_be_weighed(plan.root))
        wanted: list[Counted] = []
        if scored:
            leaves = [*scoring_leaves(plan.root), *plan.preferred]
            nodes += leaves
            wanted += [term for leaf in leaves for term in _terms(leaf)]

        def note(countable: Countable) -> int:
            wanted.append(_counted(countable))
            return 1

        for node in nodes:
            document_count(node, note)
        with self._lock:
            self._look_up(wanted)

    def _look_up(self, wanted: Iterable[Counted]) -> None:
        missing = [each for each in dict.fromkeys(wanted) if each not in self._counts]
        if missing:
            counts = self._count_all([self._query(each) for each in missing])
            if len(self._counts) > _MOST_REMEMBERED:
                self._counts = {}
            self._counts = {**self._counts, **dict(zip(missing, counts, strict=True))}

    def _query(self, counted: Counted) -> Query:
        return counted.query() if isinstance(counted, Term) else self._compiler.node(counted)

    def rarity(self, node: PlanNode) -> float:
        """Return the weight of a node of a plan that was prepared."""
        return self._rarity(document_count(node, self._count), "")

    def correction(self, node: PlanNode, term: Term) -> float:
        """Return what the server's score of a term is to be multiplied by."""
        weight = self._rarity(self._counts[term], term.field)
        return self.rarity(node) / weight if weight else 0.0

    def _count(self, countable: Countable) -> int:
        return self._counts[_counted(countable)]

    def _rarity(self, count: int, field: str) -> float:
        # Articles may have come since all were counted.
        return rarity(max(self._totals()[field], count), count)


def _parts(run: str) -> Iterator[str]:
    """Yield all that may be a word in a run."""
    for start in range(len(run)):
        for end in range(start + 1, min(start + _LONGEST_WORD, len(run)) + 1):
            yield run[start:end]


def _to_be_weighed(node: PlanNode) -> Iterator[PlanNode]:
    if isinstance(node, MostOf):
        yield from node.children
    elif isinstance(node, AllOf | AnyOf):
        for child in node.children:
            yield from _to_be_weighed(child)
    elif isinstance(node, NoneOf):
        yield from _to_be_weighed(node.child)


def _terms(leaf: Leaf) -> Iterator[Term]:
    """Yield the terms by which a leaf may be scored."""
    if isinstance(leaf, Phrase) and len(leaf.pieces) == 1:
        piece = leaf.pieces[0]
        if term := single_term(leaf):
            yield term
        yield (
            chinese_word(piece.characters)
            if isinstance(piece, Run)
            else word_term(piece._replace(stem=None))
        )


def _counted(countable: Countable) -> Counted:
    """Return what the count of something is asked for by."""
    if isinstance(countable, Prefix | Fuzzy):
        return countable
    if isinstance(countable, Run):
        return Term(CHARACTERS, countable.characters)
    return word_term(countable)
