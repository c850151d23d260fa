"""In how many articles of a cluster does something stand? Asked for together, and remembered."""

import threading
from collections.abc import Callable, Iterable, Sequence

from search.analysis.tokens import STEM_MARK, WORD_MARK
from search.engines.opensearch_documents import short
from search.engines.opensearch_queries import Compiler, Known, Query, term_query
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    MostOf,
    Near,
    NoneOf,
    Plan,
    PlanNode,
    Prefix,
    Run,
)
from search.query.weighing import Countable, document_count, rarity, scoring_leaves

CountAll = Callable[[Sequence[Query]], list[int]]

_MOST_REMEMBERED = 50_000
_LONGEST_WORD = 8
_FREE = Compiler(Known(tuple, 0, lambda _: 0.0))  # what is counted is of any field


class Counter:
    """Counts articles for one reader; `count_all` asks the cluster for many counts at once."""

    def __init__(self, count_all: CountAll) -> None:
        self._count_all = count_all
        self._words: dict[str, int] = {}
        self._counts: dict[Countable, int] = {}
        self._following = ""  # the characters behind the one that was asked about last
        self._lock = threading.Lock()

    def count_word(self, word: str) -> int:
        """Return how many articles hold a Chinese word.

        A run is cut from its end (search/query/segmenting.py): with its first character all words that
        begin there are asked for at once.
        """
        with self._lock:
            known = self._words.get(word)
            if known is None:
                known = self._ask_for_words(word)
            if len(word) == 1:
                self._following = (word + self._following)[:_LONGEST_WORD]
            return known

    def _ask_for_words(self, word: str) -> int:
        run = (word + self._following)[:_LONGEST_WORD] if len(word) == 1 else word
        expected = [run[:length] for length in range(len(word), len(run) + 1)]
        asked = [each for each in expected if each not in self._words]
        counts = self._count_all([term_query("terms", WORD_MARK + each) for each in asked])
        if len(self._words) > _MOST_REMEMBERED:
            self._words.clear()
        self._words.update(zip(asked, counts, strict=True))
        return self._words[word]

    def prepare(self, plan: Plan, *, scored: bool) -> None:
        """Ask for all that the rarities of a plan are made of."""
        if plan.root is None:
            return
        nodes = list(_to_be_weighed(plan.root))
        if scored:
            nodes += [n for n in scoring_leaves(plan.root) if isinstance(n, Prefix | Fuzzy | Near)]
        wanted: dict[Countable, None] = {}

        def note(countable: Countable) -> int:
            wanted[countable] = None
            return 1

        for node in nodes:
            document_count(node, note)
        with self._lock:
            missing = [countable for countable in wanted if countable not in self._counts]
            if missing:
                if len(self._counts) > _MOST_REMEMBERED:
                    self._counts.clear()
                counts = self._count_all([_counted(countable) for countable in missing])
                self._counts.update(zip(missing, counts, strict=True))

    def rarity(self, total: Callable[[], int]) -> Callable[[PlanNode], float]:
        """Return what tells the rarity of a node that was prepared; `total` counts all articles."""

        def weigh(node: PlanNode) -> float:
            count = document_count(node, self._counts.__getitem__)
            # Articles may have come since all were counted.
            return rarity(max(total(), count), count)

        return weigh


def _to_be_weighed(node: PlanNode) -> Iterable[PlanNode]:
    if isinstance(node, MostOf):
        yield from node.children
    elif isinstance(node, AllOf | AnyOf):
        for child in node.children:
            yield from _to_be_weighed(child)
    elif isinstance(node, NoneOf):
        yield from _to_be_weighed(node.child)


def _counted(countable: Countable) -> Query:
    if isinstance(countable, Prefix | Fuzzy):
        return _FREE.node(countable)
    if isinstance(countable, Run):
        return term_query("terms", countable.characters)
    stem = countable.stem
    return term_query("terms", short(countable.form if stem is None else STEM_MARK + stem))
