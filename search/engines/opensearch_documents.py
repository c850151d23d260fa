"""Article <-> the document that a cluster keeps of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from search.article import Article, content_hash
from search.engines.opensearch_cutting import Cutter
from search.engines.opensearch_mapping import (
    CHARACTERS,
    LAYERS,
    STEMS,
    WORDS,
    forms,
    stems,
)
from search.engines.port import Held
from search.engines.storing import from_stored, to_stored
from search.schema import ANALYSIS_VERSION, FIELDS, keyword

_ID_BYTES = 20


class Document(NamedTuple):
    """What is sent for an article, and how many further layers it needs."""

    id: str
    line: bytes
    layers: int


class DocumentMaker:
    """Cuts articles into documents. Not for sharing between threads."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._cutter = Cutter()
        self._times = {name: max(1, round(weight)) for name, weight in weights.items()}

    def document(self, article: Article) -> Document:
        """Return the document of an article."""
        key = document_id(article.id)
        known = {"key": key, "id": article.id, "source": article.source}
        values: dict[str, Any] = {
            "hash": content_hash(article, str(ANALYSIS_VERSION)),
            "path": article.path,
            "root": article.root,
        }
        if article.tags:
            values["tags"] = [keyword(tag) for tag in article.tags]
        if article.published:
            values["published"] = as_date(article.published)
        terms: dict[str, list[str]] = {WORDS: [], STEMS: [], CHARACTERS: []}
        further = 0
        for text_field in FIELDS:
            name = text_field.name
            cut = self._cutter.cut(getattr(article, name))
            for field, found in (
                (WORDS, cut.words),
                (STEMS, cut.stems),
                (CHARACTERS, cut.characters),
            ):
                if found:
                    terms[field] += [found] * self._times[name]
            for field_of, of_stems in ((forms, False), (stems, True)):
                layers = cut.layers(of_stems=of_stems)[: LAYERS + 1]
                values |= {field_of(name, n): layer for n, layer in enumerate(layers)}
                further = max(further, len(layers) - 1)
        values |= {field: " ".join(found) for field, found in terms.items() if found}
        # What is stored of an article is JSON already.
        line = f'{_as_json(known)[:-1]},"article":{to_stored(article)},{_as_json(values)[1:]}'
        return Document(key, line.encode("utf-8"), further)


def _as_json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def as_date(moment: datetime) -> str:
    """Return a moment in UTC as the server reads it, in whole seconds."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def document_id(article_id: str) -> str:
    """Return the id of the document: of any length and of any characters become 40 hex digits."""
    return hashlib.blake2b(article_id.encode("utf-8"), digest_size=_ID_BYTES).hexdigest()


def article_of(source: Mapping[str, Any]) -> Article:
    """Return the article that was kept."""
    return from_stored(json.dumps(source["article"]))


def held_of(source: Mapping[str, Any]) -> Held:
    """Return what is known of an article."""
    return Held(source["hash"], source["path"], source["root"])


HELD_FIELDS: Sequence[str] = ("id", "hash", "path", "root")
"""What has to be asked for to make a Held."""
