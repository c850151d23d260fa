"""Here are articles and a saved search: which of them does it find, and what is told of them?"""

from collections.abc import Collection, Iterator
from datetime import datetime

from search.alerts.journal import Alert, key_of
from search.alerts.saved import SavedSearch
from search.alerts.state import SCHEMA_VERSION
from search.engines.port import SearchEngine, Window
from search.query.parser import parse
from search.query.plan import Plan
from search.render import date_text
from search.searcher import answer
from search.snippets.excerpts import Excerpts


def plan_of(engine: SearchEngine, search: SavedSearch, now: datetime) -> Plan:
    """Plan a saved search as a search of the whole index would be planned now."""
    plan, _ = answer(engine, parse(search.query, now=now), Window(limit=1), search.match)
    return plan


def alerts_of(
    engine: SearchEngine, search: SavedSearch, plan: Plan, ids: Collection[str], now: datetime
) -> Iterator[Alert]:
    """Yield what is told of the articles, but for a number."""
    excerpts = Excerpts(plan.lit)
    for article_id in ids:
        article = engine.get(article_id)
        if article is not None:
            yield {
                "schema_version": SCHEMA_VERSION,
                "alert": key_of(search.name, article_id),
                "search": search.name,
                "query": search.query,
                "id": article_id,
                "title": article.title,
                "source": article.source,
                "published": date_text(article.published, article.precision),
                "url": article.url,
                "path": article.path,
                "fired": date_text(now, "second"),
                "generation": engine.generation,
                "snippets": [
                    {"field": passage.field, "text": passage.text}
                    for passage in excerpts.passages([article])[0]
                ],
            }
