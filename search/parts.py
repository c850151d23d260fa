"""What is an article made of, and what are its parts called? All of it that a search needs to know."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Precision = Literal["second", "minute", "day", "month", "year"]

TEXT_FIELDS = ("title", "summary", "body", "caption")
"""The searchable text fields, in the order in which they are shown."""

FIELD_NAMES: Mapping[str, Sequence[str]] = {
    "id": ("id", "_id", "guid", "uuid", "slug"),
    "title": ("title", "headline", "name"),
    "source": ("source", "publisher", "site", "site_name", "media"),
    "summary": ("summary", "summary_zh", "description", "abstract", "excerpt", "摘要"),
    "body": ("body", "text", "content", "article", "content_text", "正文"),
    "caption": ("caption", "image_caption"),
    "published": (
        "published", "date", "published_at", "pubDate", "pubdate", "datetime", "date_published",
        "publish_date", "timestamp", "created_at", "created",
    ),
    "url": ("url", "link", "permalink", "canonical_url", "href"),
    "tags": ("tags", "keywords", "categories", "category", "topics", "tag"),
}  # fmt: skip
"""Field of an Article -> the names it goes by in other people's records, first match wins."""


class Texts(NamedTuple):
    """The texts of an article but for its title, verbatim: all that passages are taken from."""

    summary: str = ""
    body: str = ""
    caption: str = ""
