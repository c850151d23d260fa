"""(what the index holds, what the sources say) -> added, updated, moved, unchanged, removed."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from search.article import Article, content_hash
from search.engines.port import Held
from search.indexing.looking import within
from search.schema import ANALYSIS_VERSION
from search.sources.rejected import Rejected
from search.sources.source_file import STANDARD_INPUT

_NUMBER_SIZE = 4

Change = Literal["added", "updated", "moved", "unchanged", "duplicate"]


class Comparison:
    """Takes the articles of one run as they come, and says of each what is to be done with it.

    `is_gone` says of the path of a file whether it is surely no longer there. `unchanged` are the files
    that need not be read, because the index is known to hold what they hold, and how many articles that
    is: where it holds another number of them by now, somebody took some away, and they are to be read.
    """

    def __init__(
        self,
        held: Mapping[str, Held],
        is_gone: Callable[[str], bool],
        unchanged: Mapping[str, int] = MappingProxyType({}),
        analysis: int = ANALYSIS_VERSION,
    ) -> None:
        self._held = held
        self._is_gone = is_gone
        self._version = str(analysis)
        self._passed: set[str] = set()
        self._seen: dict[str, bytes] = {}
        self._paths: list[str] = []
        self._former: dict[str, str] = {}
        self._renamed: set[str] = set()
        self._refused: set[str] = set()
        self._renumbered: set[str] = set()
        self.counts: Counter[Change] = Counter()
        self.articles_in = Counter(known.path for known in held.values())
        """How many articles the index has of each file, with all that was judged so far."""
        self._unchanged = {
            path for path, count in unchanged.items() if self.articles_in[path] == count
        }

    def pass_over(self, path: str) -> bool:
        """Take the articles of an unchanged file as seen; False says that it must be read after all.

        For an article that was read before may have the id of one of its articles: whose it is, the
        order of the files decides, as ever.
        """
        if path not in self._unchanged:
            return False
        self._passed.add(path)
        self.counts["unchanged"] += self.articles_in[path]
        return True

    def judge(self, article: Article) -> Change | Rejected:
        """Compare one article; a second one with the same id and another text is rejected."""
        digest = content_hash(article, self._version)
        known = self._held.get(article.id)
        if article.id in self._renamed:  # another article has taken its place
            known = None
        first = self._first(article.id)
        if first is None and known is not None and known.path != article.path:
            if known.path in self._passed:
                first = known.content_hash, known.path
            self._unchanged.discard(known.path)
        if first is not None:
            if first[0] == digest:
                return "duplicate"
            return Rejected(
                article.path,
                0,
                f"The id {article.id!r} was already taken by another article, in {first[1]};"
                f" give each its own url or id.",
            )
        if known is not None and self._is_of_another_root(article, known):
            return Rejected(
                article.path,
                0,
                f"Its id {article.id!r} is its path under {article.root}, and belongs to {known.path};"
                f" index the folder that holds both, or give each article its own url or id.",
            )
        if self._paths[-1:] != [article.path]:
            self._paths.append(article.path)
        number = (len(self._paths) - 1).to_bytes(_NUMBER_SIZE, "little")
        self._seen[article.id] = number + bytes.fromhex(digest)
        return self._noted(article, digest, known)

    def _first(self, article_id: str) -> tuple[str, str] | None:
        """Return digest and path of the article that was seen under an id.

        Of a first run's millions all are kept: as the number of a path and the bytes of a digest.
        """
        seen = self._seen.get(article_id)
        if seen is None:
            return None
        number = int.from_bytes(seen[:_NUMBER_SIZE], "little")
        return seen[_NUMBER_SIZE:].hex(), self._paths[number]

    def take_back(self, article: Article, change: Change) -> None:
        """Undo what was noted of an article that the index refused; what is held under its id stays."""
        self.counts[change] -= 1
        self.articles_in[article.path] -= 1
        former_id = self.former_of(article.id)
        former = self._held.get(former_id)
        if change != "added" and former is not None:
            self.articles_in[former.path] += 1
            self._refused.add(former_id)

    def count_out(self, article_id: str) -> None:
        """Undo the count of an article that the index would not write in the end."""
        seen = self._first(article_id)
        if seen is None:
            return
        digest, path = seen
        known = self._held.get(article_id)
        change: Change = "added" if known is None else "updated"
        if article_id in self._former or (known and known.path != path):
            change = "moved"
        elif known and known.content_hash == digest:
            change = "unchanged"
        self.counts[change] -= 1

    def is_renumbered(self, path: str) -> bool:
        """Say whether records of a file may have changed their ids, which are their numbers in it.

        Then one may have taken the place of another that comes later: who stops there loses that one.
        """
        return path in self._renumbered

    def former_of(self, article_id: str) -> str:
        """Return the id under which the index holds an article that has moved."""
        return self._former.get(article_id, article_id)

    def is_left(self, article_id: str) -> bool:
        """Say of an article that is held whether nothing takes its place: what it became, if anything
        was read of it, was refused.
        """  # noqa: D205
        is_replaced = article_id in self._seen or article_id in self._renamed
        return article_id in self._refused or not is_replaced

    def removed(
        self, roots: Iterable[str], unread: Iterable[str], read: Collection[str] | None = None
    ) -> list[str]:
        """Return the ids to be removed, and count them as gone: not seen, although under these roots.

        What lies in or under a path that could not be read is not gone, only unread; nor is a file
        that was not `read` because a folder passes over its kind, while it is still there. None stands
        for all there is. Former selves of what has moved are not among them.
        """
        is_asked, is_kept = within(roots), within(unread)
        gone = [
            article_id
            for article_id, known in self._held.items()
            if known.path not in self._passed
            and self.is_left(article_id)
            and article_id not in self._refused
            and known.path
            and is_asked(known.path)
            and (read is None or known.path in read or self._is_gone(known.path))
            and not is_kept(known.path)
        ]
        self.articles_in.subtract(self._held[article_id].path for article_id in gone)
        return gone

    def _is_of_another_root(self, article: Article, known: Held) -> bool:
        """Say whether its id is that of another file, because two roots hold equal paths.

        An id that the article brought along is not questioned: it is a new version of that article.
        """
        if known.path in ("", article.path) or not _named_by_path(article):
            return False
        return known.root != article.root and not self._is_gone(known.path)

    def _noted(self, article: Article, digest: str, known: Held | None) -> Change:
        """Say what has changed, and count it."""
        change: Change
        if known is None:
            former = self._claim_former(article, digest)
            change = "added" if former is None else "moved"
        else:
            former = known
            if known.content_hash != digest:
                change = "updated"
                if article.id.startswith(f"{_relative(article)}#"):
                    self._renumbered.add(article.path)
            else:
                # Found again through another root (a folder, then one file of it): nothing has moved.
                change = "unchanged" if known.path == article.path else "moved"
        if former is not None:
            self.articles_in[former.path] -= 1
        self.articles_in[article.path] += 1
        self.counts[change] += 1
        return change

    def _claim_former(self, article: Article, digest: str) -> Held | None:
        """Find the former self of an article with a new id: same text, and its file is gone.

        Ids hold the path under the root, so a file that is reached from another root has another id.
        """
        for article_id in self._by_hash.get(digest, ()):
            if article_id in self._refused or not self.is_left(article_id):
                continue
            known = self._held[article_id]
            reached_anew = known.path == article.path and known.root != article.root
            if reached_anew or self._is_gone(known.path):
                self._renamed.add(article_id)
                self._former[article.id] = article_id
                return known
        return None

    @cached_property
    def _by_hash(self) -> Mapping[str, list[str]]:
        """The articles that may have been renamed; those of unchanged files have not."""
        found: dict[str, list[str]] = defaultdict(list)
        there = {*self._passed, *self._unchanged, "", STANDARD_INPUT}
        for article_id, known in self._held.items():
            if known.path not in there:
                found[known.content_hash].append(article_id)
        return found


def _relative(article: Article) -> str:
    return os.path.relpath(article.path, article.root).replace(os.sep, "/")


def _named_by_path(article: Article) -> bool:
    relative = _relative(article)
    return article.id == relative or article.id.startswith(f"{relative}#")
