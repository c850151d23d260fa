"""What was typed beside the tree that is expected."""

from datetime import datetime, timezone

import pytest

from search.query.lexer import MAX_CHARACTERS
from search.query.nodes import (
    And,
    Everything,
    FuzzyText,
    Near,
    Node,
    Not,
    Or,
    Parsed,
    PrefixText,
    Published,
    Quoted,
    Scoped,
    SourceIs,
    TagIs,
    Text,
)
from search.query.parser import MAX_DEPTH, MAX_PARTS, parse
from search.query.remarks import MAX_WARNINGS

NOW = datetime(2023, 11, 24, 10, 30, tzinfo=timezone.utc)  # a Friday

A, B, C, D = (Text(letter) for letter in "abcd")
BB, CC = Text("bb"), Text("cc")


def both(*nodes: Node) -> And:
    return And(nodes)


def either(*nodes: Node) -> Or:
    return Or(nodes)


def but(*nodes: Node) -> And:
    return And((Everything(), *map(Not, nodes)))


def day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=timezone.utc)


def days(first: tuple[int, int, int], end: tuple[int, int, int]) -> Published:
    return Published(day(*first), day(*end))


NOVEMBER = days((2023, 11, 1), (2023, 12, 1))
LAST_WEEK = days((2023, 11, 13), (2023, 11, 20))
YESTERDAY = days((2023, 11, 23), (2023, 11, 24))

