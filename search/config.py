"""duowen.yaml -> Settings, all mistakes told at once. The only reader of our YAML.

Option > environment > duowen.yaml > default: this file holds the last two steps.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from search.errors import ConfigError
from search.parts import FIELD_NAMES
from search.sources.options import DEFAULT_OPTIONS, KNOWN_SOURCES, SourceOptions

if TYPE_CHECKING:  # most settings name no engine
    from search.engines.opensearch_settings import OpenSearchSettings
    from search.engines.registry import EngineChoice

CONFIG_NAME = "duowen.yaml"
DEFAULT_INDEX = "index_data"
_MOST_KEPT = 1_000


class Settings(NamedTuple):
    """What can be set. `index` is a folder; `paths` is what `duowen index` takes when none is named.

    On a cluster `index` holds what is kept beside the index. `opensearch` is how to reach one: for the
    engine, which is the same object then, or to move to it later.
    For jobs: how many generations are kept, the seconds to wait for another job, and who is told of
    new articles that a saved search finds.
    """

    index: Path = Path(DEFAULT_INDEX)  # type: ignore[assignment]  # nobody asks for places
    engine: "EngineChoice" = "local"
    opensearch: "OpenSearchSettings | None" = None
    paths: tuple[str, ...] = ()
    sources: SourceOptions = DEFAULT_OPTIONS
    keep: int = 5
    wait: float = 0.0
    alerts: tuple[str, ...] = ()
    origin: Path | None = None


def load(
    config: str | Path | None = None,
    index: str | Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Settle the settings: option, then environment, then file, then default.

    The file is the one named, else $DUOWEN_CONFIG, else ./duowen.yaml where there is one; relative
    paths in it are relative to it. Raises ConfigError naming every mistake.
    """
    named = config or environment.get("DUOWEN_CONFIG")
    path = Path(os.path.expanduser(named)) if named else Path(CONFIG_NAME)
    settings = _read(path, environment) if named or path.is_file() else Settings()
    folder = index or environment.get("DUOWEN_INDEX")
    return settings._replace(index=Path(os.path.expanduser(folder))) if folder else settings


def wants_colour(
    option: bool | None,  # noqa: FBT001
    *,
    is_terminal: bool,
    environment: Mapping[str, str] = os.environ,
) -> bool:
    """Say whether to paint: option, then NO_COLOR, then FORCE_COLOR, then a terminal that can."""
    if option is not None:
        return option
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def _read(path: Path, environment: Mapping[str, str]) -> Settings:
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
        values = yaml.safe_load(text)
    except OSError as error:
        raise ConfigError(
            f"The settings {path} cannot be read ({error.strerror}); name another --config."
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(_reason(error).split())
        raise ConfigError(f"The settings {path} are no YAML ({reason}); mend the file.") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(f"The settings {path} are no mapping; write lines such as `index: DIR`.")
    return _settings(path, values, environment)


def _reason(error: Exception) -> str:
    """Return what is wrong with a text, and where; not the text: it may hold a secret."""
    mark = getattr(error, "problem_mark", None)
    return f"{getattr(error, 'problem', '')}, line {mark.line + 1}" if mark else str(error)


def _settings(path: Path, values: Mapping[Any, Any], environment: Mapping[str, str]) -> Settings:
    known = {**_KEYS, "opensearch": None}
    mistakes = [_unknown(key, known) for key in values if key not in known]
    read: dict[str, Any] = {}
    for key, reader in _KEYS.items():
        if key in values:
            try:
                read[key] = reader(values[key])
            except ValueError as error:
                mistakes.append(f"{key} {error}")
    folder = path.absolute().parent
    engine = read.get("engine", "local")
    cluster: OpenSearchSettings | None = None
    if engine == "opensearch" or "opensearch" in values:
        from search.engines.opensearch_settings import read_settings

        try:
            cluster = read_settings(values.get("opensearch") or {}, folder, environment)
        except ConfigError as error:
            mistakes += [f"opensearch: {mistake}" for mistake in error.mistakes]
    if mistakes:
        raise ConfigError(f"The settings {path} are wrong: {'; '.join(mistakes)}; mend the file.")
    return Settings(
        index=folder / os.path.expanduser(read.get("index", DEFAULT_INDEX)),
        engine=cluster if cluster and engine == "opensearch" else engine,
        opensearch=cluster,
        paths=tuple(str(folder / os.path.expanduser(name)) for name in read.get("paths", ())),
        sources=SourceOptions(
            names=read.get("fields", FIELD_NAMES),
            # One's own sources are looked for before the ones everybody knows.
            known_sources=tuple(dict.fromkeys((*read.get("known_sources", ()), *KNOWN_SOURCES))),
        ),
        keep=read.get("keep", 5),
        wait=read.get("wait", 0.0),
        alerts=read.get("alerts", ()),
        origin=path,
    )


def _unknown(key: object, known: Mapping[str, object]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(str(key), known, 1)
    hint = f", did you mean {close[0]}" if close else f", known are {', '.join(known)}"
    return f"{key} is unknown{hint}"


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value),)
    if not isinstance(value, list) or not all(isinstance(t, str) and t.strip() for t in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def _engine(value: object) -> str:
    from search.engines.registry import ENGINES

    if value not in ENGINES:
        raise ValueError(f"must be one of {', '.join(ENGINES)}")
    return str(value)


def _keep(value: object) -> int:
    # True is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_KEPT:
        raise ValueError(f"must be a number from 1 to {_MOST_KEPT:,}")
    return value


def _wait(value: object) -> float:
    from search import durations

    return durations.parse(value if isinstance(value, str) else str(value))


def _fields(value: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError("must map our fields to the names in your records")  # noqa: TRY004
    names: dict[str, tuple[str, ...]] = {}
    mistakes: list[str] = []
    for key, given in value.items():
        if key not in FIELD_NAMES:
            mistakes.append(_unknown(key, FIELD_NAMES))
            continue
        try:
            # The names given come first; the usual ones still count.
            names[key] = (*_texts(given), *FIELD_NAMES[key])
        except ValueError as error:
            mistakes.append(f"{key} {error}")
    if mistakes:
        raise ValueError(f"are wrong ({', '.join(mistakes)})")
    return {field: names.get(field, tuple(usual)) for field, usual in FIELD_NAMES.items()}


_KEYS: Mapping[str, Callable[[object], Any]] = {
    "index": _text,
    "engine": _engine,
    "paths": _texts,
    "fields": _fields,
    "known_sources": _texts,
    "keep": _keep,
    "wait": _wait,
    "alerts": _texts,
}
