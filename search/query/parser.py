"""A query line -> the tree of what was typed. Knows no index and no analysis.

Any text parses. What cannot be understood becomes a warning that ends with the way out. The parser
keeps its own stack of open groups, so depth costs no recursion, and it is linear in the text.
"""

from collections.abc import Callable
from datetime import datetime, timezone

from search.query import lexer
from search.query.filters import (
    FILTERS,
    example,
    is_numeric_date,
    may_hold_dates,
    with_dates,
)
from search.query.lexer import Kind, Token, shown
from search.query.nodes import (
    Everything,
    FuzzyText,
    Near,
    Node,
    Parsed,
    PrefixText,
    Quoted,
    Scoped,
    Text,
    all_of,
    any_of,
    negated,
)
from search.query.plain import plain_query
from search.query.remarks import Remarks

MAX_PARTS = 1_000
"""Words, phrases and filters beyond this many are not read."""

MAX_DEPTH = 50
"""Parentheses inside one another beyond this are read as if they were not there."""

_MAX_DISTANCE = 1_000
_EDITS = {"": 1, "1": 1, "2": 2}

_NEIGHBOURS = (Text, Quoted)  # what NEAR takes on either side
_NEGATING_SIGNS = frozenset("-!")
_SLASHES = frozenset("/／")  # of NEAR/5, and of no other operator


def parse(text: str, *, now: datetime | None = None) -> Parsed:
    """Return the tree of what was typed, and warnings; `now` is what `7d` and `上周` count from."""
    return plain_query(text) or _parsed(text, now)


def _parsed(text: str, now: datetime | None) -> Parsed:
    """Read any query, token by token."""
    moment = now or datetime.now(timezone.utc)
    state = _Parser(moment)
    for token in lexer.tokens(text):
        if token.kind in _LEAVES and state.parts == MAX_PARTS:
            state.cut()
            break
        _READERS[token.kind](state, token)
    words = state.finish()
    if words is None:
        state.remarks.nothing_to_search()
    root = with_dates(words, moment) if words and may_hold_dates(text) else words
    # Who types 去年, or pastes a sentence that begins with it, may mean the word.
    otherwise = None if root == words else words
    warnings, hints = state.remarks.warnings(state.parts), state.remarks.hints(state.parts)
    return Parsed(root, warnings, otherwise, hints)


class _Factor:
    """One operand of an AND; `last` is the word or phrase that a NEAR behind it would take."""

    __slots__ = ("is_negated", "last", "node")

    def __init__(
        self, node: Node, *, is_negated: bool = False, last: Text | Quoted | None = None
    ) -> None:
        self.node = node
        self.is_negated = is_negated
        self.last = last


class _Group:
    """An open parenthesis, or the whole query: what was read in it, and what waits."""

    __slots__ = (
        "factors", "finished", "is_negated", "near", "negates", "opening", "waiting",
    )  # fmt: skip

    def __init__(self, opening: Token, *, is_negated: bool = False) -> None:
        self.opening = opening
        self.is_negated = is_negated
        self.finished: list[Node] = []  # the sides of OR before this one
        self.factors: list[_Factor] = []
        self.waiting = ""  # an operator as typed, until its right operand comes
        self.near: Token | None = None
        self.negates = False


