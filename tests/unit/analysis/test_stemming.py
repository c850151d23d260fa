"""Families of words, which share a stem, beside pairs that must not."""

import pytest

from search.analysis.spelling import AMERICAN, IRREGULAR, KEPT
from search.analysis.stemming import stem
from tests.unit.analysis.finding import finds

FAMILIES = [
    # plurals
    "minister ministers",
    "company companies",
    "city cities",
    "movie movies",
    "tie ties tied tying",
    "die dies died dying",
    "spy spies spied spying",
    "hero heroes",
    "church churches",
    "box boxes",
    "bus buses",
    "gas gases",
    "lens lenses",
    "bias biases",
    "virus viruses",
    "focus focuses focused focussed focusing",
    "crisis crises",
    "analysis analyses",
    "age ages aged aging ageing",
    "eye eyes eyed",
    "axe axes axed axing ax",
    "ad ads",
    "mp mps",
    "ngo ngos",
    "houthi houthis",
    "israeli israelis",
    "taxi taxis",
    "hindu hindus",
    "menu menus",
    "evening evenings",
    "hundred hundreds",
    "child children",
    "woman women",
    "gunman gunmen",
    "businessman businessmen",
    "spokeswoman spokeswomen",
    "shelf shelves",
    "criterion criteria",
    "index indexes indices",
    "quiz quizzes quizzed",
    "philippine philippines",
    # verbs
    "say says saying",
    "carry carries carried carrying",
    "try tries tried trying",
    "trade trades traded trading",
    "rate rates rated rating",
    "close closes closed closing",
    "write writes writing",
    "leave leaves leaving",
    "release releases released releasing",
    "promise promises promised",
    "rise rises rising",
    "ban bans banned banning",
    "add adds added adding",
    "err errs erred erring",
    "staff staffs staffed staffing",
    "boycott boycotts boycotted boycotting",
    "kidnap kidnaps kidnapped kidnapping",
    "embed embeds embedded embedding",
    "sue sues sued suing",
    "queue queues queued queuing",
    "owe owes owed owing",
    "use uses used using",
    "free frees freed freeing",
    "agree agrees agreed agreeing",
    "exceed exceeds exceeded exceeding",
    "succeed succeeds succeeded succeeding",
    "need needs needed needing",
    "veto vetoes vetoed vetoing",
    "panic panicked panicking",
    "go goes going",
    "do does doing",
    "ski skis skiing",
    "roll rolls rolled rolling",
    "install installs installed instal",
    # British and American
    "colour colours coloured color colors colored",
    "colourful colorful",
    "neighbour neighbours neighbouring neighbor neighbors",
    "neighbourhood neighborhoods",
    "favourable favorable",
    "honour honoured honoring",
    "defence defences defense",
    "licence license licensed licences",
    "practise practised practice practices",
    "theatre theatres theater theaters",
    "centre centres centred center centers",
    "kilometre kilometres kilometer kilometers",
    "organise organised organising organises organize organized organizing",
    "organisation organisations organization organizations",
    "organisational organizational",
    "organiser organisers organizer",
    "analyse analysed analyze analyzing",
    "adviser advisers advisor advisors",
    "programme programmes program programs programmed",
    "catalogue catalogues catalog catalogs",
    "dialogue dialog dialogues",
    "travel travelled travelling traveled traveling",
    "traveller travellers traveler",
    "cancel cancelled canceled cancelling",
    "fuel fuelled fueled fuelling",
    "control controlled controlling",
    "tyre tyres tire tires",
    "cheque cheques check",
    "plough ploughed plow plowed",
    "jewellery jewelry",
    "manoeuvre manoeuvres maneuver maneuvering",
    "paediatric pediatric",
    "haemorrhage hemorrhage",
    "anaemia anemia",
    "oestrogen estrogen",
    "fulfil fulfill fulfilled",
    "enrolment enrollment",
    "instalment installments",
    "grey gray greys",
    "aeroplane airplanes",
    "aluminium aluminum",
]

# In quotes some of these find one another, by their parts.
OTHER_FAMILIES = ["f16 f16s", "bn bln billion billions", "mln million"]

APART = [
    ("city", "citi"),
    ("hamas", "hama"),
    ("harris", "harry"),
    ("add", "ad"),
    ("leaf", "leave"),
    ("news", "new"),
    ("united", "unite"),
    ("wales", "wale"),
    ("lens", "len"),
    ("mars", "mar"),
    ("minister", "administer"),
    ("general", "generate"),
    ("university", "universe"),
    ("police", "policy"),
    ("organ", "organize"),
    ("ship", "shipment"),
    ("tn", "trillion"),
    ("mn", "million"),
    ("gps", "gp"),
    ("ios", "io"),
    ("1990s", "1990"),
    ("story", "storey"),
    ("tonne", "ton"),
    ("hour", "hor"),
    ("tour", "tor"),
    ("contour", "contor"),
    ("czech", "check"),
]


@pytest.mark.parametrize("family", [*FAMILIES, *OTHER_FAMILIES])
def test_inflections_and_spellings_of_a_word_share_a_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1, {w: stem(w) for w in family.split()}


@pytest.mark.parametrize("family", FAMILIES)
def test_any_of_a_family_finds_any_other_but_not_in_quotes(family: str) -> None:
    for typed in family.split():
        for written in family.split():
            assert finds(typed, f"They {written} it")
            assert finds(f'"{typed}"', f"They {written} it") == (typed == written)


@pytest.mark.parametrize(("left", "right"), APART)
def test_words_that_only_look_alike_are_told_apart(left: str, right: str) -> None:
    assert stem(left) != stem(right)
    assert not finds(left, right)


@pytest.mark.parametrize(
    "word", ["nanjing", "beijing", "boeing", "texas", "hamas", "during", "this", "series", "news"]
)
def test_what_only_looks_inflected_is_kept(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    "word", ["at&t", "c++", "3.5", "1990s", "минист", "naïve", "卫星", "we'll", "US"]
)
def test_what_is_no_english_word_is_kept(word: str) -> None:
    assert stem(word) == word


def test_the_tables_lead_somewhere() -> None:
    """An entry that the steps before it never reach would be a promise not kept."""
    for word, base in IRREGULAR.items():
        assert stem(word) == stem(base), word
        assert stem(word) != word, word
    assert not KEPT & set(IRREGULAR)
    assert all(stem(word) == word for word in KEPT)
    for british, american in AMERICAN.items():
        assert {stem(british), stem(british + "e")} & {stem(american), stem(american + "e")}, (
            british
        )
