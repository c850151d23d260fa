"""Forms of one thing find one another, in an English sentence and inside Chinese text."""

from itertools import permutations

import pytest

from tests.unit.analysis.finding import finds

# Each line holds ways to write the same; every one finds every other, also as a phrase in quotes.
SAME = [
    ("U.S.", "US", "U.S", "u.s.", "U.S.'s", "US's"),
    ("U.N.", "UN", "un", "U.N.’s"),
    ("S.Korea", "SKorea", "skorea", "SKOREA"),
    ("N.Korea", "NKorea"),
    ("C++", "c++"),
    ("C#", "c#"),
    (".NET", ".Net"),
    ("AT&T", "at&t", "AT&T's", "ＡＴ＆Ｔ"),
    ("S&P", "s&p"),
    ("F-16", "F16", "f16", "F‑16", "F‐16", "F–16", "f-16", "Ｆ－１６"),
    ("GPT-4", "GPT4", "gpt-4"),
    ("COVID-19", "Covid19", "covid‑19"),
    ("5G", "5g", "5-G", "５Ｇ"),
    ("G20", "G-20"),
    ("MH370", "MH-370"),
    ("A380", "A-380", "A380’s"),
    ("3M", "3M's"),
    ("H1N1", "h1n1"),
    ("1,000", "1000", "$1,000", "1,000,", "(1,000)", "１，０００"),
    ("1,234,567.89", "1234567.89"),
    ("3.5", "$3.5", "3.5%", "3.5.", "３．５"),
    ("China's", "China’s", "Chinas", "CHINA'S", "China‘s", "China\uff07s"),
    ("don't", "don’t", "dont"),
    ("O'Neill", "O’Neill", "oneill", "O´Neill"),
    ("Qur'an", "Quran", "Qurʾan", "Qurʼan"),
    ("Hawai'i", "Hawaii", "Hawaiʻi"),
    ("Xi'an", "Xian", "Xi’an"),
    ("Inc.'s", "Incs"),
    ("Erdoğan", "Erdogan", "Erdog\u0306an", "ERDOĞAN", "erdogan"),
    ("İstanbul", "Istanbul", "ıstanbul"),
    ("Malmö", "Malmo", "Malmo\u0308"),
    ("Łódź", "Lodz"),
    ("Ørsted", "Orsted", "Ǿrsted"),
    ("Đoković", "Dokovic"),
    ("Strauß", "Strauss"),
    ("Æthelred", "Aethelred"),
    ("ABC123", "ＡＢＣ１２３", "abc123"),
    ("office", "oﬃce"),
    ("ministers", "Ministers", "MINISTERS", "minis\u00adters"),
]
PAIRS = [pair for forms in SAME for pair in permutations(forms, 2)]

# The same but for the positions taken, so that they meet alone and not inside a longer phrase.
OF_OTHER_WIDTH = [
    ("wi-fi", "WiFi", "wifi"),
    ("e-mail", "email", "E‑mail"),
    ("co-operate", "cooperate", "co\u00adoperate"),
    ("re-election", "reelection"),
    ("CO2", "CO₂"),
    ("3M", "3m"),
]
PAIRS_OF_OTHER_WIDTH = [pair for forms in OF_OTHER_WIDTH for pair in permutations(forms, 2)]

# What is typed, and what it finds though it is not the same.
FOUND = [
    # a part finds the whole, and the whole finds its parts side by side
    ("China", "China's"),
    ("Neill", "O'Neill"),
    ("Neill", "O’Neill's"),
    ("Ivoire", "d’Ivoire"),
    ("Korea", "SKorea"),
    ("Korea", "S.Koreas"),
    ("Kahn", "Strauss-Kahn's"),
    ("Strauss-Kahn", "Strauss-Kahn's"),
    ("Strauss-Kahn", "Strauss Kahn"),
    ("AT", "AT&T"),
    ("ATT", "AT&T"),
    ("cooperate", "co\u200boperate"),
    ("cooperate", "co\u2060operate"),
    ("cooperate", "co\ufeffoperate"),
    ("C", "C++"),
    ("C++", "C++11"),
    ("F 16", "F-16"),
    ("F16", "F 16"),
    ("F-16", "F-16s"),
    ("F-16s", "F16"),
    ("COVID", "COVID-19"),
    ("COVID-19", "COVID-19-related"),
    ("iPhone15", "iPhone 15"),
    ("1990", "1990s"),
    ("1990s", "1990's"),
    ("U.S.", "China-U.S."),
    ("US-China", "U.S.-China"),
    ("US", "US$5"),
    ("us", "U.S."),
    ("we", "we'll"),
    ("M&A", "M&A-related"),
    ("Amazon", "Amazon.com"),
    ("JP Morgan", "J.P.Morgan"),
    # money
    ("3.5 billion", "$3.5bn"),
    ("$3.5bn", "3.5 billion"),
    ("$3.5bn", "3.5-billion"),
    ("3.5bn", "3.5b"),
    ('"5 million"', "£5m"),
    ("234 million", "234m"),
    ("2 trillion", "2tn"),
    ("2tn", "2trn"),
    # inflections
    ("minister", "ministers"),
    ("ministers", "Minister's"),
    ("neighbour", "neighbors"),
    ("defence", "defense"),
    ("organise", "organized"),
]

