"""What is known about an index on a cluster: which one is current, at which generation, and who writes.

Beside the articles in NAME-000001 (NAME is the alias of the current one) there is the small index
NAME-meta with a few documents:

    current       the generation that counts, and the index that holds it: replaced last, and only by
                  who has read it before (the sequence numbers of the server see to that)
    files-T-M     what the job of the token T saw of files, in parts
    left-INDEX    the generation of an index that a rebuild or a rollback left, to go back to
    sending       is there while a job sends its changes, and after one that did not come to its end:
                  how many layers they need, and whose they are
    lock          who writes, until when
"""

import base64
import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any, NamedTuple

from search.engines.opensearch_client import Cluster, Conflicting, NotThere, path_of
from search.engines.opensearch_indexes import Indexes
from search.engines.opensearch_mapping import FORMAT_VERSION, LAYERS
from search.engines.port import Files, FileState
from search.errors import IndexBusy, IndexCorrupt, IndexTooNew, IndexTooOld
from search.ranking.profile import DEFAULT_PROFILE
from search.schema import ANALYSIS_VERSION

_CURRENT, _SENDING = "current", "sending"
_FILES_AT_ONCE = 20_000


@dataclass(frozen=True)
class Current:
    """The generation that counts. `token` tells whose it is; the last two are the server's.

    `before` is the index that can be gone back to; `articles` is -1 where nobody counted.
    """

    index: str
    generation: int
    top: int
    cutter: str
    created: str
    token: str = ""
    analysis: int = ANALYSIS_VERSION
    layers: int = 0
    roots: tuple[str, ...] = ()
    reading: str = ""
    file_parts: int = 0
    files_of: str = ""
    before: str = ""
    articles: int = -1
    sequence: int = field(default=-1, compare=False)
    term: int = field(default=-1, compare=False)

    def stored(self) -> dict[str, Any]:
        """Return what is stored of it."""
        values = asdict(self)
        del values["sequence"], values["term"]
        return {"format": FORMAT_VERSION, **values}


class Sending(NamedTuple):
    """Changes of a job that are under way: how many layers they need, whose they are.

    `blocks`: writers are kept out for a moment, by who takes over from it. The last two are the
    server's.
    """

    layers: int
    token: str
    blocks: bool
    sequence: int
    term: int


