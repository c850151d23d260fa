"""The only file that knows all engines; each is imported when it is asked for."""

from pathlib import Path

from search.engines.opensearch_settings import OpenSearchSettings, read_settings
from search.engines.port import SearchEngine
from search.errors import ConfigError

ENGINES = ("local", "opensearch", "whoosh")

EngineChoice = str | OpenSearchSettings
"""An engine by its name, or one on a cluster by how to reach it."""


def open_engine(name: EngineChoice, location: Path, *, create: bool = False) -> SearchEngine:
    """Open the index at the location; `create` makes an empty one where there is none.

    For a cluster the settings say where the index is, or for the name `opensearch` the environment, and
    the location is a folder for what jobs put aside. Raises IndexMissing, IndexTooNew or IndexCorrupt;
    EngineUnavailable where a cluster cannot be reached; ConfigError for an engine nobody knows.
    """
    if name == "opensearch":
        name = read_settings({}, location)
    if isinstance(name, OpenSearchSettings):
        from search.engines.opensearch import OpenSearchEngine

        return OpenSearchEngine.open(name, location, create=create)
    if name == "local":
        from search.engines.local import LocalEngine

        return LocalEngine.open(location, create=create)
    if name == "whoosh":
        from search.engines.reference import ReferenceEngine

        return ReferenceEngine.open(location, create=create)
    raise ConfigError(f"There is no engine {name!r}; choose one of: {', '.join(ENGINES)}.")