UNDERSTOOD = [
    # Words, as typed
    ("a", A),
    ("a b", both(A, B)),
    ("a\u3000b\u00a0c\u2003d", both(A, B, C, D)),
    ("5G手机", Text("5G手机")),
    ("F-16 COVID-19 C++ C# U.S.", both(*map(Text, ["F-16", "COVID-19", "C++", "C#", "U.S."]))),
    ("o'neill $3.5bn AT&T 1,000", both(*map(Text, ["o'neill", "$3.5bn", "AT&T", "1,000"]))),
    ("China’s China's", both(Text("China’s"), Text("China's"))),
    ("’80s rock’n’roll ‘tis", both(Text("’80s"), Text("rock’n’roll"), Text("‘tis"))),
    ("Ａ５Ｇ", Text("Ａ５Ｇ")),
    ("12:30 http://x.com/a?b=c foo:", both(Text("12:30"), Text("http://x.com/a?b=c"), Text("foo:"))),
    ("speaker：text C:\\x 北京:上海 std::x", both(*map(Text, ["speaker：text", "C:\\x", "北京:上海", "std::x"]))),
    ("a b c d foo:bar", both(A, B, C, D, Text("foo:bar"))),
    ("朝鲜标题：x", Text("朝鲜标题：x")),
    ("你好！世界 北京：上海", both(Text("你好！世界"), Text("北京：上海"))),
    ("😀 b", both(Text("😀"), B)),
    ("a\x00b\x1fc\ud800d\u202e", both(A, B, C, D)),
    # Punctuation alone
    ("a - b — c -- d", both(A, B, C, D)),
    ("a & b , c 。 ！ ... d", both(A, B, C, D)),
    # Words that look like operators
    ("a and b", both(A, Text("and"), B)),
    ("to be or not", both(*map(Text, ["to", "be", "or", "not"]))),
    ("a ANDROID", both(A, Text("ANDROID"))),
    ("且 或 非", both(Text("且"), Text("或"), Text("非"))),
    # AND, OR, NOT
    ("a AND b", both(A, B)),
    ("a && b&&c ＆＆ d", both(A, B, C, D)),
    ("a OR b", either(A, B)),
    ("a | b || c｜d", either(A, B, C, D)),
    ("a ＯＲ b", either(A, B)),
    ("a OR b c", either(A, both(B, C))),
    ("a b OR c AND d", either(both(A, B), both(C, D))),
    ("a OR (b OR c)", either(A, B, C)),
    ("(a b) (c d)", both(A, B, C, D)),
    ("（a OR b） c", both(either(A, B), C)),
    ("x(a OR b)c", both(Text("x"), either(A, B), C)),
    ("((a))", A),
    ("a -bb", both(A, Not(BB))),
    ("a －bb ！c", both(A, Not(BB), Not(C))),
    ("a NOT b AND NOT c", both(A, Not(B), Not(C))),
    ("a −bb", both(A, Not(BB))),
    ('a -"b c"', both(A, Not(Quoted("b c")))),
    ("a -(b c)", both(A, Not(both(B, C)))),
    ("a -(b OR c)", both(A, Not(either(B, C)))),
    ("a (-bb)", both(A, Not(BB))),
    ("-bb", but(BB)),
    ("-bb -cc", but(BB, CC)),
    ("a OR -bb", either(A, but(BB))),
    ("NOT NOT a", A),
    ("-(-bb)", BB),
    ("--a", A),
    ("+a ＋b -+cc", both(A, B, Not(CC))),
    ('"a"-b (c)-d', both(Quoted("a"), B, C, D)),
    ("a -b －C -7", both(A, B, Text("C"), Text("7"))),
    ("(-a) -b, NOT c !d", both(A, Text("b,"), Not(C), Not(D))),
    ("-a* -C++ -卫", but(PrefixText("a"), Text("C++"), Text("卫"))),
    ('-"a" -(b)', but(Quoted("a"), B)),
    ("*", Everything()),
    ("a *", A),
    ("* -bb", but(BB)),
    # Quotes
    ('"a b"', Quoted("a b")),
    ('"  a  b "', Quoted("a  b")),
    ("“a b” „a b“ „a b” ＂a b＂", both(*[Quoted("a b")] * 4)),
    ("「a b」『c d』", both(Quoted("a b"), Quoted("c d"))),
    ("«a b» »c d« ‘a b’", both(Quoted("a b"), Quoted("c d"), Quoted("a b"))),
    ("‘China’s plan’ b", both(Quoted("China’s plan"), B)),
    ('“a b"', Quoted("a b")),
    ("朝鲜“军事 卫星”发射", both(Text("朝鲜"), Quoted("军事 卫星"), Text("发射"))),
    ('"a OR (b"', Quoted("a OR (b")),
    ('"AND" "NEAR" "上周"', both(Quoted("AND"), Quoted("NEAR"), Quoted("上周"))),
    # Prefix and fuzzy
    ("spy*", PrefixText("spy")),
    ("卫星＊", PrefixText("卫星")),
    ("spy** C++*", both(PrefixText("spy"), PrefixText("C++"))),
    ("spy~ spy~1 spy~2", both(FuzzyText("spy", 1), FuzzyText("spy", 1), FuzzyText("spy", 2))),
    ("spy～２", FuzzyText("spy", 2)),
    ("3~5 http://x/~me ~", both(Text("3~5"), Text("http://x/~me"))),
    # Nearness
    ("a NEAR/5 b", Near(A, B, 5)),
    ("a near/5 b", Near(A, B, 5)),
    ("a BEFORE/12 b", Near(A, B, 12, ordered=True)),
    ("ａ　ＮＥＡＲ／５　ｂ", Near(Text("ａ"), Text("ｂ"), 5)),
    ('"a b" NEAR/3 c d', both(Near(Quoted("a b"), C, 3), D)),
    ("a NEAR/5 b NEAR/3 c", both(Near(A, B, 5), Near(B, C, 3))),
    ("d -bb NEAR/5 b", both(D, Not(Near(BB, B, 5)))),
    ("d -bb NEAR/5 b NEAR/3 c", both(D, Not(both(Near(BB, B, 5), Near(B, C, 3))))),
    ("title:(a NEAR/5 b)", Scoped("title", Near(A, B, 5))),
    ("a NEAR/1000 b", Near(A, B, 1000)),
    ("上周 NEAR/5 a", Near(Text("上周"), A, 5)),
    # Fields
    ("title:a b", both(Scoped("title", A), B)),
    ('summary:"a b"', Scoped("summary", Quoted("a b"))),
    ("body:(a b)", Scoped("body", both(A, B))),
    ("caption:(a -bb)", Scoped("caption", both(A, Not(BB)))),
    ("-title:a b", both(Not(Scoped("title", A)), B)),
    ("TITLE:a Title:b", both(Scoped("title", A), Scoped("title", B))),
    ("ｔｉｔｌｅ：a", Scoped("title", A)),
    ("title:spy* title:spy~", both(Scoped("title", PrefixText("spy")), Scoped("title", FuzzyText("spy", 1)))),
    ("标题:a 標題：b", both(Scoped("title", A), Scoped("title", B))),
    ("摘要：a 正文：b", both(Scoped("summary", A), Scoped("body", B))),
    ("图注：“a b” 圖註:c", both(Scoped("caption", Quoted("a b")), Scoped("caption", C))),
    ("title:summary:a", Scoped("title", Text("summary:a"))),
    ("title:(a summary:b)", Scoped("title", both(A, Scoped("summary", B)))),
    ("title:12:30", Scoped("title", Text("12:30"))),
    ("source:reuters", SourceIs("reuters")),
    ('source:"The Guardian"', SourceIs("The Guardian")),
    ("来源：路透社 來源:“法新社”", both(SourceIs("路透社"), SourceIs("法新社"))),
    ("tag:asia 标签：亚洲 標籤:x", both(TagIs("asia"), TagIs("亚洲"), TagIs("x"))),
    ("source:a OR source:b", either(SourceIs("a"), SourceIs("b"))),
    ('site:reuters from:reuters From:"x y"', both(*[SourceIs("reuters")] * 2, SourceIs("x y"))),
    ('intitle:a Intitle:"a b"', both(Scoped("title", A), Scoped("title", Quoted("a b")))),
    ("-source:reuters", but(SourceIs("reuters"))),
    # Dates
    ("date:2023", days((2023, 1, 1), (2024, 1, 1))),
    ("date:2023-11", NOVEMBER),
    ("date：２０２３－１１", NOVEMBER),
    ("日期：2023年11月", NOVEMBER),
    ("date:2023-11-24", days((2023, 11, 24), (2023, 11, 25))),
    ("date:2023-11-20..2023-11-24", days((2023, 11, 20), (2023, 11, 25))),
    ("date:2023-11-20..24", days((2023, 11, 20), (2023, 11, 25))),
    ("date:2023-11..", Published(day(2023, 11, 1), None)),
    ("date:..2023-11-24", Published(None, day(2023, 11, 25))),
    ('date:"last week"', LAST_WEEK),
    ("date:last-week", LAST_WEEK),
    ("since:2023-11 until:2023-11-24", both(Published(day(2023, 11, 1), None), Published(None, day(2023, 11, 25)))),
    ("since:7d", Published(datetime(2023, 11, 17, 10, 30, tzinfo=timezone.utc), None)),
    ("until:yesterday", Published(None, day(2023, 11, 24))),
    ("after:2013 before:2015-11-24", both(Published(day(2014, 1, 1), None), Published(None, day(2015, 11, 24)))),
    ("before:7d", Published(None, datetime(2023, 11, 17, 10, 30, tzinfo=timezone.utc))),
    ("since:上周", Published(day(2023, 11, 13), None)),
    ("上周 卫星", both(LAST_WEEK, Text("卫星"))),
    ("2023年11月", NOVEMBER),
    ("２０２３年１１月", NOVEMBER),
    ("2023年11月24日 a", both(days((2023, 11, 24), (2023, 11, 25)), A)),
    ("昨天 OR 上周", either(YESTERDAY, LAST_WEEK)),
    ("a -昨天", both(A, Not(YESTERDAY))),
    ("(昨天) a", both(YESTERDAY, A)),
    ("上周卫星 昨天的 2023年的", both(Text("上周卫星"), Text("昨天的"), Text("2023年的"))),
    ("title:昨天 title:(昨天 a)", both(Scoped("title", Text("昨天")), Scoped("title", both(Text("昨天"), A)))),
    ("2023 2023-11 today 11月 7天", both(*map(Text, ["2023", "2023-11", "today", "11月", "7天"]))),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "tree"), UNDERSTOOD)
