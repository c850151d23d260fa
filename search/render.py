"""Results, articles and statistics -> JSON values, and text for a terminal. Pure functions."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from search.engines.port import Statistics
from search.marking import harmless, marked, one_line
from search.parts import Precision
from search.patterns import late
from search.results import Hit, Results, Snippet, Span

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

SCHEMA_VERSION = 1

_DATE_FORMS: Mapping[Precision, str] = {
    "second": "%Y-%m-%dT%H:%M:%SZ",
    "minute": "%Y-%m-%dT%H:%MZ",
    "day": "%Y-%m-%d",
    "month": "%Y-%m",
    "year": "%Y",
}
# Legal in JSON as they are, but a terminal would obey them, or turn the text around.
_UNSAFE_IN_JSON = late(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)

BOLD, DIM, GREEN, MARK, RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[1;31m", "\x1b[0m"


def as_json(value: object, *, indent: int | None = None) -> str:
    """Return JSON in UTF-8 that is also safe to print on a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def date_text(published: datetime | None, precision: Precision) -> str | None:
    """Return as much of the date as is known, in ISO 8601 and UTC."""
    if published is None:
        return None
    # strftime does not pad years before 1000 on every system.
    form = _DATE_FORMS[precision].replace("%Y", f"{published.year:04d}")
    return published.strftime(form)


def results_mapping(results: Results) -> dict[str, object]:
    """Return what `search --json` prints."""
    return {
        "schema_version": SCHEMA_VERSION,
        "query": results.query,
        "total": results.total,
        "took_ms": results.took_ms,
        "generation": results.generation,
        "warnings": list(results.warnings),
        "hits": [_hit_mapping(hit) for hit in results],
    }


def _hit_mapping(hit: Hit) -> dict[str, object]:
    return {
        "rank": hit.rank,
        "id": hit.id,
        "score": round(hit.score, 6),
        "title": hit.title,
        "title_spans": [list(span) for span in hit.title_spans],
        "source": hit.source,
        "published": date_text(hit.published, hit.precision),
        "url": hit.url,
        "path": hit.path,
        "snippets": [_snippet_mapping(snippet) for snippet in hit.snippets],
    }


def _snippet_mapping(snippet: Snippet) -> dict[str, object]:
    return {
        "field": snippet.field,
        "text": snippet.text,
        "spans": [list(span) for span in snippet.spans],
        "html": snippet.html,
    }


def article_mapping(article: "Article") -> dict[str, object]:
    """Return what `show --json` prints."""
    from dataclasses import asdict

    values = asdict(article)
    values["published"] = date_text(article.published, article.precision)
    values["tags"] = list(article.tags)
    return {"schema_version": SCHEMA_VERSION, **values}


_CLOCKS_DIFFER = 300.0  # seconds by which a time may be ahead and still be now


class Freshness(NamedTuple):
    """When the last good run of a job ended; `stale` says whether that is too long ago, if asked.

    `age` is negative where that is in the future: then a clock was wrong, and nobody knows.
    """

    last_run: datetime | None
    age: float | None
    stale: bool | None
    max_age: float | None


def freshness(last_run: datetime | None, max_age: float | None) -> Freshness:
    """Compare the time of the last good run with what is asked for, in seconds."""
    from datetime import timezone

    now = datetime.now(timezone.utc)
    age = None if last_run is None else (now - last_run).total_seconds()
    if age is not None and age > -_CLOCKS_DIFFER:
        age = max(0.0, age)
    stale = None if max_age is None else age is None or not 0 <= age <= max_age
    return Freshness(last_run, age, stale, max_age)


def staleness_sentence(freshness: Freshness) -> str:
    """Say that the last good run is too long ago."""
    if freshness.age is None:
        return "No good run of a job is known; run duowen index."
    if freshness.age < 0:
        return "The last good run is in the future; set the clock, and run duowen index."
    ago, limit = _duration(freshness.age), _duration(freshness.max_age or 0)
    return f"The last good run ended {ago} ago, longer than {limit}; run duowen index to see why."


def _duration(seconds: float) -> str:
    from search import durations  # no answer to a search tells of any

    return durations.shown(seconds)


