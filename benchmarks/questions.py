"""The questions, drawn with a seed from the articles, so that each has an answer that is known.

English words come in four bands of document frequency and from neighbours in titles; Chinese words and
bigrams from summaries; phrases are taken from the text as they stand there.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from benchmarks.peers import cutting, dating
from benchmarks.peers.port import Question, Record

WORD_KINDS = ("en1", "en2", "en3", "en4", "zh1", "zh2", "mixed")
"""The kinds that make up `top 10`: what people type."""

PHRASE_KINDS = ("phrase_en", "phrase_zh")
DATED_KINDS = ("dates", "newest", "recency")
KINDS = (*WORD_KINDS, "zh_bigram", *PHRASE_KINDS, "source", *DATED_KINDS)

BANDS = ((0.0005, 0.005), (0.005, 0.03), (0.03, 0.12), (0.12, 0.5))
"""Shares of the articles that hold a word: rare, uncommon, common, everywhere."""

_FEWEST = 3
_WINDOW_DAYS = 45
_SAFE = r"(?<![\w.'’&/@-])[A-Za-z]{3,20}(?![\w'’&/@-]|\.\w)"
_WORD = re.compile(_SAFE)
_PHRASE = re.compile(rf"{_SAFE}(?: {_SAFE})+")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_OPERATORS = {"and", "or", "not", "near", "before"}
_DATE_WORDS = {
    *("今天", "今日", "昨天", "昨日", "前天", "本周", "这周", "上周", "上星期", "本月", "这个月"),
    *("上月", "上个月", "今年", "去年", "前年"),
}
"""Typed alone, duowen takes these for a filter by date, as its query language says."""


class Drawer:
    """Draws questions; the same seed, articles and order of calls give the same ones."""

    def __init__(self, articles: Sequence[Record], seed: int) -> None:
        self._random = random.Random(seed)
        self._articles = list(articles)
        self._counts: Counter[str] = Counter()
        for article in articles:
            self._counts.update(_words(article))

    def draw(self, kind: str, count: int) -> list[Question]:
        """Return so many different questions of a kind, or fewer where the articles have no more."""
        found: dict[str, Question] = {}
        for number in range(count * 30):
            article = self._random.choice(self._articles)
            question = _MAKERS[kind](self, article, number)
            if question is not None:
                found.setdefault(question.line + question.since + question.source, question)
            if len(found) == count:
                break
        return list(found.values())

    def _english(self, article: Record, count: int, number: int) -> tuple[str, ...] | None:
        """Every other time neighbours of a title, else words of the article, each of another band."""
        if count > 1 and number % 2:
            return self._neighbours(article["title"], count)
        words = sorted(_words(article))
        bands = self._random.sample(range(len(BANDS)), min(count, len(BANDS)))
        if count == 1:
            bands = [number // 2 % len(BANDS)]
        picked = [self._from_band(words, band) for band in bands]
        if None in picked or len(set(picked)) < count:
            return None
        return tuple(word for word in picked if word)

    def _from_band(self, words: Sequence[str], band: int) -> str | None:
        low, high = (share * len(self._articles) for share in BANDS[band])
        fits = [w for w in words if max(low, _FEWEST) <= self._counts[w] < max(high, _FEWEST * 2)]
        return self._random.choice(fits) if fits else None

    def _neighbours(self, text: str, count: int) -> tuple[str, ...] | None:
        runs = [run.group().lower().split() for run in _PHRASE.finditer(text)]
        windows = [
            tuple(run[start : start + count])
            for run in runs
            for start in range(len(run) - count + 1)
        ]
        good = [words for words in windows if self._fit(words)]
        return self._random.choice(good) if good else None

    def _fit(self, words: Iterable[str]) -> bool:
        """No operators; not only words that are everywhere."""
        listed = list(words)
        if len(set(listed)) < len(listed) or _OPERATORS & set(listed):
            return False
        most = BANDS[-1][1] * len(self._articles)
        return any(self._counts[word] < most for word in listed)

    def _chinese(self, article: Record, count: int) -> tuple[str, ...] | None:
        runs = _HAN.findall(article["summary"])
        words = {w for run in runs for w in cutting.plain_words(run) if 2 <= len(w) <= 4}  # noqa: PLR2004
        words -= _DATE_WORDS
        return tuple(self._random.sample(sorted(words), count)) if len(words) >= count else None

    def english(self, kind: str, article: Record, number: int, count: int) -> Question | None:
        """Take English words, all in one article."""
        words = self._english(article, count, number)
        if words is None:
            return None
        return Question(kind, " ".join(words), english=words, known=article["id"])

    def chinese(self, kind: str, article: Record, count: int) -> Question | None:
        """Take Chinese words, all in one summary."""
        words = self._chinese(article, count)
        if words is None:
            return None
        return Question(kind, " ".join(words), chinese=words, known=article["id"])

    def bigram(self, article: Record) -> Question | None:
        """Take any two neighbouring characters, be they a word or not."""
        run = self._run(article, 2)
        if run is None or run in _DATE_WORDS:
            return None
        return Question("zh_bigram", run, chinese=(run,), known=article["id"])

    def mixed(self, article: Record, number: int) -> Question | None:
        """Take an English word of the text and a Chinese one of the summary."""
        english, chinese = self._english(article, 1, number), self._chinese(article, 1)
        if english is None or chinese is None:
            return None
        line = f"{english[0]} {chinese[0]}"
        return Question("mixed", line, english=english, chinese=chinese, known=article["id"])

    def english_phrase(self, article: Record, number: int) -> Question | None:
        """Take two to four words as they stand in a body."""
        words = self._neighbours(article["body"][:8_000], 2 + number % 3)
        if words is None:
            return None
        line = f'"{" ".join(words)}"'
        return Question("phrase_en", line, english=words, phrase=True, known=article["id"])

    def chinese_phrase(self, article: Record) -> Question | None:
        """Take two or three words as they stand in a summary."""
        runs = [cutting.plain_words(run) for run in _HAN.findall(article["summary"])]
        long_runs = [words for words in runs if len(words) >= _FEWEST]
        if not long_runs:
            return None
        words = self._random.choice(long_runs)
        start, size = self._random.randrange(len(words) - 2), self._random.choice((2, 3))
        run = "".join(words[start : start + size])
        if not 3 <= len(run) <= 8:  # noqa: PLR2004
            return None
        return Question("phrase_zh", f'"{run}"', chinese=(run,), phrase=True, known=article["id"])

    def filtered(self, kind: str, article: Record, number: int) -> Question | None:
        """Take one or two English words, or a Chinese one, with a filter or an order beside them."""
        makers: tuple[Callable[[], Question | None], ...] = (
            lambda: self.english(kind, article, 4, 1),
            lambda: self.english(kind, article, number, 2),
            lambda: self.chinese(kind, article, 1),
        )
        question = makers[number % len(makers)]()
        if question is None:
            return None
        extra = {
            "source": {"source": article["source"]},
            "dates": {
                "since": dating.day(article["date"], -_WINDOW_DAYS),
                "until": dating.day(article["date"], _WINDOW_DAYS),
            },
            "newest": {"sort": "newest"},
            "recency": {"sort": "recency"},
        }
        return Question.from_mapping({**question.as_mapping(), **extra[kind]})

    def _run(self, article: Record, size: int) -> str | None:
        runs = [run for run in _HAN.findall(article["summary"]) if len(run) >= size]
        if not runs:
            return None
        run = self._random.choice(runs)
        start = self._random.randrange(len(run) - size + 1)
        return run[start : start + size]


def known_item(kind: str, text: str, known: str) -> Question:
    """Make a question of what somebody remembers of an article; quotes and signs are only duowen's."""
    english, chinese = cutting.latin_words(text), cutting.han_runs(text)
    return Question(kind, text, english=tuple(english), chinese=tuple(chinese), known=known)


def _words(article: Record) -> set[str]:
    text = f"{article['title']} {article['body']}"
    return {word.lower() for word in _WORD.findall(text)} - _OPERATORS


_MAKERS: dict[str, Callable[[Drawer, Record, int], Question | None]] = {
    "en1": lambda drawer, article, number: drawer.english("en1", article, number, 1),
    "en2": lambda drawer, article, number: drawer.english("en2", article, number, 2),
    "en3": lambda drawer, article, number: drawer.english("en3", article, number, 3),
    "en4": lambda drawer, article, number: drawer.english("en4", article, number, 4),
    "zh1": lambda drawer, article, _: drawer.chinese("zh1", article, 1),
    "zh2": lambda drawer, article, _: drawer.chinese("zh2", article, 2),
    "zh_bigram": lambda drawer, article, _: drawer.bigram(article),
    "mixed": lambda drawer, article, number: drawer.mixed(article, number),
    "phrase_en": lambda drawer, article, number: drawer.english_phrase(article, number),
    "phrase_zh": lambda drawer, article, _: drawer.chinese_phrase(article),
    **{
        kind: (lambda drawer, article, number, kind=kind: drawer.filtered(kind, article, number))
        for kind in ("source", "dates", "newest", "recency")
    },
}
