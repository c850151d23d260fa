"""Our fields as a mapping: what the server indexes, out of tokens that our own analysis has cut.

words             the words of all texts as they are written, and the Chinese ones as `=卫星`; those of
                  the title ten times, and so on by the weights of search/schema.py
stems             the stems of the words, as often
characters        Han characters and pairs of them, as often: these three decide about words, and what
                  they count for
title_forms       one term for each position: the word as written, or the pair of Han characters
title_stems       one term for each position: its stem, or the single Han character
title_forms1...   further terms of the same kind at the same position: parts and wholes of compounds
                  (and so for summary, body and caption: phrases and single fields)
id, source, tags, published    to sort by, and to filter by
key               the id of the document: of fixed length, so that any number can be walked through
article, hash, path, root      kept, not searched

The `whitespace` analyzer knows no two terms at one position, but terms of parallel fields can be asked
for as if they stood in one (span_field_masking): all of a text's fields have a term for each position,
`|` where there is nothing to be said.
"""

from typing import Any

from search.engines.opensearch_settings import OpenSearchSettings
from search.ranking.profile import RankingProfile
from search.schema import FIELDS

FORMAT_VERSION = 1
MARK = "duowen"
"""Under this name `_meta` of a mapping says that duowen made the index, and for which alias."""

WORDS, STEMS, CHARACTERS = "words", "stems", "characters"
"""The fields with the terms of all texts of an article."""

FILLER = "|"
"""Stands where a layer has no term; no term holds it."""

LAYERS = 6
"""How many further terms of one kind can stand at one position: AT&T has four forms, few have more."""

LONGEST_TERM = 240
"""In UTF-16 units: the analyzer cuts terms at 255."""

LONGEST_KEYWORD = 8_000
"""In characters: Lucene refuses terms of 32,766 bytes."""

_LEAST = 1e-3
"""The least that an occurrence may count for: k1 is divided by it."""


def forms(name: str, layer: int = 0) -> str:
    """Return the field with the words as written of a text field."""
    return f"{name}_forms{layer or ''}"


def stems(name: str, layer: int = 0) -> str:
    """Return the field with the stems of a text field."""
    return f"{name}_stems{layer or ''}"


def index_body(settings: OpenSearchSettings, profile: RankingProfile) -> dict[str, Any]:
    """Return the settings and the mapping of an index."""
    similarities = {
        field: {"type": "BM25", "k1": k1_of(profile, field), "b": profile.b}
        for field in ("default", STEMS, CHARACTERS, *profile.weights)
    }
    properties: dict[str, Any] = {
        "key": {"type": "keyword", "index": False},
        "id": {"type": "keyword", "index": False, "ignore_above": LONGEST_KEYWORD},
        "source": {"type": "keyword", "ignore_above": LONGEST_KEYWORD},
        "tags": {"type": "keyword", "doc_values": False, "ignore_above": LONGEST_KEYWORD},
        "published": {"type": "date", "format": "strict_date_optional_time"},
        "article": {"type": "object", "enabled": False},
        WORDS: _text(index_options="freqs"),
        STEMS: _text(index_options="freqs", similarity=STEMS),
        CHARACTERS: _text(index_options="freqs", similarity=CHARACTERS),
    }
    for name in ("hash", "path", "root"):
        properties[name] = {"type": "keyword", "index": False, "doc_values": False}
    for text_field in FIELDS:
        for layer in range(LAYERS + 1):
            for field in (forms(text_field.name, layer), stems(text_field.name, layer)):
                properties[field] = _text(norms=not layer, similarity=text_field.name)
    return {
        "settings": {
            "number_of_shards": settings.shards,
            "number_of_replicas": settings.replicas,
            "refresh_interval": "-1",  # a run is seen as a whole: it refreshes when it is done
            "codec": "best_compression",
            "similarity": similarities,
        },
        "mappings": {
            "dynamic": "strict",
            # Terms can be cut again from the article: no need to keep them twice.
            "_source": {"excludes": [WORDS, STEMS, CHARACTERS, "*_forms*", "*_stems*"]},
            "properties": properties,
        },
    }


def k1_of(profile: RankingProfile, field: str) -> float:
    """Return the k1 of a field whose occurrences count for more or less than one.

    tf / (tf + k1 / w) is w tf / (w tf + k1): what is not exactly what was typed counts for a share.
    """
    weights = {
        STEMS: 1 - profile.exact,
        CHARACTERS: 1 - profile.at_boundaries,
        **profile.weights,
    }
    return profile.k1 / max(weights.get(field, 1.0), _LEAST)


def _text(**more: object) -> dict[str, object]:
    return {"type": "text", "analyzer": "whitespace", **more}


def meta_body(settings: OpenSearchSettings) -> dict[str, Any]:
    """Return the settings and the mapping of the small index of what is known about the large one."""
    return {
        "settings": {"number_of_shards": 1, "number_of_replicas": settings.replicas},
        "mappings": {"dynamic": False, "properties": {}},
    }
