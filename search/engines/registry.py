"""The only file that knows all engines; each is imported when it is asked for."""

from pathlib import Path

from search.engines.port import SearchEngine
from search.errors import ConfigError

ENGINES = ("local", "whoosh")


def open_engine(name: str, location: Path, *, create: bool = False) -> SearchEngine:
    """Open the index at the location; `create` makes an empty one where there is none.

    Raises IndexMissing, IndexTooNew or IndexCorrupt; ConfigError for an engine nobody knows.
    """
    if name == "local":
        from search.engines.local import LocalEngine

        return LocalEngine.open(location, create=create)
    if name == "whoosh":
        from search.engines.reference import ReferenceEngine

        return ReferenceEngine.open(location, create=create)
    raise ConfigError(f"There is no engine {name!r}; choose one of: {', '.join(ENGINES)}.")
