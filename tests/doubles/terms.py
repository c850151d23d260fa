"""The terms that a cluster gets of a text, taken from its tokens one by one."""

from typing import NamedTuple

from search.analysis.scripts import has_han
from search.analysis.tokens import STEM_MARK, WORD_MARK, Tokenizer
from search.engines.opensearch_cutting import short
from search.engines.opensearch_mapping import FILLER


class Terms(NamedTuple):
    words: list
    stems: list
    characters: list
    form_layers: list
    stem_layers: list


def terms_of(text):
    """Return the terms of a text, and its layers, as long as the last term in each."""
    words = []
    stemmed = []
    characters = []
    form_layers = []
    stem_layers = []
    at, forms_there, stems_there = -1, 0, 0
    singles = []  # a Han character waits here until it is known whether a pair follows

    def settle():
        # The last character of a run begins no pair: it stands for itself.
        for character in singles:
            put(form_layers, 0, at, character)
        singles.clear()

    for whole, position, _, _ in Tokenizer().rows(text):
        term = short(whole)
        if position != at:
            settle()
            at, forms_there, stems_there = position, 0, 0
        mark = term[0]
        if mark == WORD_MARK:
            words.append(term)
        elif mark == STEM_MARK:
            stemmed.append(term[1:])
            put(stem_layers, stems_there, at, term[1:])
            stems_there += 1
        elif has_han(term):
            characters.append(term)
            if len(term) == 1:
                put(stem_layers, 0, at, term)
                singles.append(term)
            else:
                singles.clear()
                put(form_layers, 0, at, term)
        else:
            words.append(term)
            put(form_layers, forms_there, at, term)
            forms_there += 1
    settle()
    return Terms(words, stemmed, characters, form_layers, stem_layers)


def put(layers, number, position, term):
    while len(layers) <= number:
        layers.append([])
    layer = layers[number]
    layer += [FILLER] * (position - len(layer))
    layer.append(term)
