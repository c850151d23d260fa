"""The only file that knows all engines; each is imported when it is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

from search.engines.port import SearchEngine
from search.errors import ConfigError, Unsupported

if TYPE_CHECKING:  # who only searches needs none of it
    from search.engines.opensearch_settings import OpenSearchSettings
    from search.engines.upkeep_port import Upkeep

    EngineChoice = str | OpenSearchSettings
    """An engine by its name, or one on a cluster by how to reach it."""
else:
    EngineChoice = object

ENGINES = ("local", "opensearch", "whoosh")


def open_engine(
    name: EngineChoice, location: Path, *, create: bool = False, older: bool = False
) -> SearchEngine:
    """Open the index at the location; `create` makes an empty one where there is none.

    `older` opens one that an older duowen cut, too, to build it anew, where the engine can do that.
    For a cluster the settings say where the index is, or for the name `opensearch` the environment, and
    the location is a folder for what jobs put aside. Raises IndexMissing, IndexTooNew or IndexCorrupt;
    EngineUnavailable where a cluster cannot be reached; ConfigError for an engine nobody knows.
    """
    if name == "local":
        from search.engines.local import LocalEngine

        return LocalEngine.open(location, create=create, older=older)
    if name == "whoosh":
        from search.engines.reference import ReferenceEngine

        return ReferenceEngine.open(location, create=create)
    settings = _cluster(name, location)
    from search.engines.opensearch import OpenSearchEngine

    return OpenSearchEngine.open(settings, location, create=create, older=older)


def open_upkeep(name: EngineChoice, location: Path) -> "Upkeep":
    """Return who looks after the index at the location, damaged or not; nothing is opened yet.

    Raises Unsupported for an engine that keeps no generations; ConfigError for one nobody knows.
    """
    if name == "local":
        from search.engines.local_upkeep import LocalUpkeep

        return LocalUpkeep(location)
    if name == "whoosh":
        raise Unsupported(f"The engine {name!r} keeps no generations; use the engine 'local'.")
    settings = _cluster(name, location)
    from search.engines.opensearch_upkeep import OpenSearchUpkeep

    return OpenSearchUpkeep(settings, location)


def _cluster(name: EngineChoice, location: Path) -> "OpenSearchSettings":
    """Return how to reach the cluster that was chosen; ConfigError where none was."""
    from search.engines.opensearch_settings import OpenSearchSettings, read_settings

    if isinstance(name, OpenSearchSettings):
        return name
    if name != "opensearch":
        raise ConfigError(f"There is no engine {name!r}; choose one of: {', '.join(ENGINES)}.")
    return read_settings({}, location)
