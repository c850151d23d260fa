"""The vocabulary of plans: what to match, what to prefer, what to light. It knows no index.

A plan speaks of words and runs of characters, not of terms: how an engine finds them is its own affair.
A tree of AllOf, AnyOf, MostOf and NoneOf over leaves says which articles match. planning.py makes it.
"""

from typing import Literal, NamedTuple

from search.query.nodes import Everything, Published, SourceIs, TagIs

MOST = 0.35
"""The share of the weight of a long query that an article must hold (weight: see MostOf)."""


class Word(NamedTuple):
    """A token with this exact form or, unless `stem` is None, any token with this stem."""

    form: str
    stem: str | None = None
    kind: Literal["word"] = "word"

    @property
    def width(self) -> int:
        """Positions taken."""
        return 1


class Run(NamedTuple):
    """These folded characters, side by side within one Han run."""

    characters: str
    kind: Literal["run"] = "run"

    @property
    def width(self) -> int:
        """Positions taken."""
        return len(self.characters)


Piece = Word | Run


class Phrase(NamedTuple):
    """Pieces at consecutive positions of one text field: of `field`, or of any where it is None."""

    pieces: tuple[Piece, ...]
    field: str | None = None
    kind: Literal["phrase"] = "phrase"

    @property
    def width(self) -> int:
        """Positions taken by all pieces together."""
        pieces = self.pieces
        return pieces[0].width if len(pieces) == 1 else sum([piece.width for piece in pieces])


class Prefix(NamedTuple):
    """Any word form that starts so."""

    start: str
    field: str | None = None
    kind: Literal["prefix"] = "prefix"


class Fuzzy(NamedTuple):
    """Any word form with the same first letter, at most `distance` edits (Levenshtein) away."""

    form: str
    distance: int
    field: str | None = None
    kind: Literal["fuzzy"] = "fuzzy"


class Near(NamedTuple):
    """One of `left` and one of `right` in one field, at most `distance` positions apart.

    Counted from the end of the earlier to the start of the later: neighbours are at 1, overlapping
    ones at 0 (never, when `ordered`: then `left` must have ended before `right` begins).
    """

    left: tuple[Phrase, ...]
    right: tuple[Phrase, ...]
    distance: int
    ordered: bool
    field: str | None = None
    kind: Literal["near"] = "near"


class AllOf(NamedTuple):
    """Every child."""

    children: tuple["PlanNode", ...]
    kind: Literal["all of"] = "all of"


class AnyOf(NamedTuple):
    """At least one child."""

    children: tuple["PlanNode", ...]
    kind: Literal["any of"] = "any of"


class MostOf(NamedTuple):
    """Children that weigh at least `share` of what all weigh.

    A child weighs log(1 + (N - n + 0.5) / (n + 0.5)), N articles in the index of which n match it.
    """

    children: tuple["PlanNode", ...]
    share: float = MOST
    kind: Literal["most of"] = "most of"


class NoneOf(NamedTuple):
    """Everything that does not match the child."""

    child: "PlanNode"
    kind: Literal["none of"] = "none of"


Leaf = Phrase | Prefix | Fuzzy | Near
Filter = Published | SourceIs | TagIs
PlanNode = Leaf | Filter | AllOf | AnyOf | MostOf | NoneOf | Everything


class Plan(NamedTuple):
    """What a query means. `root` None: nothing to search for, so nothing is found.

    `preferred` phrases lift the articles that hold them, and change nothing in what matches.
    `lit` is what to mark in a text, the widest first.
    """

    root: PlanNode | None
    preferred: tuple[Phrase, ...] = ()
    lit: tuple[Leaf, ...] = ()
    warnings: tuple[str, ...] = ()


def filters_in(node: PlanNode) -> list[Filter]:
    """Return the filters of a plan that everything found must pass, or one of which it must."""
    if isinstance(node, AllOf | AnyOf):
        return [found for child in node.children for found in filters_in(child)]
    return [node] if isinstance(node, Filter) else []
