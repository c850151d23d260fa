"""The terms by which the pieces of a plan are found in an index or in a text."""

from collections.abc import Iterator, Sequence

from search.analysis.tokens import STEM_MARK
from search.query.plan import Piece, Run


def phrase_terms(pieces: Sequence[Piece], *, to_the_end: bool = False) -> Iterator[str]:
    """Yield one term for each position that the pieces take.

    Pairs of characters decide where a run is: they overlap, so no foreign character fits between.
    Where a run comes last, its last character is left out: the pair before holds it already. Who
    measures distances from the end asks for it.
    """
    for index, piece in enumerate(pieces):
        if not isinstance(piece, Run):
            yield piece.form if piece.stem is None else STEM_MARK + piece.stem
            continue
        characters = piece.characters
        for at in range(len(characters) - 1):
            yield characters[at : at + 2]
        if to_the_end or len(characters) == 1 or index < len(pieces) - 1:
            yield characters[-1]