def test_what_is_understood_is_a_tree_and_no_warning(typed: str, tree: Node | None) -> None:
    parsed = parse(typed, now=NOW)
    assert (parsed.root, parsed.warnings) == (tree, ())


@pytest.mark.parametrize(
    ("typed", "otherwise"),
    [
        ("上周", Text("上周")),
        ("上周 a", both(Text("上周"), A)),
        ("今天（a），b", both(Text("今天"), A, Text("，b"))),
        ("a -昨天", both(A, Not(Text("昨天")))),
        ("昨天 OR (a 上周)", either(Text("昨天"), both(A, Text("上周")))),
        ("上周 date:2023 a", both(Text("上周"), days((2023, 1, 1), (2024, 1, 1)), A)),
        ("date:上周 a", None),
        ("title:(上周 a)", None),
        ('"上周" a', None),
        ("上周 NEAR/5 a", None),
    ],
)
def test_words_taken_for_dates_are_words_in_the_other_tree(
    typed: str, otherwise: Node | None
) -> None:
    assert parse(typed, now=NOW).otherwise == otherwise


WARNED = [
    # Nothing
    ("", None, "nothing to search for"),
    (" \t\n\u3000\u00a0\u2003 ", None, "nothing to search for"),
    ("-", None, "nothing to search for"),
    ("。", None, "nothing to search for"),
    ("!!!", None, "nothing to search for"),
    ("? ... ——", None, "nothing to search for"),
    # Quotes and parentheses without a partner
    ('"a b', both(A, B), "quotation mark"),
    ('a "', A, "quotation mark"),
    ("「a b", both(A, B), "quotation mark"),
    ("a」b", both(A, B), "quotation mark"),
    ('title:"a b', both(Scoped("title", A), B), "quotation mark"),
    (
        'title:"a b',
        both(Scoped("title", A), B),
        "behind `title:` has no partner, so only the next word",
    ),
    ("title:「「『a", Scoped("title", A), "quotation mark"),
    ('a "" b', both(A, B), "nothing between"),
    ("a “ ” b", both(A, B), "nothing between"),
    ("(a b", both(A, B), "not closed"),
    ("-(a b", but(both(A, B)), "not closed"),
    ("title:(a", Scoped("title", A), "not closed"),
    ("a) b", both(A, B), "closes nothing"),
    ("()", None, "group with nothing"),
    ("a () b", both(A, B), "group with nothing"),
    ("-() a", A, "group with nothing"),
    ("title:()", None, "group with nothing"),
    ("a -()", A, "group with nothing"),
    # Operators without operands
    ("AND", None, "`AND` needs"),
    ("OR a", A, "`OR` needs"),
    ("a OR", A, "`OR` needs"),
    ("a OR OR b", either(A, B), "`OR` needs"),
    ("a ||&& b", either(A, B), "`&&` needs"),
    ("a AND OR b", both(A, B), "`OR` needs"),
    ("a NOT AND b", both(A, Not(B)), "`AND` needs"),
    ("a NOT", A, "`NOT` needs"),
    ("(a OR) b", both(A, B), "`OR` needs"),
    ("NEAR/5 a", A, "`NEAR/5` needs"),
    ("a NEAR/5", A, "`NEAR/5` needs"),
    ("a NEAR/5 (b c)", both(A, B, C), "for a group write `A NEAR/5 B OR A NEAR/5 C`"),
    ("a NEAR/5 (b c)", both(A, B, C), "`NEAR/5` needs"),
    ("(a b) NEAR/5 c", both(A, B, C), "`NEAR/5` needs"),
    ("title:a NEAR/5 b", both(Scoped("title", A), B), "`NEAR/5` needs"),
    ("a NEAR/5 -bb", both(A, Not(BB)), "`NEAR/5` needs"),
    ("a* NEAR/5 b", both(PrefixText("a"), B), "`NEAR/5` needs"),
    ("a NEAR/0 b", Near(A, B, 1), "taken as 1;"),
    ("a NEAR/99999 b", Near(A, B, 1000), "taken as 1000;"),
    ("a NEAR/" + "0" * 9000 + "7 b", Near(A, B, 7), "taken as 7;"),
    ("a NEAR/" + "9" * 9000 + " b", Near(A, B, 1000), "taken as 1000;"),
    ("a NEAR b", both(A, Text("NEAR"), B), "`A NEAR/5 B`"),
    # Fields
    ("titel:x", Text("titel:x"), "write `title:`"),
    ("tite:x", Text("tite:x"), "write `title:`"),
    ("tags:x", Text("tags:x"), "write `tag:`"),
    ("title:", None, "`title:` has no value"),
    ("title: a", A, "`title:` has no value"),
    ("-title: a", A, "`title:` has no value"),
    ("标题：", None, "has no value"),
    ("(title:) a", A, "`title:` has no value"),
    ("title:* a", A, "`title:` has no value"),
    ("title:- a", A, "`title:` has no value"),
    ('source:"" a', A, "nothing between"),
    ("source:(a OR b)", either(A, B), "takes one value"),
    # Dates
    ("date:soon a", A, "`date:soon` was not understood"),
    ("-date:soon a", A, "`date:soon` was not understood"),
    ("date:2023-13", None, "write for example `date:2023-11`"),
    ("date:2023-02-30", None, "not understood"),
    ("date:0000", None, "not understood"),
    ("date:10000", None, "not understood"),
    ("date:.. a", A, "no value"),
    ("date:2023-12..2023-11 a", A, "not understood"),
    ("since:soon a", A, "write for example `since:7d`"),
    ("since:999999y a", A, "not understood"),
    ("until:soon a", A, "write for example `until:"),
    ("date:2013-2014 a", A, "write for example `date:2013..2014`"),
    ("before:soon a", A, "write for example `before:2023-11-24`"),
    ("author:smith", Text("author:smith"), "`author:` is no field"),
    ("a -author:smith", both(A, Not(Text("author:smith"))), "`author:` is no field"),
    ('foo:"a b"', both(Text("foo:"), Quoted("a b")), "`foo:` is no field"),
    # Words
    ("a~3", FuzzyText("a", 2), "taken as ~2"),
    ("a~0.8", FuzzyText("a", 2), "taken as ~2"),
    ("*a", Text("*a"), "only at the end"),
    ("a*b", Text("a*b"), "only at the end"),
    ('"a b"~3 c', both(Quoted("a b"), C), "`~3` after a quotation"),
    ('"a b"* c', both(Quoted("a b"), C), "`*` after a quotation"),
]


