"""duowen through its public API, as any program would use it."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.port import Answer, Ask, Question, Record
from search import Article, Index, open_index, reindex
from search.engines.registry import EngineChoice

_CHECKOUT = Path(__file__).resolve().parents[2]


class Duowen:
    """The one that is measured."""

    def __init__(self, folder: Path, engine: EngineChoice = "local") -> None:
        self._folder = folder
        self._engine = engine
        self._index: Index | None = None

    def versions(self) -> str:
        """Name the version, and a digest of the code that was measured."""
        settings = (_CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
        version = re.search(r'^version = "(.+)"', settings, re.MULTILINE)
        digest = hashlib.sha256()
        for path in sorted((_CHECKOUT / "search").rglob("*.py")):
            digest.update(path.read_bytes())
        return f"duowen {version[1] if version else '?'} (code {digest.hexdigest()[:10]})"

    def build(self, articles: Path) -> None:
        """Do what `duowen index FILE` does."""
        reindex([articles], self._folder, engine=self._engine)

    def open(self) -> None:
        """Open the index."""
        self._index = open_index(self._folder, engine=self._engine)

    def search(self, question: Question, ask: Ask) -> Answer:
        """Ask as a user does; all that match are counted where that is asked for."""
        results = self._opened().search(
            question.line,
            limit=ask.limit,
            source=question.source or None,
            since=question.since or None,
            until=question.until or None,
            sort="newest" if question.sort == "newest" else "relevance",
            match=ask.match,
            snippets=ask.snippets,
        )
        shown = sum(len(hit.title) for hit in results)
        if ask.snippets:
            shown += sum(len(snippet.html) for hit in results for snippet in hit.snippets)
        return Answer([hit.id for hit in results], shown, results.total if ask.count else None)

    def add(self, records: Sequence[Record]) -> None:
        """Put the articles in one commit."""
        with self._opened().writer() as writer:
            for record in records:
                writer.put(Article.from_mapping(record))

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _opened(self) -> Index:
        if self._index is None:
            self.open()
        return self._index
