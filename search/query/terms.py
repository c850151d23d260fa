"""The terms by which the pieces of a plan are found in an index or in a text."""

from collections.abc import Iterator, Sequence

from search.analysis.tokens import STEM_MARK
from search.query.plan import Piece, Run


def phrase_terms(pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield one term for each position that the pieces take (one fewer where a run ends them).

    Pairs of characters decide where a run is: they overlap, so no foreign character fits between.
    """
    for index, piece in enumerate(pieces):
        if not isinstance(piece, Run):
            yield piece.form if piece.stem is None else STEM_MARK + piece.stem
            continue
        characters = piece.characters
        for at in range(len(characters) - 1):
            yield characters[at : at + 2]
        if len(characters) == 1 or index < len(pieces) - 1:
            yield characters[-1]
