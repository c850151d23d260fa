"""What was typed beside the plan that comes of it."""

from datetime import datetime, timezone

import pytest

from search.query.nodes import (
    And,
    Everything,
    Not,
    Or,
    PrefixText,
    Published,
    Quoted,
    SourceIs,
    TagIs,
    Text,
)
from search.query.parser import parse
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    MostOf,
    Near,
    NoneOf,
    Phrase,
    Plan,
    PlanNode,
    Prefix,
    Run,
    Word,
)
from search.query.planning import LONG_QUERY, MatchMode, make_plan
from search.query.terms import phrase_terms

NOW = datetime(2023, 11, 24, 10, 30, tzinfo=timezone.utc)
ARCHIVE = {"卫星": 12, "朝鲜": 8, "发射": 9, "国际": 5, "论坛": 4, "手机": 6}


def plan(typed: str, match: MatchMode = "auto", filters: tuple[PlanNode, ...] = ()) -> Plan:
    return make_plan(parse(typed, now=NOW), lambda word: ARCHIVE.get(word, 0), match, filters)


def word(form: str, stem: str | None = None, field: str | None = None) -> Phrase:
    return Phrase((Word(form, stem or form),), field)


def exact(*forms: str, field: str | None = None) -> Phrase:
    return Phrase(tuple(map(Word, forms)), field)


def run(characters: str, field: str | None = None) -> Phrase:
    return Phrase((Run(characters),), field)


def every(*children: PlanNode) -> AllOf:
    return AllOf(children)


def either(*children: PlanNode) -> AnyOf:
    return AnyOf(children)


F16 = either(word("f16"), Phrase((Word("f", "f"), Word("16", "16"))))
NORTH_KOREA = exact("north", "korea")
NOVEMBER = Published(
    datetime(2023, 11, 1, tzinfo=timezone.utc), datetime(2023, 12, 1, tzinfo=timezone.utc)
)

ROOTS = [
    # words
    ("", None),
    ("minister", word("minister")),
    ("Ministers", word("ministers", "minister")),
    ("China’s", word("chinas", "china")),
    ("Erdoğan", word("erdogan")),
    ("spy satellites", every(word("spy"), word("satellites", "satellit"))),
    ("spy spy", word("spy")),
    ("US", exact("US")),
    ("U.S.", exact("US")),
    ("us", word("us")),
    ("1,000", word("1000")),
    ("AT&T", word("at&t")),
    ("C++", word("c++")),
    ("we'll", word("we'll")),
    # compounds: whole, or by their parts side by side
    ("F-16", F16),
    ("F16", F16),
    ("$3.5bn", either(word("3.5bn"), Phrase((Word("3.5", "3.5"), Word("billion", "billion"))))),
    ("5-8", Phrase((Word("5", "5"), Word("8", "8")))),
    ("bbc.com", Phrase((Word("bbc", "bbc"), Word("com", "com")))),
    ("and/or", AllOf((word("and"), word("or")))),
    ("china,japan", AllOf((word("china"), word("japan")))),
    ("china、japan", AllOf((word("china"), word("japan")))),
    ("china—japan–korea", AllOf((word("china"), word("japan"), word("korea")))),
    ("title:china——japan", AllOf((word("china", None, "title"), word("japan", None, "title")))),
    ("covid–19", Phrase((Word("covid", "covid"), Word("19", "19")))),
    ("9/11", Phrase((Word("9", "9"), Word("11", "11")))),
    ("9月15日", Phrase((Word("9", "9"), Run("月"), Word("15", "15"), Run("日")))),
    ("100亿", Phrase((Word("100", "100"), Run("亿")))),
    (
        "2023年的中国",
        AllOf((Phrase((Word("2023", "2023"), Run("年"))), Phrase((Run("年的中国"),)))),
    ),
    # phrases are exact
    ('"North Korea"', NORTH_KOREA),
    ('"ministers"', exact("ministers")),
    ('"F-16"', either(exact("f16"), exact("f", "16"))),
    ('"F-16 jets"', exact("f", "16", "jets")),
    # Chinese
    ("卫星", run("卫星")),
    ("衛星", run("卫星")),
    ("朝鲜卫星", every(run("朝鲜"), run("卫星"))),
    ("惠州", run("惠州")),
    ('"朝鲜卫星"', run("朝鲜卫星")),
    ("spy 卫星", every(word("spy"), run("卫星"))),
    ("5G手机", every(either(word("5g"), Phrase((Word("5", "5"), Word("g", "g")))), run("手机"))),
    ('"5G手机"', Phrase((Word("5"), Word("g"), Run("手机")))),
    # operators
    ("a OR b", either(word("a"), word("b"))),
    ("a -bb", every(word("a"), NoneOf(word("bb")))),
    ("-aa", every(Everything(), NoneOf(word("aa")))),
    ("a (b OR c)", every(word("a"), either(word("b"), word("c")))),
    ("title:korea", word("korea", None, "title")),
    ("title:(a OR 卫星)", either(word("a", None, "title"), run("卫星", "title"))),
    ("a title:b", every(word("a"), word("b", None, "title"))),
    ("source:reuters", SourceIs("reuters")),
    ("tag:asia a", every(word("a"), TagIs("asia"))),
    ("date:2023-11 a", every(word("a"), NOVEMBER)),
    ("*", Everything()),
    # forms
    ("mini*", Prefix("mini")),
    ("Erdoğ*", Prefix("erdog")),
    ("F-1*", Prefix("f1")),
    ("title:mini*", Prefix("mini", "title")),
    ("minster~", Fuzzy("minster", 1)),
    ("minster~2", Fuzzy("minster", 2)),
    ("卫*", run("卫")),
    ("卫星~", run("卫星")),
    # nearness
    ("a NEAR/5 b", Near((word("a"),), (word("b"),), 5, ordered=False)),
    ("a BEFORE/5 b", Near((word("a"),), (word("b"),), 5, ordered=True)),
    ('"North Korea" NEAR/3 卫星', Near((NORTH_KOREA,), (run("卫星"),), 3, ordered=False)),
]


