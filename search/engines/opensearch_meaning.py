"""What does it mean when a cluster answers with an error? An error of ours, in one sentence."""

import re
from collections.abc import Sequence

from search.engines.opensearch_settings import API_KEY, PASSWORD, USER, OpenSearchSettings
from search.errors import (
    EXIT_INDEX,
    ConfigError,
    DiskFull,
    DuowenError,
    EngineError,
    EngineUnavailable,
    IndexCorrupt,
    Unsupported,
)

_UNKNOWN_USER, _FORBIDDEN, _GONE, _CONFLICT, _TOO_LARGE = 401, 403, 404, 409, 413
_BUSY = frozenset({429, 502, 503, 504})
"""Statuses that say: not now."""

_FLOODED = ("flood-stage", "read-only-allow-delete", "read_only_allow_delete")
_CLOSED = ("index_closed_exception", "FORBIDDEN/4/")
_BLOCKED = ("FORBIDDEN/", "cluster_block_exception")
# What a request meets that is under way to a node which ends.
_PASSING = (
    "disconnected", "node_closed", "node_not_connected", "connect_transport", "already_closed",
    "no_shard_available", "illegal_index_shard_state", "index_shard_closed",
)  # fmt: skip
_ROOM = re.compile(
    r"(?:coordinating|primary)_operation_bytes=(?P<wanted>\d+),"
    r" max_coordinating_and_primary_bytes=(?P<most>\d+)"
)
_TOO_LONG = ("too_many_nested_clauses", "too many nested clauses", "too_many_clauses")
_NO_SUCH_FIELD = ("strict_dynamic_mapping_exception", "mapper_parsing_exception")
_TAKEN = ("invalid_alias_name_exception", "invalid_index_name_exception")
_TOO_MANY = ("number_of_shards", "number_of_replicas", "maximum shards open")
_LONGEST_REASON = 200


class NotThere(EngineError):
    """What was asked for does not exist (404)."""


class IndexNotThere(NotThere):
    """The index that was asked does not exist."""

    exit_code = EXIT_INDEX


class IndexClosed(IndexCorrupt):
    """The index is there, and nobody can read or write it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, kind="unreadable")


class Conflicting(EngineError):
    """Somebody else was there first (409)."""


class TooLarge(EngineError):
    """A request, or an item of one, is larger than the server ever takes."""


class Refused(EngineError):
    """A request made no sense to the server."""


def failure_of(
    settings: OpenSearchSettings, status: int, info: object, otherwise: str = ""
) -> DuowenError:
    """Return what an answer means that holds an error; `otherwise` is told where it has no reason."""
    kind, reason = _kind_and_reason(info)
    return meaning(settings, status, kind, reason or otherwise)


def meaning(settings: OpenSearchSettings, status: int, kind: str, reason: str) -> DuowenError:
    """Return the error for a status and the reason that came with it, of a request or an item."""
    told, reason = f"{kind}: {reason}", short(reason)
    name = settings.index

    def says(words: Sequence[str]) -> bool:
        return any(word in told for word in words)

    cases: tuple[tuple[bool, type[DuowenError], str], ...] = (
        (
            says(_FLOODED),
            DiskFull,
            (
                f"The disks of the cluster are too full to write ({reason});"
                f" make room there and run this again; what was indexed before is still there."
            ),
        ),
        (
            status == _UNKNOWN_USER,
            EngineError,
            (
                f"The cluster at {', '.join(settings.hosts)} does not accept the user or the password;"
                f" set {USER} and {PASSWORD}, or {API_KEY}."
            ),
        ),
        (
            says(_CLOSED),
            IndexClosed,
            f"The index {name} is closed on the cluster; open it there: POST /{name}/_open.",
        ),
        (
            status == _FORBIDDEN and says(_BLOCKED),
            EngineError,
            f"The cluster is closed to changes ({reason}); lift that block there and run this again.",
        ),
        (
            status == _FORBIDDEN,
            EngineError,
            (
                f"The cluster does not allow this ({reason});"
                f" give the user the rights that docs/opensearch.md lists."
            ),
        ),
        (
            kind == "index_not_found_exception",
            IndexNotThere,
            (
                f"An index was deleted on the cluster, and its articles with it ({reason});"
                f" begin a new one with duowen repair, and index your paths again."
            ),
        ),
        (
            status == _GONE,
            NotThere,
            f"The cluster does not have that ({reason}); index your paths again.",
        ),
        (
            status == _CONFLICT,
            Conflicting,
            f"Somebody else changed that meanwhile ({reason}); run this again.",
        ),
        (
            says(_TOO_LONG),
            Unsupported,
            "The query is too long for the cluster, which takes 1,024 clauses; shorten it.",
        ),
        (
            says(_TAKEN),
            ConfigError,
            (
                f"Something else on the cluster has the name {name};"
                f" choose another for index: in the settings of opensearch."
            ),
        ),
        (
            says(_TOO_MANY),
            ConfigError,
            (
                f"The cluster makes no such index ({reason});"
                f" lower shards or replicas in the settings of opensearch, or let it hold more."
            ),
        ),
        (
            status == _TOO_LARGE or _never_fits(told),
            TooLarge,
            (
                "A request is larger than the cluster takes;"
                " give its nodes more memory, raise http.max_content_length, or lower bulk_bytes."
            ),
        ),
        (
            status in _BUSY or says(_PASSING),
            EngineUnavailable,
            (
                f"The cluster is too busy or not complete ({status}: {reason});"
                f" try again when it is well."
            ),
        ),
        (
            kind in _NO_SUCH_FIELD or "mapper" in reason,
            IndexCorrupt,
            (
                f"The fields of the index {name} are not as duowen made them ({reason});"
                f" build it anew: duowen index --rebuild."
            ),
        ),
    )
    for applies, error, sentence in cases:
        if applies:
            return error(sentence)
    return Refused(f"The cluster refused a request ({status} {reason}); report this.")


def _never_fits(told: str) -> bool:
    """Say whether a server is not busy, but has no room for this even when it does nothing else."""
    found = _ROOM.search(told)
    return found is not None and int(found["wanted"]) > int(found["most"])


def _kind_and_reason(info: object) -> tuple[str, str]:
    error = info.get("error") if isinstance(info, dict) else None
    if not isinstance(error, dict):
        return "", str(error or "")
    reasons: dict[str, None] = {}
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if "type" in cause:
            told = (str(cause["type"]), short(str(cause.get("reason") or "")))
            reasons[": ".join(filter(None, told))] = None
        # The reason of a shard that failed is a cause like others.
        nested = [cause.get("caused_by"), cause.get("reason"), *cause.get("root_cause", ())]
        nested += cause.get("failed_shards", ())
        waiting += [each for each in nested if isinstance(each, dict)]
    return str(error.get("type", "")), "; ".join(reasons)


def short(text: str) -> str:
    """Return a reason as part of a sentence: in one line, not too long, without a mark at its end."""
    text = " ".join(text.split()).rstrip(";:,. ")
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
