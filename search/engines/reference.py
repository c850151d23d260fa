"""The index in a folder on this machine, kept by Whoosh.

Beside Whoosh's own files lies duowen.json: the version of the format and of the analysis, which library
cut the Chinese words, and the paths that jobs have indexed.
"""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from whoosh import fields, index, query
from whoosh.scoring import BM25F
from whoosh.util.times import datetime_to_long

from search import files
from search.analysis.chinese import cutter_name
from search.analysis.tokens import WORD_MARK
from search.article import Article, content_hash
from search.engines.port import (
    DEFAULT_WRITER,
    Committed,
    EngineWriter,
    Files,
    Held,
    Page,
    Statistics,
    Window,
    WriterOptions,
    found_of,
)
from search.engines.storing import from_stored, to_stored
from search.engines.whoosh_queries import compile_plan
from search.engines.whoosh_schema import whoosh_schema
from search.errors import IndexCorrupt, IndexLocked, IndexMissing, IndexTooNew, IndexTooOld
from search.query.plan import Plan
from search.ranking.profile import DEFAULT_PROFILE, RankingProfile
from search.schema import ANALYSIS_VERSION, FIELDS, keyword

FORMAT_VERSION = 1
_DESCRIPTION = "duowen.json"
_T = TypeVar("_T")
_Stored = dict[str, Any]


