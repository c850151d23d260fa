"""The index on an OpenSearch cluster, cut by our own analysis (docs/opensearch.md)."""

import contextlib
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from search.article import Article
from search.engines.opensearch_asking import Asker, total_of
from search.engines.opensearch_client import Cluster, NotThere
from search.engines.opensearch_counting import Counter
from search.engines.opensearch_documents import (
    HELD_FIELDS,
    article_of,
    document_id,
    held_of,
)
from search.engines.opensearch_facts import FACTS, NOTHING, Facts, facts_of, iso
from search.engines.opensearch_fields import foreign_fields, refuse_foreign
from search.engines.opensearch_queries import Known
from search.engines.opensearch_scoring import matching_query, ranking_query
from search.engines.opensearch_settings import OpenSearchSettings
from search.engines.opensearch_state import Current, State
from search.engines.port import (
    DEFAULT_WRITER,
    EngineWriter,
    Files,
    Found,
    Held,
    Page,
    Sort,
    Statistics,
    Window,
    WriterOptions,
    found_of,
)
from search.errors import IndexMissing
from search.query.plan import Plan
from search.ranking.profile import DEFAULT_PROFILE, RankingProfile
from search.schema import ANALYSIS_VERSION

Json = dict[str, Any]

_MOST_SOURCES = 10_000
_WITHOUT_K1 = 3  # the version since which the server's BM25 is Lucene's
_DATE_ORDER: Mapping[Sort, str] = {"relevance": "desc", "newest": "desc", "oldest": "asc"}


