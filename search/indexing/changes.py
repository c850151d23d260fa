"""(what the index holds, what the sources say) -> added, updated, moved, unchanged, removed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from search.article import Article, content_hash
from search.engines.port import Held
from search.schema import ANALYSIS_VERSION
from search.sources.rejected import Rejected

Change = Literal["added", "updated", "moved", "unchanged", "duplicate"]


class Comparison:
    """Takes the articles of one run as they come, and says of each what is to be done with it."""

    def __init__(self, held: Mapping[str, Held], exists: Callable[[str], bool]) -> None:
        self._held = held
        self._exists = exists
        self._seen: dict[str, tuple[str, str]] = {}
        self._by_hash: dict[str, list[str]] = defaultdict(list)
        for article_id, known in held.items():
            self._by_hash[known.content_hash].append(article_id)
        self._renamed: set[str] = set()
        self.counts: Counter[Change] = Counter()

    def judge(self, article: Article) -> Change | Rejected:
        """Compare one article; a second one with the same id and another text is rejected."""
        digest = content_hash(article, str(ANALYSIS_VERSION))
        first = self._seen.get(article.id)
        if first is not None:
            if first[0] == digest:
                return "duplicate"
            return Rejected(
                article.path,
                0,
                f"The id {article.id!r} was already taken by another article, in {first[1]};"
                f" give each its own url or id.",
            )
        self._seen[article.id] = digest, article.path
        change = self._change(article, digest)
        self.counts[change] += 1
        return change

    def removed(self, roots: Iterable[str], unreadable: Iterable[str]) -> list[str]:
        """Return the ids under these roots that the run has not seen.

        What lies in or under a path that could not be read is not gone, only unread.
        """
        asked, unread = tuple(roots), tuple(unreadable)
        return [
            article_id
            for article_id, known in self._held.items()
            if article_id not in self._seen
            and known.path
            and any(_within(known.path, root) for root in asked)
            and not any(_within(known.path, path) for path in unread)
        ]

    def is_renamed(self, article_id: str) -> bool:
        """Say whether a removed article lives on under another id, because its file was renamed."""
        return article_id in self._renamed

    def _change(self, article: Article, digest: str) -> Change:
        known = self._held.get(article.id)
        if known is None:
            return "moved" if self._claim_renamed(digest) else "added"
        if known.content_hash != digest:
            return "updated"
        if (known.path, known.root) == (article.path, article.root):
            return "unchanged"
        # Found again through another root (a folder, then one file of it): nothing has moved.
        return "unchanged" if known.path == article.path else "moved"

    def _claim_renamed(self, digest: str) -> bool:
        """Find an article with the same text whose file is gone, and take it for the former self."""
        for article_id in self._by_hash.get(digest, ()):
            known = self._held[article_id]
            if known.path and article_id not in self._renamed and not self._exists(known.path):
                self._renamed.add(article_id)
                return True
        return False


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/\\") + "/") or root == ""
