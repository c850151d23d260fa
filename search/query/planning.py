"""Nodes -> Plan: cut what was typed into words, runs and phrases."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal

from search.analysis.english import compounds
from search.analysis.folding import fold
from search.analysis.tokens import segments
from search.query import nodes
from search.query.nodes import Everything, Published
from search.query.phrasing import alternatives, any_of, readings
from search.query.plan import (
    AllOf,
    AnyOf,
    Filter,
    Fuzzy,
    Leaf,
    MostOf,
    Near,
    NoneOf,
    Phrase,
    Plan,
    PlanNode,
    Prefix,
    Run,
)
from search.query.segmenting import CountDocuments, cut

MatchMode = Literal["auto", "all", "any"]

LONG_QUERY = 5
"""From this many words on, `auto` no longer requires all of them."""

_MOST_PREFERRED = 8
_LONGEST_SHOWN = 40


def make_plan(
    parsed: nodes.Parsed,
    count: CountDocuments,
    match: MatchMode = "auto",
    filters: Iterable[PlanNode] = (),
) -> Plan:
    """Turn what was typed into what it means; `count` gives the document count of a Chinese word."""
    planner = _Planner(count, match)
    root = planner.top(parsed.root) if parsed.root is not None else None
    if root is not None:
        root = _all_of([root, *filters])
    lit = sorted(dict.fromkeys(planner.lit), key=_width, reverse=True)
    preferred = tuple(dict.fromkeys(planner.preferred))
    return Plan(root, preferred, tuple(lit), (*parsed.warnings, *planner.warnings))


class _Planner:
    """Walks the nodes once; what it meets on the way is gathered in its lists."""

    def __init__(self, count: CountDocuments, match: MatchMode) -> None:
        self._count = count
        self._match = match
        self.preferred: list[Phrase] = []
        self.lit: list[Leaf] = []
        self.warnings: list[str] = []

    def top(self, node: nodes.Node) -> PlanNode | None:
        """Plan a whole query: plain words side by side may be loosened, all else is as it says."""
        children = node.children if isinstance(node, nodes.And) else (node,)
        words = [child for child in children if isinstance(child, nodes.Text)]
        parts = [part for word in words for part in self._text_parts(word.text, None)]
        planned = list(dict.fromkeys(parts))
        if len(planned) > 1:
            self._prefer_neighbours(planned)
        rest = [self._node(child, None) for child in children if not isinstance(child, nodes.Text)]
        known = _with_one_time([part for part in rest if part is not None])
        if not planned:
            return _all_of(known)
        if self._match == "any":
            return _all_of([any_of(planned), *known])
        if self._match == "auto" and len(planned) >= LONG_QUERY:
            return _all_of([MostOf(tuple(planned)), *known])
        return _all_of([*planned, *known])

    def _node(self, node: nodes.Node, field: str | None) -> PlanNode | None:
        handler = self._HANDLERS[type(node)]
        return handler(self, node, field)

    def _text(self, node: nodes.Text, field: str | None) -> PlanNode | None:
        return _all_of(self._text_parts(node.text, field))

    def _text_parts(self, text: str, field: str | None) -> list[PlanNode]:
        parts: list[PlanNode] = []
        for reading in readings(text, field):
            if isinstance(reading, str):
                parts += self._run(reading, field)
            else:
                parts += reading.parts
                self.lit += reading.lit
        if not parts:
            self.warnings.append(f"{_quoted(text)} holds nothing to search for; it was left out.")
        return parts

    def _run(self, run: str, field: str | None) -> list[Phrase]:
        phrases = [Phrase((Run(word),), field) for word in cut(run, self._count)]
        if len(phrases) > 1:
            whole = Phrase((Run(run),), field)
            self.preferred.append(whole)
            self.lit.append(whole)
        self.lit += phrases
        return phrases

    def _quoted(self, node: nodes.Quoted, field: str | None) -> PlanNode | None:
        ways = alternatives(node.text, field, exact=True)
        if not ways:
            self.warnings.append(f"{_quoted(node.text)} holds no word; the phrase was left out.")
            return None
        self.lit += ways
        return any_of(ways)

    def _prefix(self, node: nodes.PrefixText, field: str | None) -> PlanNode | None:
        folded = fold(node.text)
        cuts = list(segments(folded))
        if any(is_han for _, _, is_han in cuts):
            # Han characters are matched inside of words anyway.
            return _all_of(self._text_parts(node.text, field))
        forms = [compound.whole or compound.atoms[0].primary for compound in compounds(folded)]
        return self._single_form(node.text, [Prefix(form.lower(), field) for form in forms])

    def _fuzzy(self, node: nodes.FuzzyText, field: str | None) -> PlanNode | None:
        folded = fold(node.text)
        if any(is_han for _, _, is_han in segments(folded)):
            self.warnings.append(
                f"{_quoted(node.text)} is Chinese and was searched as it is; ~ is for words in letters."
            )
            return _all_of(self._text_parts(node.text, field))
        forms = [compound.whole or compound.atoms[0].primary for compound in compounds(folded)]
        leaves = [Fuzzy(form.lower(), node.distance, field) for form in forms]
        return self._single_form(node.text, leaves)

    def _single_form(self, text: str, leaves: list[Prefix] | list[Fuzzy]) -> PlanNode | None:
        if len(leaves) == 1:
            self.lit += leaves
            return leaves[0]
        if leaves:
            self.warnings.append(f"{_quoted(text)} is several words; * and ~ were left out.")
        return _all_of(self._text_parts(text, leaves[0].field if leaves else None))

    def _near(self, node: nodes.Near, field: str | None) -> PlanNode | None:
        sides = [
            alternatives(side.text, field, exact=isinstance(side, nodes.Quoted))
            for side in (node.left, node.right)
        ]
        if not all(sides):
            self.warnings.append("NEAR needs a word on both sides; it was left out.")
            present = [any_of(side) for side in sides if side]
            return _all_of(present)
        near = Near(tuple(sides[0]), tuple(sides[1]), node.distance, node.ordered, field)
        self.lit.append(near)
        return near

    def _scoped(self, node: nodes.Scoped, _: str | None) -> PlanNode | None:
        return self._node(node.child, node.field)

    def _and(self, node: nodes.And, field: str | None) -> PlanNode | None:
        planned = [self._node(child, field) for child in node.children]
        return _all_of(_with_one_time([part for part in planned if part is not None]))

    def _or(self, node: nodes.Or, field: str | None) -> PlanNode | None:
        planned = [self._node(child, field) for child in node.children]
        known = [part for part in planned if part is not None]
        return any_of(known) if known else None

    def _not(self, node: nodes.Not, field: str | None) -> PlanNode | None:
        silent = _Planner(self._count, self._match)  # what must not be there is not lit
        child = silent._node(node.child, field)
        self.warnings += silent.warnings
        return NoneOf(child) if child is not None else None

    def _as_it_is(self, node: Filter | Everything, _: str | None) -> PlanNode | None:
        return node

    def _prefer_neighbours(self, planned: list[PlanNode]) -> None:
        phrases = [_first_phrase(part) for part in planned]
        for left, right in pairwise(phrases):
            if left is not None and right is not None and len(self.preferred) < _MOST_PREFERRED:
                self.preferred.append(Phrase((*left.pieces, *right.pieces), left.field))

    _HANDLERS: dict[type, Callable[..., PlanNode | None]] = {  # noqa: RUF012
        nodes.Text: _text,
        nodes.Quoted: _quoted,
        nodes.PrefixText: _prefix,
        nodes.FuzzyText: _fuzzy,
        nodes.Near: _near,
        nodes.Scoped: _scoped,
        nodes.And: _and,
        nodes.Or: _or,
        nodes.Not: _not,
        nodes.SourceIs: _as_it_is,
        nodes.TagIs: _as_it_is,
        nodes.Published: _as_it_is,
        nodes.Everything: _as_it_is,
    }


def _all_of(children: Iterable[PlanNode]) -> PlanNode | None:
    unique = tuple(dict.fromkeys(children))
    if not unique:
        return None
    return unique[0] if len(unique) == 1 else AllOf(unique)


def _with_one_time(parts: list[PlanNode]) -> list[PlanNode]:
    """Join the times that must all hold: of one it can be told that no article has it."""
    if len(parts) < 2:  # noqa: PLR2004
        return parts
    times = [part for part in parts if isinstance(part, Published)]
    if len(times) < 2:  # noqa: PLR2004
        return parts
    since = [time.since for time in times if time.since]
    until = [time.until for time in times if time.until]
    common = Published(max(since, default=None), min(until, default=None))
    return [*[part for part in parts if not isinstance(part, Published)], common]


def _first_phrase(node: PlanNode) -> Phrase | None:
    if isinstance(node, AnyOf):
        node = node.children[-1]  # of a compound: by its parts
    return node if isinstance(node, Phrase) else None


def _width(leaf: Leaf) -> int:
    if isinstance(leaf, Phrase):
        return leaf.width
    if isinstance(leaf, Near):
        return max(phrase.width for phrase in (*leaf.left, *leaf.right))
    return 1


def _quoted(text: str) -> str:
    shortened = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return f"“{shortened}”"
