"""The best English and the best Chinese passage of an article."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.analysis.scripts import han_share
from search.article import Article
from search.query.plan import Leaf
from search.results import Snippet, Span
from search.snippets.lighting import light, merged
from search.snippets.passages import Passage, cut_around, passage_from, sentences

WIDTH = 160
"""Columns of a passage, unless asked otherwise."""

_CHINESE = 0.3
"""A sentence with at least this share of Han characters is Chinese."""

_FIELDS = {"zh": ("summary", "body", "caption"), "en": ("body", "summary", "caption")}
"""Where to look for a passage of each language; among equals the first wins."""

_Lit = list[tuple[Span, int]]


@dataclass(slots=True)
class _Text:
    """One field, its sentences and what is lit in it."""

    field: str
    text: str
    lit: _Lit
    sentences: list[Span]


def title_spans(article: Article, leaves: Sequence[Leaf]) -> tuple[Span, ...]:
    """Return what is lit in the title."""
    return merged([span for span, _ in light(article.title, leaves, "title")])


def excerpts(article: Article, leaves: Sequence[Leaf], width: int = WIDTH) -> tuple[Snippet, ...]:
    """Return the best Chinese and the best English passage, the one with more matches first.

    A language in which nothing matches shows how the article begins; a language in which nothing is
    written shows nothing.
    """
    texts = {
        field: _Text(field, text, light(text, leaves, field), list(sentences(text)))
        for field in _FIELDS["zh"]
        if (text := getattr(article, field)).strip()
    }
    ranked = [
        found
        for language in ("zh", "en")
        if (found := _best(texts, language, leaves, width)) is not None
    ]
    ranked.sort(key=lambda found: -found[0])
    return tuple(snippet for _, snippet in ranked)


def _best(
    texts: dict[str, _Text], language: str, leaves: Sequence[Leaf], width: int
) -> tuple[float, Snippet] | None:
    best: tuple[float, _Text, Passage] | None = None
    for field in _FIELDS[language]:
        for score, passage in _candidates(texts.get(field), language, leaves, width):
            if best is None or score > best[0]:
                best = score, texts[field], passage
    if best is None:
        return None
    score, text, passage = best
    inside = [
        (start - passage.start, end - passage.start)
        for (start, end), _ in text.lit
        if passage.start <= start and end <= passage.end
    ]
    snippet = Snippet(
        text.field,
        text.text[passage.start : passage.end],
        merged(inside),
        passage.cut_start,
        passage.cut_end,
    )
    return score, snippet


def _candidates(
    text: _Text | None, language: str, leaves: Sequence[Leaf], width: int
) -> Iterator[tuple[float, Passage]]:
    """Yield passages with their scores: how the field begins, and one from each sentence that is lit."""
    if text is None:
        return
    lit = sorted(text.lit)
    first = True
    at = 0
    for number, (start, end) in enumerate(text.sentences):
        while at < len(lit) and lit[at][0][0] < start:
            at += 1
        is_lit = at < len(lit) and lit[at][0][0] < end
        if not (is_lit or first) or _language(text.text[start:end]) != language:
            continue
        first = False
        passage = passage_from(text.text, text.sentences, number, width)
        if passage.end == end:
            match = lit[at][0] if is_lit else (start, start)
            if _too_wide(text.text[start:end], width):
                passage = cut_around(text.text, (start, end), match, width)
        yield _score(passage, lit, at, leaves), passage


def _score(passage: Passage, lit: _Lit, at: int, leaves: Sequence[Leaf]) -> float:
    """Distinct leaves count most, the wide ones more; further occurrences a little."""
    seen: set[int] = set()
    count = 0
    for (start, end), leaf in lit[at:]:
        if start >= passage.end:
            break
        if end <= passage.end:
            seen.add(leaf)
            count += 1
    wide = sum(1.0 + 0.25 * (getattr(leaves[leaf], "width", 1) - 1) for leaf in seen)
    return wide + min(count, 20) * 0.01


def _too_wide(text: str, width: int) -> bool:
    from search.marking import display_width

    return display_width(text) > width


def _language(text: str) -> str:
    return "zh" if han_share(text) >= _CHINESE else "en"
