"""Article <-> the document that a cluster keeps of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from search.analysis.scripts import has_han
from search.analysis.tokens import STEM_MARK, WORD_MARK, Tokenizer
from search.article import Article, content_hash
from search.engines.opensearch_mapping import (
    CHARACTERS,
    FILLER,
    LAYERS,
    LONGEST_TERM,
    STEMS,
    WORDS,
    forms,
    stems,
)
from search.engines.port import Held
from search.engines.storing import from_stored, to_stored
from search.schema import ANALYSIS_VERSION, FIELDS, keyword

_KEPT = LONGEST_TERM - 40
_ID_BYTES = 20


class Document(NamedTuple):
    """What is sent for an article, and how many further layers it needs."""

    id: str
    line: bytes
    layers: int


class DocumentMaker:
    """Cuts articles into documents. Not for sharing between threads."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._tokenizer = Tokenizer()
        self._times = {name: max(1, round(weight)) for name, weight in weights.items()}

    def document(self, article: Article) -> Document:
        """Return the document of an article."""
        key = document_id(article.id)
        values: dict[str, Any] = {
            "key": key,
            "id": article.id,
            "source": article.source,
            "article": json.loads(to_stored(article)),
            "hash": content_hash(article, str(ANALYSIS_VERSION)),
            "path": article.path,
            "root": article.root,
        }
        if article.tags:
            values["tags"] = [keyword(tag) for tag in article.tags]
        if article.published:
            values["published"] = as_date(article.published)
        terms: dict[str, list[str]] = {WORDS: [], STEMS: [], CHARACTERS: []}
        layers = 0
        for text_field in FIELDS:
            name = text_field.name
            cut = _cut(self._tokenizer, getattr(article, name))
            for field, found in zip(terms, cut.terms, strict=True):
                terms[field] += found * self._times[name]
            values |= {forms(name, n): " ".join(layer) for n, layer in enumerate(cut.forms)}
            values |= {stems(name, n): " ".join(layer) for n, layer in enumerate(cut.stems)}
            layers = max(layers, len(cut.forms) - 1, len(cut.stems) - 1)
        values |= {field: " ".join(found) for field, found in terms.items() if found}
        line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return Document(key, line, layers)


class _Cut(NamedTuple):
    terms: tuple[list[str], list[str], list[str]]
    forms: list[list[str]]
    stems: list[list[str]]


def _cut(tokenizer: Tokenizer, text: str) -> _Cut:
    """Return the terms of a text, and its layers, as long as the last term in each."""
    words: list[str] = []
    stemmed: list[str] = []
    characters: list[str] = []
    form_layers: list[list[str]] = []
    stem_layers: list[list[str]] = []
    at, forms_there, stems_there = -1, 0, 0
    singles: list[str] = []  # a Han character waits here until it is known whether a pair follows

    def settle() -> None:
        # The last character of a run begins no pair: it stands for itself.
        for character in singles:
            _put(form_layers, 0, at, character)
        singles.clear()

    for term, position, _, _ in tokenizer.rows(text):
        term = short(term)  # noqa: PLW2901
        if position != at:
            settle()
            at, forms_there, stems_there = position, 0, 0
        mark = term[0]
        if mark == WORD_MARK:
            words.append(term)
        elif mark == STEM_MARK:
            stemmed.append(term[1:])
            _put(stem_layers, stems_there, at, term[1:])
            stems_there += 1
        elif has_han(term):
            characters.append(term)
            if len(term) == 1:
                _put(stem_layers, 0, at, term)
                singles.append(term)
            else:
                singles.clear()
                _put(form_layers, 0, at, term)
        else:
            words.append(term)
            _put(form_layers, forms_there, at, term)
            forms_there += 1
    settle()
    return _Cut((words, stemmed, characters), form_layers[: LAYERS + 1], stem_layers[: LAYERS + 1])


def _put(layers: list[list[str]], number: int, position: int, term: str) -> None:
    while len(layers) <= number:
        layers.append([])
    layer = layers[number]
    layer += [FILLER] * (position - len(layer))
    layer.append(term)


def short(term: str) -> str:
    """Return the term, or its beginning and a digest where it is longer than the analyzer allows."""
    if len(term) < LONGEST_TERM // 2 or len(term.encode("utf-16-le")) // 2 <= LONGEST_TERM:
        return term
    digest = hashlib.blake2b(term.encode("utf-8"), digest_size=8).hexdigest()
    return f"{term[: _KEPT // 2]}{digest}"


def short_stem(stem: str) -> str:
    """Return a stem as it is sent."""
    return short(STEM_MARK + stem)[1:]


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