@pytest.mark.parametrize(("typed", "tree", "sentence"), WARNED)
def test_what_is_not_understood_is_one_warning_and_the_rest_is_kept(
    typed: str, tree: Node | None, sentence: str
) -> None:
    parsed = parse(typed, now=NOW)
    assert parsed.root == tree
    assert len(set(parsed.warnings)) == len(parsed.warnings)
    assert any(sentence in warning for warning in parsed.warnings), parsed.warnings
    assert all(warning.endswith(".") for warning in parsed.warnings)


AS_WORD = "“2013-05-01” was searched as a word; write date:2013-05-01 to mean the date."
LEFT_OUT = "“-la” left out every article with la; put it in quotes to search for it."


@pytest.mark.parametrize(
    ("typed", "warnings", "hints"),
    [
        ("ls -la", (), (LEFT_OUT,)),
        ("ls -la -la", (), (LEFT_OUT,)),
        ("ls －la b c d", (LEFT_OUT,), ()),
        ("ls (a OR -la) c d", (LEFT_OUT,), ()),
        ("mysql -u root -p", (), ()),
        ("a b c d NOT la", (), ()),
        ("2013-05-01 a", (), (AS_WORD,)),
        ("a b c d 2013-05-01", (), (AS_WORD,)),
        ('"2013-05-01" 2013-99 2013 1.5 1234-5678', (), ()),
        ('a b c d -"la"', (), ()),
        ("a b c d -title:la -(la)", (), ()),
    ],
)
def test_what_may_have_been_meant_otherwise_is_told(
    typed: str, warnings: tuple[str, ...], hints: tuple[str, ...]
) -> None:
    parsed = parse(typed, now=NOW)
    assert (parsed.warnings, parsed.hints) == (warnings, hints)


