"""Whether a query finds a text: its plan is walked over the tokens of that one text."""

from search.analysis.tokens import Tokenizer
from search.query.parser import parse
from search.query.plan import AllOf, AnyOf, NoneOf, Phrase, PlanNode
from search.query.planning import make_plan
from search.query.terms import phrase_terms

Places = dict[str, set[int]]


def finds(query: str, text: str) -> bool:
    """Say whether the text holds all of the query, by the terms that an index would be asked for."""
    plan = make_plan(parse(query), lambda _word: 0, match="all")
    assert plan.root is not None, f"nothing to search for in {query!r}"
    return holds(plan.root, places(text))


def places(text: str) -> Places:
    found: Places = {}
    for term, position, _, _ in Tokenizer(chinese_words=False).tokens(text):
        found.setdefault(term, set()).add(position)
    return found


def holds(node: PlanNode, text: Places) -> bool:
    match node:
        case AllOf(children):
            return all(holds(child, text) for child in children)
        case AnyOf(children):
            return any(holds(child, text) for child in children)
        case NoneOf(child):
            return not holds(child, text)
        case Phrase(pieces):
            return stands(list(phrase_terms(pieces)), text)
    raise AssertionError(node)


def stands(terms: list[str], text: Places) -> bool:
    """Say whether the terms stand at consecutive positions."""
    return any(
        all(first + step in text.get(term, ()) for step, term in enumerate(terms))
        for first in text.get(terms[0], ())
    )
