import pytest

from search.analysis.spelling import AMERICAN, IRREGULAR, KEPT
from search.analysis.stemming import stem
from search.analysis.tokens import STEM_MARK
from search.query.edits import edits_within
from search.query.plan import Fuzzy, Near, Phrase, Prefix, Run, Word
from search.snippets.lighting import Lights, merged
from search.snippets.needles import Needles
from search.snippets.reduced import Reading


def word(form, field=None, *, exact=False):
    return Phrase((Word(form, None if exact else stem(form)),), field)


def phrase(*forms):
    return Phrase(tuple(Word(form) for form in forms))


def run(characters):
    return Phrase((Run(characters),))


@pytest.mark.parametrize(
    ("text", "leaf", "why"),
    [
        ("A [satellite] and two [satellites].", word("satellite"), "the word in the text, not its stem"),
        ("A [satellite] and two satellites.", word("satellite", exact=True), "exact"),
        ("a satellitesystem", word("satellite"), "no part of a word"),
        ("[China’s] and [China's] [CHINA]", word("china"), "possessives and capitals"),
        ("the [U.S.] told us, [US]-made", word("US", exact=True), "acronyms are not pronouns"),
        ("an [F-16], an [F16]", word("f16", exact=True), "compounds whole"),
        ("[Erdoğan] met [Erdogan]", word("erdogan"), "accents"),
        ("the [defence] of [defense]", word("defense"), "British spelling"),
        ("up [1,000] or [1000]", word("1000"), "numbers"),
        ("[5G]手机和[5G]", word("5g", exact=True), "inside of Chinese"),
        ("发射[卫星]，[衛星]", run("卫星"), "traditional characters as they are"),
        ("[香港]貿發局[香港][香港]", run("香港"), "neighbours apart"),
        ("[哈哈哈]大笑", run("哈哈"), "overlapping occurrences together"),
        ("惠州广东", run("广州"), "no scattered characters"),
        ("A [prime minister] is prime; a minister. [Prime Minister]", phrase("prime", "minister"), "one span"),
        ("[prime, minister] and [prime\n- minister]", phrase("prime", "minister"), "over commas and lines"),
        ("prime [prime minister] prime", phrase("prime", "minister"), "the rarer word last"),
        ("prime the minister", phrase("prime", "minister"), "neighbours only"),
        ("[5G手机]，5G的手机", Phrase((Word("5"), Word("g"), Run("手机"))), "mixed phrases"),
        ("[satellite], [satellites], satire", Prefix("satel"), "prefix"),
        ("the [government] of [goverment]", Fuzzy("goverment", 1), "fuzzy"),
        ("[hehehe] the", Prefix("hehe"), "to the end of the word"),
        ("$5[bn], 2[bn] but no bn, [billion]", Prefix("bil"), "units are read out"),
        ("a [.NET] net", Prefix("."), "the only words that begin so"),
        ("[US's-led] and [U.S.-led]", word("usled", exact=True), "joints, and what they swallow"),
        ("[S.Korea], [SKorea], Korea", word("skorea", exact=True), "joints in names"),
        ("a-b, [F16], c.d [F-16] e&f, [F-16] [F16] g", word("f16", exact=True), "with joints between others"),
        ("x-y [f-16] z", word("f16", exact=True), "with joints only"),
        ("x-y [oil]-[oil], [oil] oiloil", word("oil"), "several times in a word"),
        ("[sat\u200bellite] [ｓａｔｅｌｌｉｔｅ]", Prefix("sat"), "hidden and wide letters"),
        ("[ﬁne] [fine]", Prefix("fi"), "letters that are two"),
        ("[страна] и [Страна]，oil", word("страна", exact=True), "other scripts"),
        ("oil卫[oil price]星oil", phrase("oil", "price"), "Han on both sides"),
        ("oil卫price, oil price-卫", phrase("oil", "rose"), "Han between"),
    ],
)  # fmt: skip
def test_marks(text, leaf, why):
    bare, expected = unmarked(text)
    assert merged(spans(bare, leaf)) == tuple(expected)


