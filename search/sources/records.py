"""Records with named fields as articles."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from search.article import Article
from search.errors import ArticleError
from search.sources.options import SourceOptions
from search.sources.rejected import Rejected
from search.sources.source_file import SourceFile

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAPS = re.compile(r"[\s\-_]+")
_LONGEST_REASON = 500


def to_article(
    record: object, file: SourceFile, options: SourceOptions, *, line: int, default_id: str
) -> Article | Rejected:
    """Make an article of a record, or say why not; `default_id` is for one without url and id."""
    if not isinstance(record, Mapping):
        return reject(
            file, line, f"The record is a {type(record).__name__}; make it an object with a title."
        )
    try:
        return Article.from_mapping(
            with_usual_names(record),
            names=options.names,
            default_id=default_id,
            path=file.path,
            root=file.root,
        )
    except ArticleError as error:
        return reject(file, line, str(error))
    except (ValueError, OverflowError, RecursionError) as error:
        # Thousands of digits, a zone that leads out of the calendar, endless nesting.
        return reject(file, line, f"A value cannot be held ({error}); write a shorter one.")


def reject(file: SourceFile, line: int, reason: str) -> Rejected:
    """Make a Rejected whose reason is one printable line, whatever the record put into it."""
    safe = _printable(" ".join(reason.split()))
    if len(safe) > _LONGEST_REASON:
        half = _LONGEST_REASON // 2
        safe = f"{safe[:half]} … {safe[-half:]}"  # the way out stands at the end
    return Rejected(_printable(file.path), line, safe)


def _printable(text: str) -> str:
    """Spell out half characters, which a name of a file may hold too."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def with_usual_names(record: Mapping[object, object]) -> dict[str, object]:
    """Add the usual spelling of each name: `Title`, `Pub Date`, `publishedAt` are known too."""
    usual: dict[str, object] = {}
    for name, value in record.items():
        spelled = usual_name(str(name))
        usual.setdefault(spelled, value)
        usual.setdefault(spelled.replace("_", ""), value)
    return usual | {name: value for name, value in record.items() if isinstance(name, str)}


@lru_cache(maxsize=1024)
def usual_name(name: str) -> str:
    """Write a field's name as `published_at`."""
    return _GAPS.sub("_", _HUMP.sub("_", name.strip())).lower()


def json_fault(error: ValueError | RecursionError) -> str:
    """Say in half a sentence what is wrong with a text that should be JSON."""
    if isinstance(error, json.JSONDecodeError):
        return f"not whole JSON ({error.msg} at column {error.colno})"
    if isinstance(error, RecursionError):
        return "JSON nested too deeply"
    return f"JSON with a value that cannot be held ({error})"
