"""(what the index holds, what the sources say) -> added, updated, moved, unchanged, removed."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal

from search.article import Article, content_hash
from search.engines.port import Held
from search.schema import ANALYSIS_VERSION
from search.sources.rejected import Rejected
from search.sources.source_file import STANDARD_INPUT

Change = Literal["added", "updated", "moved", "unchanged", "duplicate"]


class Comparison:
    """Takes the articles of one run as they come, and says of each what is to be done with it.

    `is_gone` says of the path of a file whether it is surely no longer there.
    """

    def __init__(self, held: Mapping[str, Held], is_gone: Callable[[str], bool]) -> None:
        self._held = held
        self._is_gone = is_gone
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
        owner = self._owner(article)
        if owner is not None:
            return Rejected(
                article.path,
                0,
                f"Its id {article.id!r} is its path under {article.root}, and belongs to {owner};"
                f" index the folder that holds both, or give each article its own url or id.",
            )
        self._seen[article.id] = digest, article.path
        change = self._change(article, digest)
        self.counts[change] += 1
        return change

    def removed(
        self, roots: Iterable[str], unread: Iterable[str], read: Collection[str] | None = None
    ) -> list[str]:
        """Return the ids to be removed: not seen although under these roots, or under a new id now.

        What lies in or under a path that could not be read is not gone, only unread; nor is a file
        that was not `read` because a folder passes over its kind, while it is still there. None stands
        for all there is.
        """
        asked, kept = tuple(roots), tuple(unread)
        return [
            article_id
            for article_id, known in self._held.items()
            if article_id not in self._seen
            and known.path
            and (article_id in self._renamed or is_within(known.path, asked))
            and (
                read is None
                or known.path in read
                or article_id in self._renamed
                or self._is_gone(known.path)
            )
            and not is_within(known.path, kept)
        ]

    def _owner(self, article: Article) -> str | None:
        """Return the file of another article that has this id, because two roots hold equal paths.

        An id that the article brought along is not questioned: it is a new version of that article.
        """
        known = self._held.get(article.id)
        if known is None or known.path in ("", article.path) or not _named_by_path(article):
            return None
        same_root = known.root == article.root
        return None if same_root or self._is_gone(known.path) else known.path

    def is_renamed(self, article_id: str) -> bool:
        """Say whether a removed article lives on under another id, because its file was renamed."""
        return article_id in self._renamed

    def _change(self, article: Article, digest: str) -> Change:
        known = self._held.get(article.id)
        if known is None:
            return "moved" if self._claim_former(article, digest) else "added"
        if known.content_hash != digest:
            return "updated"
        # Found again through another root (a folder, then one file of it): nothing has moved.
        return "unchanged" if known.path == article.path else "moved"

    def _claim_former(self, article: Article, digest: str) -> bool:
        """Find the former self of an article with a new id: same text, and its file is gone.

        Ids hold the path under the root, so a file that is reached from another root has another id.
        """
        for article_id in self._by_hash.get(digest, ()):
            if article_id in self._renamed or article_id in self._seen:
                continue
            known = self._held[article_id]
            reached_anew = known.path == article.path and known.root != article.root
            if known.path not in ("", STANDARD_INPUT) and (
                reached_anew or self._is_gone(known.path)
            ):
                self._renamed.add(article_id)
                return True
        return False


def _named_by_path(article: Article) -> bool:
    relative = os.path.relpath(article.path, article.root).replace(os.sep, "/")
    return article.id == relative or article.id.startswith(f"{relative}#")


def is_within(path: str, roots: tuple[str, ...]) -> bool:
    """Say whether a path is one of the roots, or lies in or under one."""
    return any(path == root or path.startswith(root.rstrip("/\\") + "/") for root in roots)
