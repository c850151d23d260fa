"""Which searches are saved? saved.json in the folder of the index, replaced whole."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, get_args

from search.alerts import state
from search.errors import IndexMissing, QueryError
from search.query.parser import parse
from search.query.planning import MatchMode, make_plan

FILE_NAME = "saved.json"
MOST_CHARACTERS = 64
_MOST_BYTES = 200  # a file name may have 255, and some are added
_LONGEST_QUERY = 10_000
_MATCH_MODES: tuple[str, ...] = get_args(MatchMode)
_FOR_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
"""Names that Windows keeps for itself, whatever comes behind a point."""

_WAY_OUT = "mend it or put back a copy, or move it away and save the searches again"


class SavedSearch(NamedTuple):
    """A search that has a name. `created` is in ISO 8601 and UTC; a replaced one is created anew."""

    name: str
    query: str
    match: MatchMode
    created: str


class Saving(NamedTuple):
    """What was saved, and what is to be told of the query, as in a search."""

    search: SavedSearch
    warnings: tuple[str, ...]


def add(
    folder: Path, name: str, query: str, match: MatchMode = "auto", *, replace: bool = False
) -> Saving:
    """Save a search; raises QueryError for a name that is taken or is none, and an empty query.

    With `replace`, the search of that name gets the new query; what it has told of stays told.
    """
    named = checked_name(name)
    if match not in _MATCH_MODES:
        raise QueryError(f"match is {match!r}; choose one of {', '.join(_MATCH_MODES)}.")
    warnings = _understood(query, match)
    created = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    search = SavedSearch(named, query, match, created)
    with state.held(folder):
        searches = _read(folder)
        same = {one.name: one for one in searches if one.name.casefold() == named.casefold()}
        if same and not (replace and named in same):
            raise QueryError(
                f"There is a saved search “{next(iter(same))}” already;"
                f" choose another name, or replace it with --replace."
            )
        _write(folder, [*(one for one in searches if one.name != named), search])
    return Saving(search, warnings)


def read(folder: Path) -> list[SavedSearch]:
    """Return the saved searches in the order of their names; raises IndexMissing, IndexCorrupt."""
    if not folder.is_dir():
        raise IndexMissing(
            f"There is no index in {folder.absolute()};"
            f" make one with duowen index PATH, or name another with --index."
        )
    return _read(folder)


def find(folder: Path, name: str) -> SavedSearch:
    """Return the saved search of that name; raises QueryError where there is none."""
    searches = {one.name: one for one in read(folder)}
    found = searches.get(unicodedata.normalize("NFC", name))
    if found is None:
        raise _unknown(name, searches)
    return found


def remove(folder: Path, name: str) -> SavedSearch:
    """Forget a saved search, and return it; raises QueryError where there is none of that name."""
    with state.held(folder):
        found = find(folder, name)
        _write(folder, [one for one in _read(folder) if one != found])
    return found


def checked_name(name: str) -> str:
    """Return the name as it is kept; raises QueryError for what is no name."""
    kept = unicodedata.normalize("NFC", name)
    if not is_name(kept):
        shown = name.encode("unicode_escape").decode() if not name.isprintable() else name
        raise QueryError(
            f"“{shown[:MOST_CHARACTERS]}” is no name for a search; use letters, digits, - _ and . only,"
            f" a letter or digit first and last, {MOST_CHARACTERS} characters at most."
        )
    return kept


def is_name(name: str) -> bool:
    """Say whether a text can be the name of a search, and so of a file in any system."""
    return (
        0 < len(name) <= MOST_CHARACTERS
        and all(char in "-_." or unicodedata.category(char)[0] in "LMN" for char in name)
        and unicodedata.category(name[0])[0] in "LN"
        and name[-1] not in "-_."
        and len(name.encode("utf-8")) <= _MOST_BYTES
        and name.partition(".")[0].casefold() not in _FOR_DEVICES
    )


def _understood(query: str, match: MatchMode) -> tuple[str, ...]:
    """Return what is to be told of a query; raises QueryError where nothing is left to search for."""
    if not isinstance(query, str):
        raise QueryError(f"The query is a {type(query).__name__}; give text.")
    if len(query) > _LONGEST_QUERY:
        raise QueryError(
            f"The query has {len(query):,} characters; save one of {_LONGEST_QUERY:,} at most."
        )
    plan = make_plan(parse(query), lambda _word: 0, match)
    if plan.root is None:
        told = plan.warnings[0] if plan.warnings else "There is nothing to search for; type a word."
        raise QueryError(told)
    try:
        query.encode("utf-8")
    except UnicodeEncodeError:
        raise QueryError(
            "The query holds half a character (a lone surrogate); type it anew as UTF-8."
        ) from None
    return plan.warnings


def _read(folder: Path) -> list[SavedSearch]:
    path = folder / FILE_NAME
    values = state.read(path, _WAY_OUT)
    if values is None:
        return []
    try:
        searches = [_search(one) for one in values["saved"]]
    except (KeyError, TypeError, ValueError):
        raise state.damaged(path, _WAY_OUT) from None
    return sorted(searches)


def _search(values: dict[str, Any]) -> SavedSearch:
    search = SavedSearch(*(values[name] for name in SavedSearch._fields))
    if not (
        all(isinstance(value, str) for value in search)
        and is_name(search.name)
        and search.match in _MATCH_MODES
    ):
        raise ValueError
    return search


def _write(folder: Path, searches: Iterable[SavedSearch]) -> None:
    kept = [one._asdict() for one in sorted(searches)]
    state.replace(folder / FILE_NAME, {"saved": kept})


def _unknown(name: str, known: Iterable[str]) -> QueryError:
    from difflib import get_close_matches

    shown = name[:MOST_CHARACTERS]
    close = get_close_matches(name, list(known), 1)
    hint = f"did you mean “{close[0]}”?" if close else "duowen saved list shows those there are."
    return QueryError(f"There is no saved search “{shown}”; {hint}")
