"""What is the reader told about a query? Sentences, each once, in order, and bounded in number."""

MAX_WARNINGS = 20

_PASTED = 5
"""A query of so many words and filters was more likely pasted than composed."""


class Remarks:
    """Gathers sentences while a query is read; how long it was decides what becomes of some."""

    def __init__(self) -> None:
        self._warnings: dict[str, None] = {}
        self._doubts: dict[str, None] = {}
        self._left_out: dict[str, None] = {}
        self._hints: dict[str, None] = {}

    def warn(self, sentence: str) -> None:
        """Tell it in any case."""
        _add(self._warnings, sentence)

    def nothing_to_search(self) -> None:
        """Tell it where no warning has told already why nothing is left."""
        if not self._warnings:
            self.warn("There is nothing to search for; type a word.")

    def doubt(self, sentence: str) -> None:
        """Tell it unless the query was pasted, where signs seldom mean anything."""
        _add(self._doubts, sentence)

    def leave_out(self, sign: str, word: str) -> None:
        """Tell what a sign left out where it may have been meant as a word: the -la of `ls -la`."""
        sentence = f"“{sign}{word}” left out every article with {word}"
        _add(self._left_out, f"{sentence}; put it in quotes to search for it.")

    def take_for_word(self, date: str) -> None:
        """Tell where nothing is found that a date was searched as the word it is."""
        _add(self._hints, f"“{date}” was searched as a word; write date:{date} to mean the date.")

    def warnings(self, parts: int) -> tuple[str, ...]:
        """Return what to tell about a query of so many words and filters."""
        more = self._left_out if parts >= _PASTED else self._doubts
        return tuple({**self._warnings, **more})[:MAX_WARNINGS]

    def hints(self, parts: int) -> tuple[str, ...]:
        """Return what to tell besides where nothing is found."""
        more = {} if parts >= _PASTED else self._left_out
        return tuple({**self._hints, **more})[:MAX_WARNINGS]


def _add(sentences: dict[str, None], sentence: str) -> None:
    if len(sentences) < MAX_WARNINGS:
        sentences[sentence] = None
