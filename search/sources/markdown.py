"""Markdown with front matter, as Hugo, Hexo and Jekyll keep their articles."""

import re
from collections.abc import Iterator
from datetime import date
from io import BufferedReader

from search import dates
from search.errors import ArticleError, SourceError
from search.sources import front_matter
from search.sources.encoding import decode
from search.sources.opening import read_whole
from search.sources.options import SourceOptions
from search.sources.reader import Found
from search.sources.records import to_article, with_usual_names
from search.sources.source_file import SourceFile

_DATED_NAME = re.compile(r"(?:.*/)?(\d{4}-\d{1,2}-\d{1,2})-[^/]+", re.ASCII)


def read(stream: BufferedReader, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    """Read the one article of a Markdown file: fields from its head, the body verbatim."""
    text = decode(read_whole(stream)).replace("\r\n", "\n")
    if not text.strip():
        raise SourceError("The file is empty; leave it out, or write a text.")
    fields, body = front_matter.split(text)
    record = _readable_dates(with_usual_names(fields), options)
    _add(record, options, "body", body.strip("\n"))
    _add(record, options, "title", _heading(body), only_if_missing=True)
    _add(record, options, "published", _date_in_name(file), only_if_missing=True)
    yield to_article(record, file, options, line=1, default_id=file.relative)


def _readable_dates(record: dict[str, object], options: SourceOptions) -> dict[str, object]:
    """Write out dates that are not the article's: YAML makes one of `title: 2023-11-24`."""
    published = options.names.get("published", ())
    return {
        name: value.isoformat() if isinstance(value, date) and name not in published else value
        for name, value in record.items()
    }


def _add(
    record: dict[str, object],
    options: SourceOptions,
    field: str,
    value: str,
    *,
    only_if_missing: bool = False,
) -> None:
    names = options.names.get(field, ())
    if not names or (only_if_missing and any(record.get(name) for name in names)):
        return
    record[names[0]] = value


def _heading(body: str) -> str:
    """Return the heading that opens the body, if one does."""
    first = body.lstrip().partition("\n")[0]
    return first[1:].strip().rstrip("#").strip() if first.startswith("# ") else ""


def _date_in_name(file: SourceFile) -> str:
    found = _DATED_NAME.fullmatch(file.relative)
    if found is None:
        return ""
    try:
        dates.parse(found[1])
    except ArticleError:  # an article number that looks like a date
        return ""
    return found[1]