@pytest.mark.parametrize(("typed", "root"), ROOTS)
def test_what_matches(typed: str, root: PlanNode | None) -> None:
    assert plan(typed).root == root


# Words side by side; from LONG_QUERY of them on, most of their weight is enough.
FOUR = tuple(map(word, "abcd"))
FIVE = tuple(map(word, "abcde"))

LOOSENED = [
    ("a b c d", "auto", AllOf(FOUR)),
    ("a b c d e", "auto", MostOf(FIVE)),
    ("a b c d e", "all", AllOf(FIVE)),
    ("a b", "any", either(word("a"), word("b"))),
    ("a", "any", word("a")),
    ("a b c d e -ff", "auto", every(MostOf(FIVE), NoneOf(word("ff")))),
    ("a b c d e source:bbc", "auto", every(MostOf(FIVE), SourceIs("bbc"))),
    ("a b -cc", "any", every(either(word("a"), word("b")), NoneOf(word("cc")))),
    ('a "b c"', "any", every(word("a"), exact("b", "c"))),
    ("(a b c d e)", "auto", MostOf(FIVE)),
    ("a b c d e OR f", "auto", either(AllOf(FIVE), word("f"))),
]


@pytest.mark.parametrize(("typed", "match", "root"), LOOSENED)
def test_how_many_words_must_match(typed: str, match: MatchMode, root: PlanNode) -> None:
    assert len(FIVE) == LONG_QUERY
    assert plan(typed, match).root == root


def test_times_that_must_all_hold_are_one() -> None:
    since, until = (datetime(year, 1, 1, tzinfo=timezone.utc) for year in (2022, 2024))
    assert plan("since:2022 a until:2023").root == every(word("a"), Published(since, until))
    assert plan("since:2024 until:2021").root == Published(until, since)


def test_filters_always_hold() -> None:
    only = SourceIs("bbc")
    assert plan("a b", "any", (only,)).root == every(either(word("a"), word("b")), only)
    assert plan("", filters=(only,)).root is None
    assert plan("*", filters=(only, NOVEMBER)).root == every(Everything(), only, NOVEMBER)