class _Parser:
    """The stack of open groups, and one way to read on for each kind of token."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.parts = 0
        self.remarks = Remarks()
        self._groups = [_Group(Token("open"))]
        self._ignored_depth = 0
        self._is_cut = False

    def cut(self) -> None:
        self.remarks.warn(f"Only the first {MAX_PARTS:,} parts of the query were read; shorten it.")
        self._is_cut = True

    def finish(self) -> Node | None:
        if len(self._groups) > 1 and not self._is_cut:
            self.remarks.warn("A parenthesis was not closed; add the missing `)`.")
        while len(self._groups) > 1:
            self._close_group()
        return self._settled(self._groups[0])

    def open(self, token: Token) -> None:
        if len(self._groups) > MAX_DEPTH:
            self._ignored_depth += 1
            self.remarks.warn(f"Parentheses deeper than {MAX_DEPTH} were ignored; nest them less.")
            return
        if token.field in FILTERS:
            self.remarks.warn(
                f"`{token.field}:` takes one value, not a group; "
                f"write `{token.field}:a OR {token.field}:b`."
            )
            token = token._replace(field="")
        outer = self._groups[-1]
        self._groups.append(_Group(token, is_negated=outer.negates))
        outer.negates = False

    def close(self, _token: Token) -> None:
        if self._ignored_depth:
            self._ignored_depth -= 1
        elif len(self._groups) == 1:
            self.remarks.warn(
                "A `)` closes nothing and was ignored; remove it or add the missing `(`."
            )
        else:
            self._close_group()

    def operator(self, token: Token) -> None:
        """Read AND or OR."""
        group = self._groups[-1]
        if group.waiting or not group.factors:
            self._warn_of_operator(token.text)
            return
        group.waiting = token.text
        if token.kind == "or":
            group.finished.append(self._conjunction(group))
            group.factors = []

    def negation(self, token: Token) -> None:
        group = self._groups[-1]
        group.negates = not group.negates
        group.waiting = token.text

    def nearness(self, token: Token) -> None:
        group = self._groups[-1]
        if group.waiting or not group.factors or group.factors[-1].last is None:
            self._warn_of_operator(token.text)
            return
        group.waiting = token.text
        group.near = token

    def operand(self, token: Token) -> None:
        """Read a word, a phrase or a filter."""
        self.parts += 1
        node = self._leaf(token)
        if node is None:
            self._drop()
            return
        group = self._groups[-1]
        is_bare = token.kind == "word" and not token.field
        if is_bare and token.shape in {"NEAR", "BEFORE"}:
            self.remarks.warn(
                f"`{token.text}` was searched as a word; for nearness write `A NEAR/5 B`."
            )
        if is_bare and is_numeric_date(token.shape, self.now):
            self.remarks.take_for_word(shown(token.text))
        if is_bare and group.negates and group.waiting in _NEGATING_SIGNS:
            self.remarks.leave_out(group.waiting, shown(token.text))
        last = node if isinstance(node, _NEIGHBOURS) else None
        self._add(_Factor(node, last=last))

    def nothing(self, token: Token) -> None:
        """Read an operand that came to nothing."""
        if token.text:
            self.remarks.warn(token.text)
        self._drop()

    def _drop(self) -> None:
        """Forget what waited for an operand that came to nothing: `-date:x b` is not `-b`."""
        group = self._groups[-1]
        if group.near or group.negates:
            group.waiting = ""
        group.near = None
        group.negates = False

    def _add(self, factor: _Factor) -> None:
        group = self._groups[-1]
        near, group.near = group.near, None
        if near and factor.last and not group.negates:
            self._join(group.factors[-1], near, factor.last)
        else:
            if near:
                self._warn_of_operator(near.text)
            factor.is_negated ^= group.negates
            group.factors.append(factor)
        group.negates = False
        group.waiting = ""

    def _join(self, factor: _Factor, near: Token, right: Text | Quoted) -> None:
        """Put `A NEAR/5 B` together; `A NEAR/5 B NEAR/3 C` is two pairs that share B."""
        left = factor.last or right
        name, _, digits = near.shape.partition("/")
        # Cut, because int() refuses thousands of digits.
        distance = min(max(1, int(digits.lstrip("0")[:6] or 0)), _MAX_DISTANCE)
        if digits != str(distance):
            self.remarks.warn(
                f"The distance of `{shown(near.text)}` was taken as {distance}; write 1-1000."
            )
        pair = Near(left, right, distance, ordered=name == "BEFORE")
        factor.node = pair if factor.node is left else all_of([factor.node, pair])
        factor.last = right

    def _close_group(self) -> None:
        group = self._groups.pop()
        node = self._settled(group)
        if node is None:
            self.remarks.warn(
                "A group with nothing to search in it was left out; put words between `( )`."
            )
            self._groups[-1].negates = group.is_negated
            self._drop()
            return
        if group.opening.field:
            node = Scoped(group.opening.field, node)
        self._add(_Factor(node, is_negated=group.is_negated))

    def _settled(self, group: _Group) -> Node | None:
        if group.waiting:
            self._warn_of_operator(group.waiting)
        sides = [*group.finished, self._conjunction(group)] if group.factors else group.finished
        return any_of(sides) if sides else None

    def _conjunction(self, group: _Group) -> Node:
        return all_of(
            negated(factor.node) if factor.is_negated else factor.node for factor in group.factors
        )

    def _leaf(self, token: Token) -> Node | None:
        if token.field in FILTERS:
            return self._filter(token)
        node = Quoted(token.text) if token.kind == "quoted" else self._word(token)
        return Scoped(token.field, node) if token.field else node

    def _filter(self, token: Token) -> Node | None:
        node = FILTERS[token.field](token.text, token.shape, self.now)
        if node is None:
            self.remarks.warn(
                f"`{token.field}:{shown(token.text)}` was not understood and left out; "
                f"write for example `{example(token.field, token.shape)}`."
            )
        return node

    def _word(self, token: Token) -> Node:
        stem, tilde, edits = token.shape.rpartition("~")
        is_range = stem.isdigit() and edits != ""  # 3~5
        if stem and tilde and not is_range and not edits.strip("0123456789."):
            return self._fuzzy(token.text[: len(stem)], edits)
        stem = token.shape.rstrip("*")
        if "*" in stem:
            self.remarks.warn(f"`{shown(token.text)}`: a * works only at the end; write `word*`.")
        if len(stem) == len(token.shape):
            return Text(token.text)
        return PrefixText(token.text[: len(stem)]) if stem else Everything()

    def _fuzzy(self, text: str, edits: str) -> Node:
        if edits not in _EDITS:
            self.remarks.warn(f"`~{shown(edits)}` was taken as ~2; write `word~` or `word~2`.")
        return FuzzyText(text, _EDITS.get(edits, 2))

    def _warn_of_operator(self, typed: str) -> None:
        way_out = (
            "for a group write `A NEAR/5 B OR A NEAR/5 C`, for a field `title:(A NEAR/5 B)`."
            if not _SLASHES.isdisjoint(typed)
            else "quote it to search for it as a word."
        )
        self.remarks.warn(
            f"`{shown(typed)}` needs a word or phrase on each side it joins and was ignored; {way_out}"
        )


_LEAVES: frozenset[Kind] = frozenset(["word", "quoted"])
_READERS: dict[Kind, Callable[[_Parser, Token], None]] = {
    "open": _Parser.open,
    "close": _Parser.close,
    "and": _Parser.operator,
    "or": _Parser.operator,
    "not": _Parser.negation,
    "near": _Parser.nearness,
    "word": _Parser.operand,
    "quoted": _Parser.operand,
    "nothing": _Parser.nothing,
    "doubt": lambda state, token: state.remarks.doubt(token.text),
    "warning": lambda state, token: state.remarks.warn(token.text),
}
