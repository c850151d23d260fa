"""What Whoosh's highlights may light: terms of `text` stand in each of the fields it is made of."""

import copy
from typing import Any

from whoosh import highlight

from search.schema import FIELDS

WHOLE = "text"
"""The field of all text, which is not stored by itself."""
_PARTS = tuple(text_field.name for text_field in FIELDS)


class TextHighlighter(highlight.Highlighter):  # type: ignore[misc]  # Whoosh has no types
    """Lights terms of `text` in title, summary, body and caption, and can show all four as `text`."""

    def highlight_hit(
        self,
        hitobj: Any,  # noqa: ANN401
        fieldname: str,
        text: str | None = None,
        **shown: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Return the fragments of a field in which terms of the query stand."""
        if fieldname == WHOLE and text is None:
            text = "\n\n".join(part for part in map(hitobj.__getitem__, _PARTS) if part)
        elif fieldname in _PARTS:
            hitobj = copy.copy(hitobj)
            hitobj.results = _Results(hitobj.results, fieldname)
        return super().highlight_hit(hitobj, fieldname, text=text, **shown)


class _Results:
    """Results in which a term of `text` counts as one of this field too."""

    def __init__(self, results: Any, fieldname: str) -> None:  # noqa: ANN401
        self._results = results
        self._fieldname = fieldname

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._results, name)

    def query_terms(self, **options: Any) -> set[tuple[str, Any]]:  # noqa: ANN401
        """Return the terms of the query that stand in the index."""
        whole = self._results.query_terms(**{**options, "fieldname": WHOLE})
        return self._moved(whole) | set(self._results.query_terms(**options))

    def matched_terms(self) -> set[tuple[str, Any]]:
        """Return the terms that matched."""
        matched = self._results.matched_terms()
        return self._moved(matched) | set(matched)

    def _moved(self, terms: Any) -> set[tuple[str, Any]]:  # noqa: ANN401
        return {(self._fieldname, term) for name, term in terms if name == WHOLE}
