"""Our tokens as a Whoosh analyzer, for Whoosh's fields, highlighters and tools.

Pickled into Whoosh's schema by its import path, so it holds nothing that must not be in a file.
"""

from collections.abc import Iterator

from whoosh.analysis import Token as WhooshToken
from whoosh.analysis import Tokenizer as WhooshTokenizer

from search.analysis.tokens import Tokenizer


class BilingualAnalyzer(WhooshTokenizer):  # type: ignore[misc]  # Whoosh has no types
    """Cuts English and Chinese, and both in one line, into one stream of Whoosh tokens."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def __getstate__(self) -> dict[str, object]:
        return {}

    def __setstate__(self, state: dict[str, object]) -> None:
        self._tokenizer = Tokenizer()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    def __call__(  # noqa: PLR0913  # Whoosh's own signature
        self,
        value: str,
        positions: bool = False,  # noqa: FBT001, FBT002
        chars: bool = False,  # noqa: FBT001, FBT002
        keeporiginal: bool = False,  # noqa: FBT001, FBT002
        removestops: bool = True,  # noqa: FBT001, FBT002
        start_pos: int = 0,
        start_char: int = 0,
        mode: str = "",
        **kwargs: object,
    ) -> Iterator[WhooshToken]:
        """Yield one Whoosh token, changed in place, for each of ours, as Whoosh's own analyzers do."""
        token = WhooshToken(positions, chars, removestops=removestops, mode=mode, **kwargs)
        for term, position, start, end in self._tokenizer.rows(value):
            token.text = term
            token.boost = 1.0
            token.stopped = False
            if keeporiginal:
                token.original = value[start:end]
            if positions:
                token.pos = start_pos + position
            if chars:
                token.startchar = start_char + start
                token.endchar = start_char + end
            yield token
