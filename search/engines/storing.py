"""Article <-> the JSON line it is stored as; every engine stores articles so."""

import json
from dataclasses import asdict
from datetime import datetime

from search.article import Article


def to_stored(article: Article) -> str:
    """Return the article as one line of JSON; from_stored gives an equal article."""
    values = asdict(article)
    values["published"] = article.published.isoformat() if article.published else None
    filled = {name: value for name, value in values.items() if value not in ("", (), None)}
    return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))


def from_stored(line: str) -> Article:
    """Return the article that was stored as this line."""
    values = json.loads(line)
    published = values.pop("published", None)
    tags = tuple(values.pop("tags", ()))
    return Article(
        **values,
        published=datetime.fromisoformat(published) if published else None,
        tags=tags,
    )