# What is typed, and what it must not find.
APART = [
    ("US", "us"),
    ("U.S.", "us"),
    ("IT", "it"),
    ("WHO", "who's"),
    ("58", "5-8"),
    ("31", "3-1/2"),
    ("3.54bn", "3.5-4bn"),
    ("5", "3.5"),
    ("3.5", "35"),
    ("16", "1.16"),
    ("shell", "she'll"),
    ("well", "we’ll"),
    ("ill", "I'll"),
    ("were", "we're"),
    ("wed", "we'd"),
    ("id", "I'd"),
    ("pain", "SPAIN"),
    ("ash", "WASH"),
    ("city", "Citi"),
    ("Hama", "Hamas"),
    ("administer", "minister"),
    ("trillion", "TN"),
    ("million", "ARMv8-M"),
    ("C++", "C#"),
    ("F-16", "16 F"),
    ('"minister"', "ministers"),
    ('"ministers"', "minister"),
    ('"defence"', "defense"),
    ('"F-16"', "F-17"),
]


def sentences(form: str) -> list[str]:
    return [form, f"They saw {form} in Busan", f"({form})", f"“{form}”"]


@pytest.mark.parametrize(("query", "form"), PAIRS)
def test_ways_to_write_the_same_find_one_another(query: str, form: str) -> None:
    for text in sentences(form):
        assert finds(query, text), text
        assert finds(f'"{query}"', text), text


@pytest.mark.parametrize(("query", "form"), PAIRS_OF_OTHER_WIDTH)
def test_ways_to_write_the_same_in_more_or_fewer_parts(query: str, form: str) -> None:
    for text in (*sentences(form), f"采用{form}手机"):
        assert finds(query, text), text
        assert finds(f'"{query}"', text), text
        assert finds(f"采用{query}手机", f"采用{form}手机")


@pytest.mark.parametrize(("query", "form"), PAIRS)
def test_the_same_inside_chinese_text(query: str, form: str) -> None:
    text = f"采用{form}手机，乘坐{form}战机"
    assert finds(query, text)
    assert finds(f'"{query}"', text)
    assert finds(f"采用{query}手机", text)
    assert finds(f'"乘坐{query}战机"', text)
    assert finds(f"{query} 手机", text)


@pytest.mark.parametrize(("query", "form"), FOUND)
def test_what_is_typed_finds_what_belongs_to_it(query: str, form: str) -> None:
    for text in (*sentences(form), f"采用{form}手机"):
        assert finds(query, text), text


@pytest.mark.parametrize(("query", "form"), APART)
def test_what_is_typed_does_not_find_what_only_looks_like_it(query: str, form: str) -> None:
    for text in (*sentences(form), f"采用{form}手机"):
        assert not finds(query, text), text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("5G手机", "采用5G手机"),
        ("5G 手机", "采用5G手机"),
        ("5g手机", "采用5G 手机"),
        ("５Ｇ手機", "采用5G手机"),
        ('"5G手机"', "採用５Ｇ手機"),
        ("F-16战机", "乘坐F-16战机"),
        ('"F-16战机"', "乘坐F16战机"),
        ('"F16战机"', "乘坐F‑16戰機"),
        ("战机 F16", "乘坐F-16战机"),
        ("GPT-4发布", "今天GPT-4发布了"),
        ("U盘", "一个U盘"),
        ("T恤", "白色T恤衫"),
        ("ABC", "中文ABC中文"),
        ("卫星 spy", "spy衛星"),
    ],
)
def test_mixed_text(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"5G手机"', "5G的手机"),
        ('"手机5G"', "5G手机"),
        ("5G手机", "5G电机"),
        ("卫星", "卫 星"),
        ("卫星", "卫x星"),
        ("惠州", "广州"),
        ("广州", "广东惠州"),
    ],
)
def test_scattered_or_other_characters_do_not_match(query: str, text: str) -> None:
    assert not finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Путин", "ПУТИН приехал"),
        ("Путина", "сказал Путина."),
        ("Αθήνα", "στην Αθηνα σήμερα"),
        ("Οδός", "ΟΔΟΣ"),
        ("القاهرة", "في القَاهِرَة اليوم"),
        ("שלום", "שָׁלוֹם עולם"),
        ("हिन्दी", "वे हिन्दी में"),
        ("आधारित", "सत्य पर आधारित।"),
        ("தமிழ்", "அவர் தமிழ் பேசுகிறார்"),
        ("한국", "오늘 한국에서"),
        ("国", "한国語"),
        ("カメラ", "新しいｶﾒﾗを"),
        ("とう", "ありがとう"),
    ],
)
def test_other_scripts(query: str, text: str) -> None:
    assert finds(query, text)
    assert finds(f'"{query}"', text)


def test_a_word_of_another_script_is_one_word() -> None:
    """Vowel signs and points are no letters to Python; they once cut a word into single letters."""
    assert not finds("हिन", "हिन्दी")
    assert not finds("ك", "كِتَاب")


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000", "\u2009", "\u202f", "\t", "\n", "\x85"])
def test_every_kind_of_white_space_parts_words(space: str) -> None:
    text = f"North{space}Korea{space}2{space}min"
    for query in ("north", "Korea", "2", '"North Korea"', '"Korea 2 min"'):
        assert finds(query, text)
    assert not finds("northkorea", text)


@pytest.mark.parametrize("joint", ["–", "—", "/", "…", ",", "_", "|", "--", "\u2212", ". ", "="])
def test_other_marks_part_words(joint: str) -> None:
    text = f"Moscow{joint}Kyiv"
    assert finds("Moscow", text)
    assert finds("Kyiv", text)
    assert finds('"Moscow Kyiv"', text)
    assert not finds("moscowkyiv", text)