PREFERRED = [
    ("a", ()),
    ("a b", (Phrase((Word("a", "a"), Word("b", "b"))),)),
    ("朝鲜卫星", (run("朝鲜卫星"), Phrase((Run("朝鲜"), Run("卫星"))))),
    ('"a b"', ()),
    ("a OR b", ()),
    ("F-16 jet", (Phrase((Word("f", "f"), Word("16", "16"), Word("jet", "jet"))),)),
    ("a -bb", ()),
]


@pytest.mark.parametrize(("typed", "preferred"), PREFERRED)
def test_neighbours_that_lift_an_article(typed: str, preferred: tuple[Phrase, ...]) -> None:
    assert plan(typed).preferred == preferred


LIT = [
    ("spy", (word("spy"),)),
    ("朝鲜卫星", (run("朝鲜卫星"), run("朝鲜"), run("卫星"))),
    ("a -bb", (word("a"),)),
    ("-aa", ()),
    ("a OR b", (word("a"), word("b"))),
    ('a "b c d"', (exact("b", "c", "d"), word("a"))),
    ("F-16", (Phrase((Word("f", "f"), Word("16", "16"))), word("f16"))),
    ("mini* source:bbc", (Prefix("mini"),)),
    ("a NEAR/2 b", (Near((word("a"),), (word("b"),), 2, ordered=False),)),
    ("a a", (word("a"),)),
]


@pytest.mark.parametrize(("typed", "lit"), LIT)
def test_what_is_lit_the_widest_first(typed: str, lit: tuple[PlanNode, ...]) -> None:
    assert plan(typed).lit == lit


WARNED = [
    ("😀", "“😀” holds nothing to search for; it was left out."),
    ('"—"', "“—” holds no word; the phrase was left out."),
    ("卫星~", "“卫星” is Chinese and was searched as it is; ~ is for words in letters."),
    ("and/or*", "“and/or” is several words; * and ~ were left out."),
]


@pytest.mark.parametrize(("typed", "warning"), WARNED)
def test_what_cannot_be_searched_is_named(typed: str, warning: str) -> None:
    assert warning in plan(typed).warnings


def test_what_cannot_be_searched_costs_the_rest_nothing() -> None:
    assert plan('spy … "—"').root == word("spy")
    assert plan("… —").root is None
    assert plan("a OR …").root == word("a")


def test_a_long_text_is_named_in_short() -> None:
    (warning,) = plan('"' + "—" * 500 + '"').warnings
    assert len(warning) < 100


TERMS = [
    ((Word("ministers", "minister"),), ["~minister"], ["~minister"]),
    ((Word("ministers"),), ["ministers"], ["ministers"]),
    ((Run("卫"),), ["卫"], ["卫"]),
    ((Run("卫星"),), ["卫星"], ["卫星", "星"]),
    ((Run("卫星城"),), ["卫星", "星城"], ["卫星", "星城", "城"]),
    ((Word("5"), Word("g"), Run("手机")), ["5", "g", "手机"], ["5", "g", "手机", "机"]),
    ((Run("手机"), Word("5")), ["手机", "机", "5"], ["手机", "机", "5"]),
    ((Run("手机"), Run("卫星")), ["手机", "机", "卫星"], ["手机", "机", "卫星", "星"]),
]


@pytest.mark.parametrize(("pieces", "terms", "to_the_end"), TERMS)
def test_terms_of_a_phrase_stand_at_consecutive_positions(pieces, terms, to_the_end) -> None:
    assert list(phrase_terms(pieces)) == terms
    assert list(phrase_terms(pieces, to_the_end=True)) == to_the_end
    assert len(to_the_end) == Phrase(pieces).width


def test_two_kinds_are_never_equal_whatever_their_parts():
    """Nodes are tuples: without its kind an AND of two words would be the OR of them."""
    every_kind = [
        AllOf((word("a"),)), AnyOf((word("a"),)), NoneOf((word("a"),)), MostOf((word("a"),)),
        SourceIs("a"), TagIs("a"), Run("a"), Text("a"), Quoted("a"), PrefixText("a"),
        Word("a"), Prefix("a"), Word("a", "title"), Prefix("a", "title"), And(("a",)), Or(("a",)), Not("a"),
    ]  # fmt: skip
    assert len(set(every_kind)) == len(every_kind)
    assert plan("source:a tag:a").root == every(SourceIs("a"), TagIs("a"))
