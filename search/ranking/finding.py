"""A leaf of a plan -> where it stands in a segment, by what the dictionary knows of it."""

from search.analysis.stemming import stem
from search.analysis.tokens import WORD_MARK
from search.query.plan import Leaf, Near, Phrase, Run, Word
from search.ranking.expanding import expanded, form_flags
from search.ranking.leaves import (
    Character,
    Expanded,
    Found,
    Group,
    Standing,
    none_of,
    number_of,
)
from search.ranking.neighbours import Neighbours
from search.ranking.phrases import Element, elements, holding
from search.ranking.postings import PostingList
from search.ranking.view import View


def find(leaf: Leaf, view: View) -> Found:
    """Return where a leaf stands in a segment."""
    if isinstance(leaf, Near):
        return Neighbours(view, leaf)
    if not isinstance(leaf, Phrase):
        return Expanded(view, *expanded(leaf, view, number_of(leaf.field)))
    field = number_of(leaf.field)
    if len(leaf.pieces) == 1:
        piece = leaf.pieces[0]
        return _word(piece, view, field) if isinstance(piece, Word) else _run(piece, view, field)
    return _standing(elements(leaf.pieces, view), view, field)


def _standing(parts: list[Element], view: View, field: int | None) -> Found:
    return Standing(view, parts, field) if parts else Found(view, none_of(view))


def _word(word: Word, view: View, field: int | None) -> Found:
    postings = view.postings(stem(word.form) if word.stem is None else word.stem)
    if postings is None:
        return Found(view, none_of(view))
    forms = [form for own, form in view.segment.exact(word.form) if own == postings.group]
    if word.stem is None:
        if forms and not postings.has_forms:
            return Group(view, postings, field, 0.0)
        return _standing(elements((word,), view), view, field)
    if forms and not postings.has_forms:
        return Group(view, postings, field, 0.0)
    flags = form_flags(forms) if forms else None
    return Group(view, postings, field, view.profile.exact, flags)


def _run(run: Run, view: View, field: int | None) -> Found:
    characters, loss = run.characters, view.profile.at_boundaries
    word = view.postings(WORD_MARK + characters)
    if len(characters) == 1:
        return Character(view, holding(characters, view, field), field, word)
    parts = elements((run,), view)
    if len(parts) == 1 and isinstance(parts[0].postings, PostingList):
        return Group(view, parts[0].postings, field, loss, word=word)
    if not parts:
        return Found(view, none_of(view))
    return Standing(view, parts, field, loss, word, is_run=True)