def statistics_mapping(statistics: Statistics, freshness: Freshness) -> dict[str, object]:
    """Return what `stats --json` prints."""
    values = statistics._asdict()
    return {
        "schema_version": SCHEMA_VERSION,
        **values,
        "roots": list(statistics.roots),
        "last_run": date_text(freshness.last_run, "second"),
        "age_seconds": None if freshness.age is None else round(freshness.age, 3),
        "stale": freshness.stale,
    }


def results_text(results: Results, *, colour: bool) -> Iterator[str]:
    """Yield the lines of a page of results."""
    painted = paint(colour=colour)
    for hit in results:
        if hit.title.strip():
            yield _marked(hit.title, hit.title_spans, colour=colour, base=BOLD)
        else:
            yield painted(BOLD, one_line(hit.id))
        origin = [hit.source, date_text(hit.published, hit.precision) or "no date", hit.id]
        yield painted(DIM, "  " + " · ".join(one_line(part) for part in origin if part))
        for snippet in hit.snippets:
            text = _marked(snippet.text, snippet.spans, colour=colour)
            before, after = "…" * snippet.cut_start, "…" * snippet.cut_end
            yield f"  {before}{text}{after}"
        yield ""
    yield painted(DIM, _summary_line(results))


def _summary_line(results: Results) -> str:
    found = f"{results.total:,} article{'' if results.total == 1 else 's'}"
    if not results.total:
        return f"No article found for “{one_line(results.query)}”."
    if not results.hits:
        return f"{found} found, none on this page."
    first, last = results.hits[0].rank, results.hits[-1].rank
    return f"{first}-{last} of {found} ({results.took_ms:.0f} ms)"


def article_text(article: "Article", *, colour: bool) -> Iterator[str]:
    """Yield the lines of a whole article."""
    painted = paint(colour=colour)
    yield painted(BOLD, one_line(article.title if article.title.strip() else article.id))
    date = date_text(article.published, article.precision)
    origin = (article.source, date, ", ".join(article.tags), article.url, article.path)
    yield from (painted(DIM, one_line(part)) for part in origin if part)
    for text in (article.summary, article.caption, article.body):
        if text.strip():
            yield ""
            yield from _harmless_lines(text)


def statistics_text(statistics: Statistics, freshness: Freshness, *, colour: bool) -> Iterator[str]:
    """Yield the lines of `stats`."""
    painted = paint(colour=colour)
    rows = {
        "articles": f"{statistics.articles:,}",
        "with a summary": f"{statistics.with_summary:,}",
        "without a date": f"{statistics.undated:,}",
        "oldest": statistics.oldest or "-",
        "newest": statistics.newest or "-",
        "on disk": f"{statistics.bytes / 1e6:,.1f} MB",
        "generation": str(statistics.generation),
        "Chinese cut by": statistics.cutter,
        "last good run": _last_run_text(freshness),
        "paths": ", ".join(map(one_line, statistics.roots)) or "-",
    }
    for name, value in rows.items():
        yield f"{painted(DIM, f'{name:<16}')}{value}"
    yield painted(DIM, "sources")
    for source, count in list(statistics.sources.items())[:20]:
        yield f"  {count:>9,}  {one_line(source) or '(none)'}"


def _last_run_text(freshness: Freshness) -> str:
    if freshness.age is None:
        return "-"
    ago = "in the future" if freshness.age < 0 else f"{_duration(freshness.age)} ago"
    return f"{date_text(freshness.last_run, 'second')} ({ago})"


def _marked(text: str, spans: Iterable[Span], *, colour: bool, base: str = "") -> str:
    if not colour:
        return one_line(text)
    painted = marked(text, spans, one_line, MARK, RESET + base)
    return f"{base}{painted}{RESET}" if base else painted


def paint(*, colour: bool) -> Callable[[str, str], str]:
    """Return what puts a code of the terminal around a text; nothing, without colour."""
    return lambda code, text: f"{code}{text}{RESET}" if colour else text


def _harmless_lines(text: str) -> Iterator[str]:
    # A carriage return would let a line overwrite itself.
    for line in text.replace("\r\n", "\n").split("\n"):
        yield harmless(line).replace("\t", "    ")