@pytest.mark.parametrize(
    ("text", "distance", "ordered"),
    [
        ("[china] and [trade], far far far away from trade, one of china x", 2, False),
        ("trade and [china] and [trade] far far", 2, True),
        ("china one two three trade", 3, False),
        ("[china] one two [trade]", 3, False),
        ("[trade] one two [china]", 3, False),
        ("trade one two china", 3, True),
        ("[china] [trade] [china]", 1, False),
    ],
)
def test_near_lights_what_is_near(text, distance, ordered):
    bare, expected = unmarked(text)
    near = Near((phrase("china"),), (phrase("trade"),), distance, ordered)
    assert merged(spans(bare, near)) == tuple(expected)


def test_sides_of_near_have_their_own_numbers():
    near = Near((phrase("china"),), (phrase("trade"),), 1, ordered=False)
    assert light("china trade", [word("x"), near], "body") == [(0, 5, 2), (6, 11, 3)]


def test_leaves_of_other_fields_light_nothing():
    leaves = [word("oil", "title"), word("price", "body")]
    assert light("oil price", leaves, "title") == [(0, 3, 0)]
    assert light("oil price", leaves, "body") == [(4, 9, 2)]
    assert light("oil price", leaves, "summary") == []


def test_nothing_is_lit_without_leaves_or_text():
    assert light("oil", [], "body") == []
    assert light("", [word("oil")], "body") == []


def test_what_a_long_text_taught_is_forgotten_and_found_again():
    text = " ".join(f"s{number}x" for number in range(12_000))
    assert len(text) > 50_000
    leaf = Prefix("s11999")
    for _ in range(2):
        assert spans(text, leaf) == [(len(text) - 7, len(text))]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], ()),
        ([(0, 4), (2, 6)], ((0, 6),)),
        ([(0, 4), (0, 2), (2, 4)], ((0, 4),)),
        ([(0, 2), (2, 4)], ((0, 2), (2, 4))),
        ([(5, 7), (0, 2)], ((0, 2), (5, 7))),
    ],
)
def test_overlapping_spans_merge_and_neighbours_do_not(spans, expected):
    assert merged(spans) == expected


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [
        ("oil", "oil", 0),
        ("oil", "oils", 1),
        ("oil", "all", 2),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
    ],
)
def test_edits(left, right, edits):
    assert edits_within(left, right, edits)
    assert not edits_within(left, right, edits - 1)


def test_every_word_holds_a_needle_of_its_stem():
    """What lets all other text be passed over unread."""
    endings = (
        *("", "s", "es", "ed", "ing", "ies", "ied", "y", "e", "ised", "ising", "isation", "ll", "our", "ours"),
        *("oured", "yser", "ogue", "ational", "emia", "aemia", "oetus", "rhage"),
    )  # fmt: skip
    heads = {
        *("colo", "neighbo", "rigo", "haemo", "archaeo", "gynaeco", "leukae", "paedi", "rrhoea"),
        *AMERICAN,
        *IRREGULAR,
        *KEPT,
        *AMERICAN.values(),
        *IRREGULAR.values(),
        *"abcdefghijklmnopqrstuvwxyz",
    }
    words = {head + ending for head in heads for ending in endings}
    of_stem = {stemmed: Needles([STEM_MARK + stemmed]).strings for stemmed in map(stem, words)}
    assert all(word.encode().startswith(of_stem[stem(word)]) for word in words)


def light(text, leaves, field):
    return Lights(leaves).of(field).marks(Reading(text))


def spans(text, leaf):
    return [(start, end) for start, end, _ in light(text, [leaf], "body")]


def unmarked(text):
    """Return the text without its brackets, and the spans that they were around."""
    bare, expected, start = "", [], 0
    for character in text:
        if character == "[":
            start = len(bare)
        elif character == "]":
            expected.append((start, len(bare)))
        else:
            bare += character
    return bare, expected
