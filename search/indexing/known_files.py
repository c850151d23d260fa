"""Which files need not be read again, because the index holds what they hold?

The index keeps, for each file, its size and time and how many of the articles are from it. These numbers
add up to all articles there are, those from no file included: where they do not, or where somebody else
has written to the index, all articles are looked at.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from search.engines.port import Files, FileState
from search.indexing.looking import Absence, within
from search.schema import ANALYSIS_VERSION
from search.sources.options import SourceOptions
from search.sources.reading import READING_VERSION
from search.sources.rejected import Rejected
from search.sources.source_file import UNKNOWN_TIME, SourceFile

_SETTLED = 2_000_000_000
"""Nanoseconds after which a file that is written once more surely has another time, on any system."""


def reading_of(options: SourceOptions) -> str:
    """Return what changes whenever the same file may be read as other articles, or cut otherwise."""
    settings = [
        {field: list(names) for field, names in options.names.items()},
        list(options.known_sources),
        list(options.site_names),
    ]
    text = json.dumps([READING_VERSION, ANALYSIS_VERSION, settings], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class KnownFiles:
    """What the index knows of files; with `reread` it counts for nothing."""

    def __init__(self, files: Files, reading: str, article_count: int, *, reread: bool) -> None:
        self._reading = reading
        self._is_valid = files.reading == reading
        self._states = files.states
        self._reread = reread
        known = sum(state.articles for state in files.states.values())
        self.is_complete = self._is_valid and files.complete and known == article_count
        """Whether it tells of all articles: else files may be gone of which it knows nothing."""

    def unchanged(self, entries: Iterable[SourceFile | Rejected]) -> dict[str, int]:
        """Return the files that are as they were when they were read: path -> number of articles."""
        if self._reread or not self._is_valid:
            return {}
        found = {}
        look_up = self._states.get
        for entry in entries:
            state = look_up(entry.path)
            if (
                state is not None
                and isinstance(entry, SourceFile)
                and state.mtime_ns == entry.mtime_ns != UNKNOWN_TIME
                and state.size == entry.size
                and state.root == entry.root
            ):
                found[entry.path] = state.articles
        return found

    def any_gone(self, absence: Absence, roots: Iterable[str], unread: Iterable[str]) -> bool:
        """Say whether a file under the roots is gone that was neither found there nor left unread."""
        missing = self._states.keys() - absence.there
        if not missing:
            return False
        is_asked, is_kept = within(roots), within(unread)
        return any(
            is_asked(path) and not is_kept(path) and absence.is_gone(path) for path in missing
        )

    def after(
        self, articles_in: Mapping[str, int], opened: Mapping[str, FileState | None]
    ) -> Files:
        """Return what is known after a run: of all files that the index holds articles of.

        `opened` are the files that the run read, with None for those that it did not read to the end
        without a complaint. They are read again next time, and so are those whose articles went to
        another file.
        """
        states = {}
        for path, count in articles_in.items():
            if count > 0:
                known = self._states.get(path) if self._is_valid else None
                state = opened.get(path, known)
                if state is None or state.articles != count:
                    state = FileState(0, UNKNOWN_TIME, "", count)
                states[path] = state
        return Files(self._reading, states)


def state_of(file: SourceFile, articles: int, read_at: int) -> FileState | None:
    """Return what is to be known of a file that was read to its end, from `read_at` on.

    None where it was written so shortly before that it might be written again at the same time.
    """
    if file.mtime_ns == UNKNOWN_TIME or file.mtime_ns > read_at - _SETTLED:
        return None
    return FileState(file.size, file.mtime_ns, file.root, articles)