class ReferenceEngine:
    """One generation of an index in a folder. Safe in threads: they take turns."""

    def __init__(self, location: Path, whoosh_index: Any, description: _Stored) -> None:  # noqa: ANN401
        self._location = location
        self._index = whoosh_index
        self._description = description
        self._turn = threading.Lock()  # Whoosh's readers share one position in each file
        self._profile: RankingProfile = DEFAULT_PROFILE
        scoring = BM25F(B=self._profile.b, K1=self._profile.k1)
        self._searcher = self._guarded(lambda: whoosh_index.searcher(weighting=scoring))
        self.generation = int(self._searcher.reader().generation() or 0)

    @classmethod
    def open(cls, location: Path, *, create: bool = False) -> "ReferenceEngine":
        """Open the index in the folder; `create` makes an empty one where there is none."""
        path = location / _DESCRIPTION
        if not path.exists():
            if not create:
                raise IndexMissing(
                    f"There is no index in {location}; make one with: duowen index PATH"
                )
            _create(location)
        description = _read_description(path)
        try:
            whoosh_index = index.open_dir(str(location))
        except Exception as error:
            raise _damaged(location, error) from error
        return cls(location, whoosh_index, description)

    @property
    def article_count(self) -> int:
        """How many articles this reader sees."""
        return int(self._searcher.doc_count())

    def latest(self) -> "ReferenceEngine":
        """Return a new reader at the newest generation; this one stays as it is."""
        return type(self).open(self._location)

    def close(self) -> None:
        """Let go of files."""
        self._searcher.close()
        self._index.close()

    def count_word(self, word: str) -> int:
        """Return how many articles hold this Chinese word at its own boundaries, at most.

        Exact for one text field; over several it is the largest of their counts.
        """
        reader = self._searcher.reader()
        term = WORD_MARK + word
        return self._in_turn(lambda: max(reader.doc_frequency(f.name, term) for f in FIELDS))

    def search(self, plan: Plan, window: Window) -> Page:
        """Return the window of all articles that match the plan."""
        return self._in_turn(lambda: self._search(plan, window))

    def _search(self, plan: Plan, window: Window) -> Page:
        searcher = self._searcher
        query = compile_plan(plan, self._profile, self._sources())
        scored = [(score, number) for score, number in searcher.search(query, limit=None).top_n]
        reader = searcher.reader()
        dates, ids = reader.column_reader("published"), reader.column_reader("id")
        by_score = window.sort == "relevance"
        sign = 1 if window.sort == "oldest" else -1

        def key(item: tuple[float, int]) -> tuple[float, bool, int, str]:
            score, number = item
            date = dates[number]
            age = datetime_to_long(date) if date else 0
            return (-score if by_score else 0.0, date is None, sign * age, ids[number])

        scored.sort(key=key)
        wanted = scored[window.offset : window.offset + window.limit]
        found = tuple(
            found_of(self._article(number), float(score) if by_score else 0.0)
            for score, number in wanted
        )
        return Page(len(scored), found)

    def get(self, article_id: str) -> Article | None:
        """Return the stored article."""

        def look_up() -> Article | None:
            number = self._searcher.document_number(id=article_id)
            return None if number is None else self._article(number)

        return self._in_turn(look_up)

    def matching(self, plan: Plan, ids: Collection[str]) -> list[str]:
        """Return which of these articles match the plan, in the order of the ids."""
        page = self.search(plan, Window(limit=self.article_count))
        found = {one.head.id for one in page.found}
        return [article_id for article_id in ids if article_id in found]

    def files(self) -> Files:
        """Return nothing: this engine has every file read again."""
        return Files()

    def held(self) -> Mapping[str, Held]:
        """Return id -> what is known, for all articles."""
        return self._in_turn(
            lambda: {
                stored["id"]: Held(stored["hash"], stored["path"], stored["root"])
                for stored in self._searcher.reader().all_stored_fields()
            }
        )

    def roots(self) -> tuple[str, ...]:
        """Return the paths that jobs have indexed."""
        return tuple(self._description["roots"])

    def statistics(self) -> Statistics:
        """Count what the index holds."""
        articles = self._in_turn(
            lambda: [
                from_stored(stored["article"])
                for stored in self._searcher.reader().all_stored_fields()
            ]
        )
        dates = sorted(article.published for article in articles if article.published)
        return Statistics(
            articles=len(articles),
            generation=self.generation,
            bytes=files.size_of_folder(self._location),
            sources=dict(Counter(article.source for article in articles).most_common()),
            with_summary=sum(1 for article in articles if article.summary.strip()),
            undated=len(articles) - len(dates),
            oldest=dates[0].isoformat() if dates else None,
            newest=dates[-1].isoformat() if dates else None,
            analysis_version=self._description["analysis"],
            cutter=self._description["cutter"],
            roots=self.roots(),
        )

    @contextmanager
    def writer(self, options: WriterOptions = DEFAULT_WRITER) -> Iterator[EngineWriter]:  # noqa: ARG002
        """Open the one writer; the block commits as a whole, or not at all."""
        try:
            whoosh_writer = self._index.writer(limitmb=256)
        except index.LockError as error:
            raise IndexLocked(
                f"Another job is writing to {self._location}; try again when it has finished."
            ) from error
        try:
            writer = _ReferenceWriter(self._description, self._committed())
            yield writer
            changed = writer.apply(whoosh_writer)
        except BaseException:
            with contextlib.suppress(Exception):
                whoosh_writer.cancel()
            raise
        if changed:
            whoosh_writer.commit()
            writer.committed = self._committed()  # unless another one has committed already
        else:
            whoosh_writer.cancel()
        if writer.description != self._description:
            _write_description(self._location, writer.description)

    def _committed(self) -> Committed:
        with contextlib.closing(self.latest()) as newest:
            return Committed(newest.generation, newest.article_count)

    def _sources(self) -> list[str]:
        return [term.decode("utf-8") for term in self._searcher.reader().lexicon("source")]

    def _article(self, number: int) -> Article:
        return from_stored(self._searcher.stored_fields(number)["article"])

    def _in_turn(self, action: Callable[[], _T]) -> _T:
        with self._turn:
            return self._guarded(action)

    def _guarded(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except MemoryError:
            raise
        except Exception as error:
            # Whoosh meets damaged files with whatever error the decoder of that place raises.
            raise _damaged(self._location, error) from error


class _ReferenceWriter:
    """Keeps the changes until the block ends: Whoosh cannot replace what is not committed yet."""

    def __init__(self, description: _Stored, committed: Committed) -> None:
        self.description, self.committed, self.refused = description, committed, ()
        self._puts: dict[str, Article] = {}
        self._removals: set[str] = set()
        self._anew = False

    def put(self, article: Article) -> None:
        self._removals.discard(article.id)
        self._puts[article.id] = article

    def remove(self, article_id: str) -> None:
        self._puts.pop(article_id, None)
        self._removals.add(article_id)

    def move(self, former_id: str, article: Article) -> None:
        self.remove(former_id)
        self.put(article)

    def rebuild(self) -> None:
        self._anew = True

    def remember(self, files: Files) -> None:
        """Not kept: this engine has every file read again."""

    def know(self, root: str) -> None:
        roots = sorted({*self.description["roots"], root})
        self.description = {**self.description, "roots": roots}

    def forget(self, root: str) -> None:
        roots = [known for known in self.description["roots"] if known != root]
        self.description = {**self.description, "roots": roots}

    def apply(self, whoosh_writer: Any) -> bool:  # noqa: ANN401
        """Hand all changes to Whoosh; say whether there were any."""
        if self._anew:
            whoosh_writer.delete_by_query(query.Every())
        for article_id in self._removals:
            whoosh_writer.delete_by_term("id", article_id)
        for article in self._puts.values():
            whoosh_writer.update_document(**_document(article))
        return bool(self._removals or self._puts or self._anew)


def _document(article: Article) -> _Stored:
    texts = {text_field.name: getattr(article, text_field.name) for text_field in FIELDS}
    return {
        **{name: text for name, text in texts.items() if text.strip()},
        "id": article.id,
        "source": keyword(article.source) or None,
        "tags": ",".join(keyword(tag).replace(",", " ") for tag in article.tags) or None,
        "published": article.published and article.published.replace(microsecond=0),
        "article": to_stored(article),
        "hash": content_hash(article, str(ANALYSIS_VERSION)),
        "path": article.path,
        "root": article.root,
    }


def _schema() -> Any:  # noqa: ANN401
    kept = ("article", "hash", "path", "root")
    return whoosh_schema(stored=False, **{name: fields.STORED() for name in kept})


def _create(location: Path) -> None:
    try:
        location.mkdir(parents=True, exist_ok=True)
        index.create_in(str(location), _schema())
        _write_description(
            location,
            {
                "format": FORMAT_VERSION,
                "engine": "whoosh",
                "analysis": ANALYSIS_VERSION,
                "cutter": cutter_name(),
                "roots": [],
            },
        )
    except OSError as error:
        raise IndexMissing(
            f"No index can be made in {location} ({error.strerror});"
            f" make its folder writable for this user, or choose another --index."
        ) from error


def _write_description(location: Path, description: _Stored) -> None:
    text = json.dumps(description, ensure_ascii=False, indent=1)
    files.replace_durably(location / _DESCRIPTION, text.encode("utf-8"))


def _read_description(path: Path) -> _Stored:
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        format_version, analysis = int(description["format"]), int(description["analysis"])
        complete = {"roots": [], "cutter": "", **description}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path.parent, error, path.name) from error
    if format_version > FORMAT_VERSION or analysis > ANALYSIS_VERSION:
        raise IndexTooNew(
            f"The index in {path.parent} was written by a newer duowen; upgrade duowen to read it."
        )
    if format_version < FORMAT_VERSION or analysis < ANALYSIS_VERSION:
        raise IndexTooOld(
            f"The index in {path.parent} was written by an older duowen;"
            f" move it away and index your paths again."
        )
    return complete


def _damaged(location: Path, error: Exception, name: str = "") -> IndexCorrupt:
    what = f"The file {name} of the index in {location}" if name else f"The index in {location}"
    return IndexCorrupt(
        f"{what} is damaged ({type(error).__name__}: {error});"
        f" move the folder away and index your paths again."
    )