@pytest.mark.parametrize("typed", ["()", '""', "AND", "date:x"])
def test_that_nothing_is_left_is_not_told_where_the_reason_is(typed: str) -> None:
    assert not any("nothing to search for" in told for told in parse(typed, now=NOW).warnings)


@pytest.mark.parametrize("typed", ["a (-", "a OR (b", 'x "y', "titel:x"])
def test_one_mistake_is_told_once(typed: str) -> None:
    warnings = parse(" ".join([typed] * 3), now=NOW).warnings
    assert len(warnings) == len(set(warnings))


def test_without_now_the_clock_counts() -> None:
    parsed = parse("since:1h")
    assert isinstance(parsed.root, Published)
    assert parsed.root.since is not None
    assert 3500 < (datetime.now(timezone.utc) - parsed.root.since).total_seconds() < 3700


def test_ten_thousand_parentheses_around_a_word_are_that_word() -> None:
    parsed = parse("(" * 10_000 + "a" + ")" * 10_000)
    assert parsed.root == A
    assert parsed.warnings == (
        f"Parentheses deeper than {MAX_DEPTH} were ignored; nest them less.",
    )


def test_as_many_parentheses_as_allowed_pass_without_a_warning() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == Parsed(A)


def test_the_deepest_tree_can_be_compared_hashed_and_printed() -> None:
    """The steps after this one recurse."""
    typed = "d OR c -title:(" * 200 + "a" + ")" * 200
    first, again = parse(typed), parse(typed)
    assert first == again
    assert hash(first) == hash(again)
    assert repr(first).count("Scoped(") == MAX_DEPTH


