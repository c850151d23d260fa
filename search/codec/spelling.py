"""What Whoosh may suggest for a word: words as they are written, no stems, marks or Han characters."""

from collections.abc import Iterator
from typing import Any

from whoosh import spelling

from search.analysis.scripts import has_han
from search.analysis.tokens import STEM_MARK, WORD_MARK
from search.engines.whoosh_schema import BilingualText
from search.query.edits import edits_within

_MARKS = (STEM_MARK, WORD_MARK)


class Correcting:
    """Before a reader of Whoosh's in the order of classes."""

    schema: Any

    def corrector(self, fieldname: str) -> Any:  # noqa: ANN401
        """Return what suggests words of a field in place of another."""
        return _WordCorrector(self, fieldname, self.schema[fieldname])


class _WordCorrector(spelling.ReaderCorrector):  # type: ignore[misc]
    def _suggestions(self, text: str, maxdist: int, prefix: int) -> Iterator[tuple[float, str]]:
        """Yield words with what they are ranked by: the fewest edits first, then the most frequent."""
        is_text = isinstance(self.fieldobj, BilingualText)
        word = text.removeprefix(STEM_MARK) if is_text else text
        if is_text and has_han(word):
            return  # most pairs of characters are two edits from each other
        for other in self.reader.terms_within(self.fieldname, word, maxdist, prefix=prefix):
            if not (is_text and (other.startswith(_MARKS) or has_han(other))):
                edits = next(n for n in range(maxdist + 1) if edits_within(other, word, n))
                frequency = self.reader.frequency(self.fieldname, other) or 1
                yield -(edits + 0.5 / frequency), other


def loosened(correction: Any, schema: Any) -> Any:  # noqa: ANN401
    """Return a correction whose query finds all inflections of a word, where the first query did."""
    corrected = correction.original_query
    for token in correction.tokens:
        words = [token.text]
        if token.original.startswith(STEM_MARK) and token.fieldname in schema:
            words = list(schema[token.fieldname].process_text(token.text, mode="query"))
        word = words[0] if len(words) == 1 else token.text
        corrected = corrected.replace(token.fieldname, token.original, word)
    correction.query = corrected
    return correction
