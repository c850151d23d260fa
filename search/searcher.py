"""THE READING PAGE: text -> query -> plan -> engine (match, rank) -> snippets -> Results."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timezone
from typing import NamedTuple, get_args

from search.engines.port import Found, Page, SearchEngine, Sort, Window
from search.errors import QueryError
from search.query.nodes import Parsed, Published, SourceIs, TagIs
from search.query.plain import plain_query
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    Leaf,
    Phrase,
    Plan,
    PlanNode,
    Prefix,
    Run,
    filters_in,
)
from search.query.planning import MatchMode, make_plan
from search.results import Hit, Results, Snippet, Span
from search.snippets.excerpts import WIDTH, Excerpts

_SORTS: tuple[str, ...] = get_args(Sort)
_MATCH_MODES: tuple[str, ...] = get_args(MatchMode)
_AT_ONCE = 50
"""So many articles are lit together, and their texts in memory."""


class Request(NamedTuple):
    """What is asked beside the query line."""

    limit: int = 10
    offset: int = 0
    source: str | Iterable[str] | None = None
    since: str | date | None = None
    until: str | date | None = None
    sort: Sort = "relevance"
    match: MatchMode = "auto"
    snippets: bool = True
    width: int = WIDTH
    now: datetime | None = None

    def refuse_bad_values(self) -> None:
        """Raise QueryError, in one sentence, for what no search can be asked."""
        numbers_fit = self.limit >= 0 and self.offset >= 0 and self.width >= 1
        if numbers_fit and self.sort in _SORTS and self.match in _MATCH_MODES:
            return
        for name, least in (("limit", 0), ("offset", 0), ("width", 1)):
            if getattr(self, name) < least:
                raise QueryError(f"{name} is {getattr(self, name)}; give {least} or more.")
        for name, choices in (("sort", _SORTS), ("match", _MATCH_MODES)):
            if getattr(self, name) not in choices:
                raise QueryError(
                    f"{name} is {getattr(self, name)!r}; choose one of {', '.join(choices)}."
                )


def search(engine: SearchEngine, text: str, request: Request) -> Results:
    """Answer a query line: parse it, plan it, let the engine match and rank, light the hits."""
    started = time.perf_counter()
    if not isinstance(text, str):
        raise QueryError(f"The query is a {type(text).__name__}; give text.")
    request.refuse_bad_values()
    window = Window(request.limit, request.offset, request.sort)
    now = request.now or datetime.now(timezone.utc)
    filters = list(_filters(request, now))
    parsed = plain_query(text) or _parsed(text, now)
    plan, page = answer(engine, parsed, window, request.match, filters)
    nothing = _is_empty(page)
    why = (*parsed.hints, *_why_nothing(engine, plan)) if nothing else ()
    warnings = (*plan.warnings, *why)
    excerpts = Excerpts(plan.lit, request.width) if request.snippets else None
    hits: list[Hit] = []
    for first in range(0, len(page.found), _AT_ONCE):
        hits += _hits(page.found[first : first + _AT_ONCE], request.offset + first + 1, excerpts)
    took_ms = round((time.perf_counter() - started) * 1000, 3)
    return Results(text, lambda: page.total, took_ms, engine.generation, warnings, tuple(hits))


def _parsed(text: str, now: datetime) -> Parsed:
    from search.query.parser import parse  # plain words, as most queries are, need no parser

    return parse(text, now=now)


def answer(
    engine: SearchEngine,
    parsed: Parsed,
    window: Window,
    match: MatchMode,
    filters: Collection[PlanNode] = (),
) -> tuple[Plan, Page]:
    """Plan what was typed and let the engine find it; where a date finds nothing, it is a word."""
    plan = make_plan(parsed, engine.count_word, match, filters)
    page = engine.search(plan, window)
    if parsed.otherwise is not None and _is_empty(page):
        second = make_plan(_as_words(parsed), engine.count_word, match, filters)
        words = engine.search(second, window)
        if not _is_empty(words):
            return second, words
    return plan, page


def _is_empty(page: Page) -> bool:
    """Say whether nothing matches; counting is spared where a hit says that something does."""
    return not page.found and not page.total


def _why_nothing(engine: SearchEngine, plan: Plan) -> Iterator[str]:
    """Name the words, the sources and the dates that no article has, when nothing was found."""

    def is_nowhere(node: PlanNode) -> bool:
        return not engine.search(Plan(node), Window(limit=1)).found

    if plan.root is None:
        return
    missing = [leaf for leaf in plan.lit[:_MOST_EXPLAINED] if is_nowhere(leaf)]
    words = [word for leaf in missing if (word := _shown(leaf))]
    if words:
        named = ", ".join(f"“{word}”" for word in dict.fromkeys(words))
        yield f"No article holds {named}; check the spelling, or write word~ for words like it."
    for node in filters_in(plan.root):
        if is_nowhere(node):
            lack = _EMPTY_FILTERS[type(node)].format(node)
            yield f"No article {lack}; duowen stats shows what is there."
    if not missing and len(plan.lit) > 1 and isinstance(plan.root, AllOf):
        yield "No article has all of this together; --match any finds those with some of the words."


def _shown(leaf: Leaf) -> str:
    if isinstance(leaf, Prefix):
        return leaf.start + "*"
    if isinstance(leaf, Fuzzy):
        return leaf.form + "~"
    if isinstance(leaf, Phrase):
        forms = [p.characters if isinstance(p, Run) else p.form for p in leaf.pieces]
        return " ".join(forms)
    return ""


_MOST_EXPLAINED = 8
_EMPTY_FILTERS: dict[type, str] = {
    SourceIs: "is from a source named “{0.name}”",
    TagIs: "has the tag “{0.name}”",
    Published: "has a date in the time that was asked for",
}


def _as_words(parsed: Parsed) -> Parsed:
    """Return the query with what was taken for a date as the words it is."""
    warning = "Nothing was found with the date; it was searched as a word. Write date: to mean it."
    return Parsed(parsed.otherwise, (*parsed.warnings, warning))


def _filters(request: Request, now: datetime) -> Iterable[PlanNode]:
    since = _bound("since", request.since, now, upper=False)
    until = _bound("until", request.until, now, upper=True)
    if since or until:
        yield Published(since, until)
    wanted = [request.source] if isinstance(request.source, str) else request.source or ()
    names = tuple(name for name in wanted if name.strip())
    if names:
        yield AnyOf(tuple(SourceIs(name) for name in names))


def _hits(every: Sequence[Found], rank: int, excerpts: Excerpts | None) -> Iterator[Hit]:
    """Yield what is shown of some articles, the first of which has this rank."""
    titles: Sequence[tuple[Span, ...]] = [()] * len(every)
    passages: Sequence[tuple[Snippet, ...]] = [()] * len(every)
    if excerpts:
        titles = excerpts.title_spans([found.head.title for found in every])
        passages = excerpts.passages([found.texts for found in every])
    for at, found in enumerate(every):
        article_id, title, source, published, precision, url, path = found.head
        yield Hit(
            rank + at,
            article_id,
            found.score,
            title,
            titles[at],
            source,
            published,
            precision,
            url,
            path,
            passages[at],
        )


def _bound(name: str, value: object, now: datetime, *, upper: bool) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise QueryError(f"{name} is a {type(value).__name__}; give a datetime or text.")
    from search.query.periods import parse_bound  # most searches are not bounded

    moment = parse_bound(value, now, upper)
    if moment is None:
        raise QueryError(
            f"{name} {value!r} is no date; write 2023-11-24, 2023-11, 7d or yesterday."
        )
    return moment
