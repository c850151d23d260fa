"""Are the fields of an index on a cluster those that duowen makes?"""

from search.engines.opensearch_client import Cluster, path_of
from search.engines.opensearch_mapping import index_body
from search.errors import IndexCorrupt
from search.ranking.profile import DEFAULT_PROFILE

_SHOWN = 3
_KIND_OF = ("type", "analyzer", "enabled")
"""What makes a field another one; of the rest servers of other versions may say it otherwise."""


def foreign_fields(cluster: Cluster, index: str) -> list[str]:
    """Return the fields that are missing there, or of another kind; raises what Cluster.ask raises."""
    answer = cluster.ask("GET", path_of(index, "_mapping"))
    found = answer.get(index, {}).get("mappings", {}).get("properties", {})
    wanted = index_body(cluster.settings, DEFAULT_PROFILE)["mappings"]["properties"]
    return [
        name
        for name, field in wanted.items()
        if any(found.get(name, {}).get(key) != field.get(key) for key in _KIND_OF)
    ]


def refuse_foreign(cluster: Cluster, index: str) -> None:
    """Raise IndexCorrupt where somebody made the index otherwise."""
    foreign = foreign_fields(cluster, index)
    if foreign:
        named = ", ".join(foreign[:_SHOWN])
        more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
        raise IndexCorrupt(
            f"The fields of the index {index} are not as duowen made them ({named}{more});"
            f" build it anew: duowen index --rebuild.",
            file=index,
            kind="foreign",
        )