class OpenSearchEngine:
    """The newest generation of an index on a cluster, as it was last refreshed. Safe in threads.

    Unlike the local engine it keeps no older state for readers: what a job commits is seen at once, and
    `generation` is the one that counted when it was opened. After a rebuild it still reads the index
    before. Generation 0 holds nothing for who searches: what a first job has sent that did not come to
    its end is there for the next one, by `held`.
    """

    def __init__(
        self,
        cluster: Cluster,
        current: Current,
        folder: Path,
        profile: RankingProfile,
        *,
        older: bool = False,
    ) -> None:
        self._cluster = cluster
        self._current = current
        self._folder = folder
        self._profile = profile
        self._older = older
        self._state = State(cluster)
        self._asker = Asker(cluster, current.index)
        self._counter = Counter(self._count_all, lambda: self._totals)

    @classmethod
    def open(
        cls,
        settings: OpenSearchSettings,
        folder: Path,
        *,
        create: bool = False,
        older: bool = False,
        profile: RankingProfile = DEFAULT_PROFILE,
    ) -> "OpenSearchEngine":
        """Open the index that the settings name; `create` makes an empty one where there is none.

        `older` opens one that was cut by an older duowen, too, to build it anew; and one that somebody
        made otherwise, in which there is nothing to be seen.
        `folder` is where a job puts large changes aside. Raises IndexMissing, IndexTooNew, IndexTooOld,
        IndexCorrupt, EngineUnavailable or EngineError; ConfigError where the name is in use already.
        """
        return cls._opened(Cluster(settings), folder, profile, create=create, older=older)

    @classmethod
    def _opened(
        cls,
        cluster: Cluster,
        folder: Path,
        profile: RankingProfile,
        *,
        create: bool = False,
        older: bool = False,
    ) -> "OpenSearchEngine":
        """Return a reader that has the cluster for its own, to be closed with it."""
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(cluster.close)
            state = State(cluster)
            current = state.read(older=older)
            if current is None and create:
                current = _created(cluster, state, profile)
            if current is None:
                raise IndexMissing(
                    f"There is no index {state.alias} on {', '.join(cluster.settings.hosts)};"
                    f" make one with: duowen index PATH"
                )
            if create:  # for what jobs keep beside it
                folder.mkdir(parents=True, exist_ok=True)
            on_failure.pop_all()
        return cls(cluster, current, folder, profile, older=older)

    def latest(self) -> "OpenSearchEngine":
        """Return a new reader at the newest generation, over the same connections."""
        older = self._older or self._current.analysis < ANALYSIS_VERSION
        return self._opened(self._cluster.share(), self._folder, self._profile, older=older)

    def close(self) -> None:
        """Let go of the connections."""
        self._asker.close()
        self._cluster.close()

    @property
    def generation(self) -> int:
        """The number of the commit that counted when this reader was opened."""
        return self._current.generation

    @property
    def article_count(self) -> int:
        """How many articles this reader sees."""
        return self._totals[""]

    @property
    def _totals(self) -> Mapping[str, int]:
        return self._facts.totals if self.generation and not self._is_foreign else NOTHING

    @cached_property
    def _is_foreign(self) -> bool:
        """Whether this is to be built anew, and nothing that is there makes sense."""
        return self._older and bool(foreign_fields(self._cluster, self._current.index))

    @cached_property
    def _facts(self) -> Facts:
        return facts_of(self._asker.search(FACTS))

    def _count_all(self, queries: Sequence[Json]) -> list[int]:
        """Return how many articles match each query; with the first, what else is to be known."""
        first = [] if "_facts" in self.__dict__ else [FACTS]
        counting = [{"size": 0, "track_total_hits": True, "query": query} for query in queries]
        answers = self._asker.many([*first, *counting])
        if first:
            self._facts = facts_of(answers.pop(0))
        return list(map(total_of, answers))

    @cached_property
    def _sources(self) -> list[str]:
        terms = {"field": "source", "size": _MOST_SOURCES}
        answer = self._asker.search({"size": 0, "aggs": {"sources": {"terms": terms}}})
        return [bucket["key"] for bucket in answer["aggregations"]["sources"]["buckets"]]

    def count_word(self, word: str) -> int:
        """Return how many articles hold this Chinese word at its own boundaries."""
        return self._counter.count_word(word)

    def search(self, plan: Plan, window: Window) -> Page:
        """Return the window of all articles that match the plan."""
        if plan.root is None or not self.generation:
            return Page(0, ())
        by_score = window.sort == "relevance"
        known = self._known(plan, scored=by_score)
        body: Json = {
            "query": (
                ranking_query(plan, known, self._profile, self._facts.newest)
                if by_score
                else matching_query(plan, known)
            ),
            "sort": [
                *([{"_score": "desc"}] if by_score else []),
                {"published": {"order": _DATE_ORDER[window.sort], "missing": "_last"}},
                {"id": {"order": "asc", "missing": "_last"}},
                {"key": "asc"},
            ],
            "_source": ["article"],
            "track_total_hits": True,
        }
        total, hits = self._asker.window(body, window)
        return Page(total, tuple(_found(hit, by_score=by_score) for hit in hits))

    def get(self, article_id: str) -> Article | None:
        """Return the stored article."""
        params = {"realtime": "false", "_source": "article"}
        try:
            found = self._asker.ask("GET", "_doc", document_id(article_id), params=params)
        except NotThere:
            return None
        return article_of(found["_source"])

    def matching(self, plan: Plan, ids: Collection[str]) -> list[str]:
        """Return which of these articles match the plan, in the order of the ids."""
        if plan.root is None or not self.generation:
            return []
        query = matching_query(plan, self._known(plan, scored=False))
        documents = [document_id(article_id) for article_id in ids]
        found = self._asker.matching(query, documents)
        return [own for own, document in zip(ids, documents, strict=True) if document in found]

    def files(self) -> Files:
        """Return what the last job saw of files."""
        return self._state.files(self._current)

    def held(self) -> Mapping[str, Held]:
        """Return id -> what is known, for all articles."""
        if self._is_foreign:
            return {}
        return {stored["id"]: held_of(stored) for stored in self._asker.walk(HELD_FIELDS)}

    def roots(self) -> tuple[str, ...]:
        """Return the paths that jobs have indexed."""
        return self._current.roots

    def statistics(self) -> Statistics:
        """Count what the index holds; the bytes are those of all copies."""
        if self._is_foreign:
            return self._statistics()
        refuse_foreign(self._cluster, self._current.index)
        answer = self._asker.search(
            {
                "size": 0,
                "query": {"match_all" if self.generation else "match_none": {}},
                "track_total_hits": True,
                "aggs": {
                    "sources": {"terms": {"field": "source", "size": _MOST_SOURCES}},
                    "oldest": {"min": {"field": "published"}},
                    "newest": {"max": {"field": "published"}},
                    "undated": {"missing": {"field": "published"}},
                    "with_summary": {"filter": {"exists": {"field": "summary_forms"}}},
                },
            }
        )
        told = answer["aggregations"]
        store = self._asker.ask("GET", "_stats", "store")
        return self._statistics()._replace(
            articles=total_of(answer),
            bytes=int(store["_all"]["total"]["store"]["size_in_bytes"]),
            sources={bucket["key"]: bucket["doc_count"] for bucket in told["sources"]["buckets"]},
            with_summary=told["with_summary"]["doc_count"],
            undated=told["undated"]["doc_count"],
            oldest=iso(told["oldest"]["value"]),
            newest=iso(told["newest"]["value"]),
        )

    def _statistics(self) -> Statistics:
        """Return what is known without a look at the articles."""
        return Statistics(
            articles=0,
            generation=self.generation,
            bytes=0,
            sources={},
            with_summary=0,
            undated=0,
            oldest=None,
            newest=None,
            analysis_version=self._current.analysis,
            cutter=self._current.cutter,
            roots=self.roots(),
        )

    @contextmanager
    def writer(self, options: WriterOptions = DEFAULT_WRITER) -> Iterator[EngineWriter]:
        """Open the one writer; what it was given is sent when the block ends, or never."""
        from search.engines import opensearch_lock, opensearch_writer

        with opensearch_lock.exclusive(self._cluster, self._state.meta, options.wait) as lock:
            writer = opensearch_writer.opened(
                self._cluster, self._state, self._profile, self._folder, lock
            )
            with closing(writer):
                yield writer
                writer.commit()

    def _known(self, plan: Plan, *, scored: bool) -> Known:
        self._counter.prepare(plan, scored=scored)
        layers, times_k1 = self._current.layers, self._cluster.major_version() < _WITHOUT_K1
        return Known(lambda: self._sources, layers, self._counter, times_k1)


def _created(cluster: Cluster, state: State, profile: RankingProfile) -> Current | None:
    from search.analysis.chinese import cutter_name
    from search.engines.opensearch_indexes import Indexes

    indexes = Indexes(cluster, profile)
    indexes.refuse_foreign()
    indexes.make_meta(state.meta)
    first = indexes.make_first()
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    state.create(Current(first, 0, 0, cutter_name(), now, secrets.token_hex(8)))
    return state.read()


def _found(hit: Json, *, by_score: bool) -> Found:
    score = round(float(hit["sort"][0]), 6) if by_score else 0.0
    return found_of(article_of(hit["_source"]), score)
