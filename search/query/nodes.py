"""The vocabulary of what was typed: a tree of these is what `parser.parse` returns.

Nothing here is analysed: the text of a node is the text as typed, to be cut into words later. Trees
are joined with `all_of`, `any_of` and `negated`, which keep them flat.

Nodes are named tuples, which are quick to declare, make, compare and hash. A tuple equals any other
with the same parts; so each node carries its kind, which nobody passes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias


class Text(NamedTuple):
    """An unquoted chunk without white space, as typed: `F-16`, `5G手机`, `o'neill`."""

    text: str
    kind: Literal["text"] = "text"


class Quoted(NamedTuple):
    """What stood between quotes, without the white space at its ends."""

    text: str
    kind: Literal["quoted"] = "quoted"


class PrefixText(NamedTuple):
    """`word*`: words that begin with this text."""

    text: str
    kind: Literal["prefix text"] = "prefix text"


class FuzzyText(NamedTuple):
    """`word~`, `word~2`: words at most `distance` (1 or 2) edits away from this text."""

    text: str
    distance: int
    kind: Literal["fuzzy text"] = "fuzzy text"


class Near(NamedTuple):
    """`A NEAR/5 B`, or `A BEFORE/5 B` when `ordered`: both, at most `distance` places apart."""

    left: Text | Quoted
    right: Text | Quoted
    distance: int
    ordered: bool = False
    kind: Literal["near"] = "near"


class Scoped(NamedTuple):
    """`title:x`, `title:(a b)`: every text of `child` is looked for in this field only.

    The innermost scope counts; filters (SourceIs, TagIs, Published) and Everything have no scope.
    """

    field: str
    child: "Node"
    kind: Literal["scoped"] = "scoped"


class SourceIs(NamedTuple):
    """`source:reuters`: only articles of this source; the name is as typed."""

    name: str
    kind: Literal["source is"] = "source is"


class TagIs(NamedTuple):
    """`tag:asia`: only articles with this tag; the name is as typed."""

    name: str
    kind: Literal["tag is"] = "tag is"


class Published(NamedTuple):
    """Only articles with since <= published < until, in aware UTC; None leaves that side open."""

    since: datetime | None
    until: datetime | None
    kind: Literal["published"] = "published"


class And(NamedTuple):
    """All of these; two or more, none of them an And, at least one of them not a Not."""

    children: "tuple[Node, ...]"
    kind: Literal["and"] = "and"


class Or(NamedTuple):
    """Any of these; two or more, none of them an Or or a Not."""

    children: "tuple[Node, ...]"
    kind: Literal["or"] = "or"


class Not(NamedTuple):
    """Not this; stands only inside an And."""

    child: "Node"
    kind: Literal["not"] = "not"


class Everything(NamedTuple):
    """Every article: what negations are taken from when nothing else was asked, and `*`."""

    kind: Literal["everything"] = "everything"


Node: TypeAlias = (
    Text
    | Quoted
    | PrefixText
    | FuzzyText
    | Near
    | Scoped
    | SourceIs
    | TagIs
    | Published
    | And
    | Or
    | Not
    | Everything
)


class Parsed(NamedTuple):
    """What was understood: the tree, None when nothing searchable was typed, and what was not.

    `otherwise` is the tree to search for when nothing is found: with the words that were taken for
    dates as words. None where there are none. `hints` are sentences like `warnings`, for when nothing
    is found.
    """

    root: Node | None
    warnings: tuple[str, ...] = ()
    otherwise: Node | None = None
    hints: tuple[str, ...] = ()


def all_of(nodes: Iterable[Node]) -> Node:
    """Join by AND; Everything is added where all are negations, else left out."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.children if isinstance(node, And) else (node,))
    parts: list[Node] = [part for part in flat if not isinstance(part, Everything)]
    if all(isinstance(part, Not) for part in parts):
        parts.insert(0, Everything())
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def any_of(nodes: Iterable[Node]) -> Node:
    """Join by OR, flat."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.children if isinstance(node, Or) else (node,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negated(node: Node) -> Node:
    """Negate; a negated negation (Everything and one Not) is what was negated first."""
    match node:
        case And((Everything(), Not(child))):
            return child
    return Not(node)