class State:
    """The documents of NAME-meta."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.alias = cluster.settings.index
        self.meta = f"{self.alias}-meta"

    def read(self, *, older: bool = False) -> Current | None:
        """Return the generation that counts, None where there is no index yet.

        `older`: also one that an older duowen cut.
        Raises IndexTooNew, IndexTooOld or IndexCorrupt.
        """
        found = self._found(_CURRENT)
        if not found:
            holding = self._holding()
            found = self._found(_CURRENT) if holding else {}  # the first job has begun meanwhile
            if not found and holding:
                raise IndexCorrupt(
                    f"The cluster holds {', '.join(holding)}, but nothing in {self.meta} says which of"
                    f" them counts; restore {self.meta} from a snapshot, or delete them"
                    f" and index your paths again.",
                    file=self.meta,
                    kind="missing",
                )
            if not found:
                return None
        stored = dict(found.get("_source", {}))
        try:
            version, analysis = +stored.get("format", 0), +stored.get("analysis", 0)
            if version > FORMAT_VERSION or analysis > ANALYSIS_VERSION:
                raise IndexTooNew(
                    f"The index {self.alias} was written by a newer duowen;"
                    f" upgrade duowen to read it."
                )
            if version < FORMAT_VERSION or (analysis < ANALYSIS_VERSION and not older):
                raise IndexTooOld(
                    f"The index {self.alias} was written by an older duowen;"
                    f" build it anew: duowen index --rebuild."
                )
            current = _current_of(stored)
        except (KeyError, TypeError) as error:
            raise IndexCorrupt(
                f"What {self.meta} says of the index {self.alias} is damaged ({error});"
                f" restore it from a snapshot, or delete it and {self.alias}-NNNNNN (six digits)"
                f" and index your paths again.",
                file=self.meta,
                kind="inconsistent",
            ) from error
        return replace(current, sequence=found["_seq_no"], term=found["_primary_term"])

    def claim(self) -> Current | None:
        """Read the generation that counts, to be the next to write one.

        Who read it before cannot make another one of it any more.
        """
        while current := self.read(older=True):
            with contextlib.suppress(Conflicting):
                told = self._put(current, _fence(current))
                return replace(current, sequence=told["_seq_no"], term=told["_primary_term"])
        return None

    def _holding(self) -> list[str]:
        """Return which of our indexes hold articles."""
        indexes = Indexes(self._cluster, DEFAULT_PROFILE)
        return [
            name
            for name, one in indexes.there().items()
            if one.holds_articles and (one.is_closed or indexes.count(name))
        ]

    def _found(self, name: str) -> dict[str, Any]:
        try:
            return self._cluster.ask("GET", path_of(self.meta, "_doc", name))
        except NotThere:
            return {}

    def create(self, current: Current) -> None:
        """Make this the first generation, unless another job was quicker."""
        try:
            self._put(current, {"refresh": "true", "op_type": "create"})
        except Conflicting:
            return

    def advance(self, before: Current, after: Current) -> None:
        """Make `after` the generation that counts; raises IndexBusy where it is no longer `before`."""
        try:
            self._put(after, {"refresh": "true", **_fence(before)})
        except Conflicting as error:
            # The answer to the first try may have been lost on its way.
            now = self.read(older=True)
            if now is None or now.token != after.token:
                raise self._overtaken() from error

    def _overtaken(self) -> IndexBusy:
        return IndexBusy(f"Another job wrote to the index {self.alias} meanwhile; run this again.")

    def _put(self, current: Current, params: dict[str, str]) -> dict[str, Any]:
        path = path_of(self.meta, "_doc", _CURRENT)
        return self._cluster.ask("PUT", path, current.stored(), dict(params), patient=True)

    def leave(self, current: Current) -> None:
        """Keep what is known of a generation whose index is left, to go back to it."""
        if self.was_sending():  # it holds more than was counted
            layers = max(current.layers, self.layers_sent())
            current = replace(current, articles=-1, layers=layers)
        self._cluster.ask("PUT", self._left(current.index), current.stored(), patient=True)

    def left(self, index: str) -> Current | None:
        """Return the generation of an index that was left; None where nothing is known of it."""
        if not index:
            return None
        try:
            return _current_of(self._cluster.ask("GET", self._left(index))["_source"])
        except (NotThere, KeyError, TypeError):
            return None

    def forget_left(self, index: str) -> None:
        """Forget the generation of an index that is no longer kept."""
        if index:
            with contextlib.suppress(NotThere):
                self._cluster.ask("DELETE", self._left(index))

    def _left(self, index: str) -> str:
        return path_of(self.meta, "_doc", f"left-{index}")

    def begin_sending(
        self, layers: int, token: str = "", after: Sending | None = None, *, blocks: bool = False
    ) -> Sending:
        """Note that changes are under way which no generation counts, and return the note.

        `after` is the note that was there. Raises IndexBusy where another one is there by now.
        """
        note = {"layers": layers, "token": token, "blocks": blocks}
        params = _fence(after) if after else {"op_type": "create"}
        path = path_of(self.meta, "_doc", _SENDING)
        try:
            told = self._cluster.ask("PUT", path, note, params, patient=True)
        except Conflicting as error:
            found = self.sending()
            if not found or found[:3] != (layers, token, blocks):  # else its answer was lost
                raise self._overtaken() from error
            return found
        return Sending(layers, token, blocks, told["_seq_no"], told["_primary_term"])

    def end_sending(self, note: Sending | None = None) -> None:
        """Note that all changes are counted; with a note, where that is still the one that is there."""
        path = path_of(self.meta, "_doc", _SENDING)
        with contextlib.suppress(NotThere, Conflicting):
            self._cluster.ask("DELETE", path, params=_fence(note) if note else None, patient=True)

    def was_sending(self) -> bool:
        """Say whether a job did not come to the end of its changes."""
        return self.sending() is not None

    def layers_sent(self) -> int:
        """Return how many layers the changes need of a job that did not come to its end; -1 for none."""
        note = self.sending()
        return note.layers if note else -1

    def sending(self) -> Sending | None:
        """Return what is noted of a job that sends, or did not come to its end; None where none is."""
        found = self._found(_SENDING)
        if not found:
            return None
        note = found["_source"]
        return Sending(
            int(note.get("layers", LAYERS)),
            str(note.get("token", "")),
            bool(note.get("blocks")),
            found["_seq_no"],
            found["_primary_term"],
        )

    def files(self, current: Current) -> Files:
        """Return what the job of a generation saw of files; nothing where a later one was broken off.

        What that one has sent may be of other files than those which are there now.
        """
        if self.was_sending():
            return Files()
        states: dict[str, FileState] = {}
        for part in range(current.file_parts):
            try:
                found = self._cluster.ask("GET", self._part(current.files_of, part))
                packed = base64.b64decode(found["_source"]["packed"])
                rows = json.loads(zlib.decompress(packed))
            except (NotThere, KeyError, ValueError, zlib.error):
                return Files()  # swept away, or damaged: every file is read again
            states.update({path: FileState(*state) for path, *state in rows})
        return Files(current.reading, states)

    def write_files(self, token: str, files: Files) -> int:
        """Write what the job of that token saw of files; return in how many parts."""
        parts = list(_parted(files))
        for number, rows in enumerate(parts):
            packed = zlib.compress(json.dumps(rows, ensure_ascii=False).encode("utf-8"))
            body = {"packed": base64.b64encode(packed).decode("ascii")}
            self._cluster.ask("PUT", self._part(token, number), body, patient=True)
        return len(parts)

    def sweep_files(self, before: Current) -> None:
        """Remove what was seen of files by a generation that no longer counts."""
        for number in range(before.file_parts):
            with contextlib.suppress(NotThere):
                self._cluster.ask("DELETE", self._part(before.files_of, number))

    def sweep_files_of(self, token: str) -> None:
        """Remove what a job wrote of files that did not come to its end."""
        with contextlib.suppress(NotThere):
            for number in count():
                self._cluster.ask("DELETE", self._part(token, number))

    def _part(self, token: str, number: int) -> str:
        return path_of(self.meta, "_doc", f"files-{token}-{number}")


def _fence(read: Current | Sending) -> dict[str, str]:
    """Return what lets a request through only where nobody has written since that was read."""
    return {"if_seq_no": str(read.sequence), "if_primary_term": str(read.term)}


def _current_of(stored: Mapping[str, Any]) -> Current:
    """Return what was stored of a generation; raises KeyError or TypeError where that is damaged."""
    values = {key: value for key, value in stored.items() if key != "format"}
    return Current(**{**values, "roots": tuple(values["roots"])})


def _parted(files: Files) -> Iterator[list[tuple[Any, ...]]]:
    rows = [(path, *state) for path, state in files.states.items()]
    for at in range(0, len(rows), _FILES_AT_ONCE):
        yield rows[at : at + _FILES_AT_ONCE]
