"""In how many articles does a part of a plan stand, judged by the dictionary alone?

    a word                    articles with any inflection of it, in any field
    one or two characters     articles with them, in any field
    a longer run, a phrase    the smallest count among its parts
    AnyOf, sides of a NEAR    the largest among the alternatives
    AllOf, a NEAR             the smallest among the parts
    words by prefix, fuzzy    articles with any of these words

An upper bound, cheap to know, and the same for every engine: rarity and the weights of MostOf are made
of it, so that all engines agree.
"""

from collections.abc import Callable
from functools import lru_cache
from math import log1p

from search.analysis.stemming import stem
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    Leaf,
    MostOf,
    Near,
    Phrase,
    Piece,
    Plan,
    PlanNode,
    Prefix,
    Run,
    Word,
)

Countable = Word | Run | Prefix | Fuzzy
"""A word with its stem, one or two characters, a prefix or a fuzzy word, of any field."""

Count = Callable[[Countable], int]

_JOINTS = (AllOf, AnyOf, MostOf)
_stem = lru_cache(8_192)(stem)


def document_count(node: PlanNode, count: Count) -> int:
    """Return the count of a node; `count` looks up what the dictionary knows."""
    if isinstance(node, Phrase):
        if len(node.pieces) == 1:
            return _piece_count(node.pieces[0], count)
        return min([_piece_count(piece, count) for piece in node.pieces])
    if isinstance(node, Prefix | Fuzzy):
        return count(node._replace(field=None))
    if isinstance(node, Near):
        return min(
            max(document_count(phrase, count) for phrase in side)
            for side in (node.left, node.right)
        )
    if isinstance(node, _JOINTS):
        choose = min if isinstance(node, AllOf) else max
        return choose(document_count(child, count) for child in node.children)
    return 0


def rarity(total: int, documents: int) -> float:
    """Return the weight of something that stands in some of all articles; 0 where it stands in none.

    log(1 + (N - n + 0.5) / (n + 0.5)), the idf of Robertson and Sparck Jones kept above zero.
    """
    if not documents:
        return 0.0
    return log1p((total - documents + 0.5) / (documents + 0.5))


def scoring_leaves(node: PlanNode) -> list[Leaf]:
    """Return the leaves that score: all but the barred ones, each once, in the order of the plan."""
    found: dict[Leaf, None] = {}
    _gather(node, found)
    return list(found)


def shares(plan: Plan, names: float, side_by_side: float) -> list[tuple[Leaf, float]]:
    """Return what scores, and the share of its rarity that it scores with.

    Words in letters get `names` where the query has Han characters besides, preferred phrases get
    `side_by_side`, all others get 1.
    """
    leaves = scoring_leaves(plan.root) if plan.root is not None else []
    if len(leaves) == 1 and not plan.preferred:
        return [(leaves[0], 1.0)]
    han = [_has_run(leaf) for leaf in leaves]
    letters = names if any(han) else 1.0
    shared = [(leaf, 1.0 if own else letters) for leaf, own in zip(leaves, han, strict=True)]
    return shared + [(phrase, side_by_side) for phrase in plan.preferred]


def _has_run(leaf: Leaf) -> bool:
    if isinstance(leaf, Near):
        return any(map(_has_run, (*leaf.left, *leaf.right)))
    return isinstance(leaf, Phrase) and any(isinstance(piece, Run) for piece in leaf.pieces)


def _gather(node: PlanNode, found: dict[Leaf, None]) -> None:
    if isinstance(node, _JOINTS):
        for child in node.children:
            _gather(child, found)
    elif isinstance(node, Leaf):
        found[node] = None


def _piece_count(piece: Piece, count: Count) -> int:
    if isinstance(piece, Word):
        return count(Word(piece.form, _stem(piece.form)) if piece.stem is None else piece)
    characters = piece.characters
    if len(characters) <= 2:  # noqa: PLR2004
        return count(piece)
    return min(count(Run(characters[at : at + 2])) for at in range(len(characters) - 1))