def test_a_megabyte_of_words_is_read_up_to_the_limit() -> None:
    parsed = parse("ab " * 350_000)
    assert isinstance(parsed.root, And)
    assert len(parsed.root.children) == MAX_PARTS
    assert any(f"first {MAX_PARTS:,} parts" in warning for warning in parsed.warnings)


def test_exactly_as_many_words_as_allowed_pass_without_a_warning() -> None:
    assert parse("ab " * MAX_PARTS).warnings == ()


def test_cutting_a_long_query_inside_a_group_is_told_as_that_only() -> None:
    assert len(parse("(" + "ab " * (MAX_PARTS + 1)).warnings) == 1


def test_a_megabyte_without_a_space_is_cut() -> None:
    parsed = parse("卫" * 1_000_000)
    assert parsed.root == Text("卫" * MAX_CHARACTERS)
    assert parsed.warnings == (
        f"Only the first {MAX_CHARACTERS:,} characters of the query were read; shorten it.",
    )


def test_warnings_are_bounded_in_number_and_length() -> None:
    parsed = parse(" ".join(f"date:{'x' * 500}{number}" for number in range(100)))
    assert parsed.root is None
    assert len(parsed.warnings) <= MAX_WARNINGS
    assert max(map(len, parsed.warnings)) < 200


def test_warnings_hold_nothing_that_upsets_a_terminal() -> None:
    warning = parse("date:a\u00ad\u202e\u200d[2Jb").warnings[0]
    assert warning.isprintable()
