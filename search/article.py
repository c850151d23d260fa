"""Article: what is stored and searched. It knows neither files nor indexes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import get_args

from search.errors import ArticleError
from search.parts import FIELD_NAMES, TEXT_FIELDS, Precision

_YEARS = range(1000, 10_000)
"""A bare number this small is a year (YAML reads `date: 1999` so), not seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article. All text is verbatim; `published` is aware UTC, or None when nobody knows.

    `precision` says how much of `published` is known: `day` means that the time of day is made up.
    `path` is the absolute path of the file it was read from and `root` the path that was asked to be
    indexed when it was found; both are empty for an article put in by hand.
    """

    id: str
    title: str = ""
    source: str = ""
    summary: str = ""
    body: str = ""
    caption: str = ""
    published: datetime | None = None
    precision: Precision = "second"
    url: str = ""
    path: str = ""
    root: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ArticleError("An article needs an id; give it a url or an id.")
        object.__setattr__(self, "published", _in_utc(self.id, self.published))
        if self.precision not in get_args(Precision):
            raise ArticleError(
                f"Article {self.id}: precision must be one of {get_args(Precision)}."
            )
        if not any(getattr(self, name).strip() for name in TEXT_FIELDS):
            raise ArticleError(
                f"Article {self.id} holds no text; give it a title, a summary or a body."
            )
        for name in ("id", "source", "url", "path", "root", *TEXT_FIELDS):
            _refuse_lone_surrogates(name, getattr(self, name))
        for tag in self.tags:
            _refuse_lone_surrogates("tags", tag)

    @classmethod
    def from_mapping(
        cls,
        mapping: Mapping[str, object],
        *,
        names: Mapping[str, Sequence[str]] | None = None,
        default_id: str = "",
        path: str = "",
        root: str = "",
    ) -> "Article":
        """Make an article from a record with any of the usual field names.

        `names` maps our fields to the names to look for. The identity is the url, else the record's
        id, else `default_id`. Raises ArticleError, in one sentence, when a value cannot be read.
        """
        wanted = FIELD_NAMES if names is None else names
        found = {field: _first(mapping, candidates) for field, candidates in wanted.items()}
        text = {
            field: _as_text(field, found.get(field))
            for field in ("id", "title", "source", "summary", "body", "caption", "url")
        }
        published, precision = _as_date(found.get("published"))
        url = text["url"].strip()
        return cls(
            id=url or text["id"].strip() or default_id,
            title=text["title"].strip(),
            source=text["source"].strip(),
            summary=text["summary"],
            body=text["body"],
            caption=text["caption"],
            published=published,
            precision=precision,
            url=url,
            path=path,
            root=root,
            tags=_as_tags(found.get("tags")),
        )


def content_hash(article: Article, version: str = "") -> str:
    """Return 32 hex digits that change when what is searched or shown of the article changes.

    `path` and `root` are left out, so that a moved file is not a changed article; `version` (of the
    analysis) is mixed in, so that a new analysis makes every article count as changed.
    """
    import hashlib  # who only searches needs none

    digest = hashlib.blake2b(digest_size=16)
    published = article.published.isoformat() if article.published else ""
    parts = (
        version, article.title, article.source, article.summary, article.body, article.caption,
        published, article.precision, article.url, *article.tags,
    )  # fmt: skip
    for part in parts:
        encoded = part.encode("utf-8")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.hexdigest()


def _first(mapping: Mapping[str, object], candidates: Sequence[str]) -> object:
    for name in candidates:
        value = mapping.get(name)
        if value is not None and value != "":
            return value
    return None


def _as_text(field: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float, date)) and not isinstance(value, bool):
        return str(value)  # YAML reads `title: 1984` and `title: 2023-11-24` so
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        return str(value["name"])  # {"source": {"id": null, "name": "Reuters"}}
    if isinstance(value, Sequence) and all(isinstance(part, str) for part in value):
        return "\n\n".join(value)  # paragraphs
    raise ArticleError(f"The field {field} is a {type(value).__name__}; make it text.")


def _as_date(value: object) -> tuple[datetime | None, Precision]:
    from search import dates  # who only searches reads none

    if value is None:
        return None, "second"
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)), "second"
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc), "day"
    if isinstance(value, str) or (isinstance(value, int) and value in _YEARS):
        return dates.parse(str(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return dates.from_timestamp(value), "second"
    raise ArticleError(f"The date is a {type(value).__name__}; write it as 2023-11-24T02:11:55Z.")


def _in_utc(article_id: str, published: datetime | None) -> datetime | None:
    if published is None:
        return None
    if published.utcoffset() is None:
        raise ArticleError(f"Article {article_id}: published has no time zone; add one (UTC).")
    try:
        return published.astimezone(timezone.utc)
    except OverflowError:
        raise ArticleError(
            f"Article {article_id}: published cannot be told in UTC, beyond the calendar; give another."
        ) from None


def _as_tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    parts: Iterable[object]
    if isinstance(value, str):
        parts = value.replace("，", ",").replace("、", ",").replace(";", ",").split(",")
    elif isinstance(value, Iterable):
        parts = value
    else:
        raise ArticleError(f"The tags are a {type(value).__name__}; make them a list of words.")
    tags = (str(part).strip() for part in parts)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _refuse_lone_surrogates(field: str, text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ArticleError(
            f"The field {field} holds half a character (a lone surrogate); write the text anew as UTF-8."
        ) from None
