"""Our fields as a Whoosh schema: of the reference engine, and of Whoosh's searchers over our segments.

title, summary, body, caption   terms as search/analysis/tokens.py cuts them: `ministers`, and the stem
                                `~minister`; `卫`, `卫星`, and the word `=卫星`
id                              the id, whole
source, tags                    as search.schema.keyword writes them, however they are typed
published                       whole seconds, UTC; no term where nobody knows the date
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from whoosh import analysis, fields

from search.analysis.bilingual import BilingualAnalyzer
from search.analysis.folding import fold, fold_word
from search.analysis.scripts import has_han
from search.analysis.tokens import STEM_MARK
from search.schema import FIELDS, keyword

_PAIR = 2


def whoosh_schema(*, stored: bool, **more: Any) -> Any:  # noqa: ANN401
    """Return the schema of what every index has, and of `more`; `stored`: all that is searched is."""
    texts = {
        text_field.name: BilingualText(stored=stored, sortable=text_field.name == "title")
        for text_field in FIELDS
    }
    return fields.Schema(
        id=fields.ID(unique=True, stored=True, sortable=True),
        source=fields.ID(
            stored=stored, sortable=True, analyzer=analysis.IDTokenizer() | FoldingFilter()
        ),
        tags=fields.KEYWORD(
            stored=stored, analyzer=analysis.CommaSeparatedTokenizer() | FoldingFilter()
        ),
        published=Moment(stored=stored, sortable=True),
        **texts,
        **more,
    )


class FoldingFilter(analysis.Filter):  # type: ignore[misc]  # Whoosh has no types
    """Writes each token as sources and tags are compared; a pattern with a backslash stays as it is."""

    def __call__(self, tokens: Iterable[Any]) -> Iterator[Any]:
        """Yield the tokens, changed in place."""
        for token in tokens:
            token.text = _folded(token.text, keyword)
            yield token


class BilingualText(fields.TEXT):  # type: ignore[misc]  # Whoosh has no types
    """Text in English, Chinese or both, for which Whoosh's own query parser makes sensible queries:
    a word is searched by its stem, a Han run as a phrase of its pairs, a phrase by exact forms.
    """  # noqa: D205

    def __init__(self, *, stored: bool = False, sortable: bool = False) -> None:
        super().__init__(
            BilingualAnalyzer(), stored=stored, sortable=sortable, multitoken_query="phrase"
        )

    def tokenize(self, value: str, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401
        """Yield the tokens; those of a query one at each position, in the exact form."""
        if kwargs.get("mode") != "query":
            return super().tokenize(value, **kwargs)
        return _one_a_position(super().tokenize(value, **{**kwargs, "positions": True}), _exact)

    def process_text(
        self,
        qstring: str,
        mode: str = "",
        *,
        tokenize: bool = True,
        **kwargs: Any,  # noqa: ANN401
    ) -> Iterator[str]:
        """Yield the terms of a text; of a query those that find it in any inflection.

        Without `tokenize` it is the start of a word, or a pattern.
        """
        if mode != "query":
            yield from super().process_text(qstring, mode, **kwargs)
        elif tokenize:
            tokens = super().tokenize(qstring, mode=mode, **{**kwargs, "positions": True})
            yield from (token.text for token in _one_a_position(tokens, _loose))
        else:
            yield _folded(qstring, lambda text: fold_word(fold(text)))


def _folded(text: str, fold_text: Callable[[str], str]) -> str:
    # A backslash in a pattern may stand before a letter whose case says something.
    return text if "\\" in text else fold_text(text)


def _one_a_position(tokens: Iterator[Any], choose: Callable[[list[Any]], Any]) -> Iterator[Any]:
    # Whoosh's analyzers yield one token over and over.
    for _, together in groupby((token.copy() for token in tokens), lambda token: token.pos):
        yield choose(list(together))


def _exact(together: list[Any]) -> Any:  # noqa: ANN401
    """Return the form as it was typed, or the pair of Han characters that begins there."""
    pairs = [token for token in together if len(token.text) == _PAIR and has_han(token.text)]
    return (pairs or together)[0]


def _loose(together: list[Any]) -> Any:  # noqa: ANN401
    """Return the stem of what was typed, unless that is an acronym told apart by its capitals."""
    stems = [token for token in together if token.text.startswith(STEM_MARK)]
    return _exact(together if together[0].text.isupper() else stems or together)


class Moment(fields.DATETIME):  # type: ignore[misc]
    """A date that may be unknown."""

    def from_column_value(self, x: int) -> datetime | None:
        """Return the naive UTC datetime of a value of the column, None where nobody knows the date."""
        return None if abs(x) == self.default else super().from_column_value(abs(x))
