"""The articles: the real set, and a seeded generator of bilingual news for any size."""

import hashlib
import io
import json
import lzma
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from benchmarks.peers.port import Record
from benchmarks.peers.reading import records, text_bytes

VARIABLE = "DUOWEN_BENCH_DATA"
_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"
_LARGE, _SMALL, _KNOWN_ITEMS = "news-50k.jsonl.xz", "news-1k.jsonl", "queries-dev.jsonl"
_SMALL_SIZE = 1_000

VOCABULARY = 400_000
CHINESE_VOCABULARY = 40_000
_ZIPF = 1.1
BATCH = 1_000
_FIRST_DAY, _LAST_DAY = 1_136_073_600, 1_704_067_200
_SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "ki", "le", "mo", "nu", "pa", "que", "ri", "sto", "tra"),
    *("ul", "ven", "wes", "xi", "yor", "zan", "ther", "ing", "con", "ment"),
)
_SOURCES = ("Harbour Wire", "Morning Ledger", "The Observatory", "海港通讯", "Signal and Noise")
_SOURCE_SHARES = (0.6, 0.2, 0.1, 0.06, 0.04)


class NoData(Exception):
    """The real set is not where it was looked for; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles in a plain JSONL file; `text_bytes` is the size of what is searched."""

    path: Path
    name: str
    articles: int
    text_bytes: int
    digest: str

    def as_mapping(self) -> dict[str, Any]:
        """Return what a run keeps of it: no path, no text."""
        return {name: value for name, value in asdict(self).items() if name != "path"}


def data_folder(named: str | None) -> Path:
    """Return the folder of the real set: --data, else the environment, else beside the checkout."""
    folder = Path(named or os.environ.get(VARIABLE) or _DEFAULT)
    if not (folder / _SMALL).exists():
        raise NoData(f"no {_SMALL} there; name the folder: --data DIR or {VARIABLE}=DIR")
    return folder


def real(folder: Path, articles: int, work: Path) -> Corpus:
    """Write the first articles of the real set as plain JSONL: unpacking is nobody's to be timed."""
    path = work / f"news-{articles}.jsonl"
    small = folder / _SMALL
    with small.open("rb") if articles <= _SMALL_SIZE else lzma.open(folder / _LARGE) as lines:
        return _write(path, "news", islice(lines, articles))


def synthetic(seed: int, articles: int, work: Path) -> Corpus:
    """Write generated articles as plain JSONL, in constant memory."""
    encoded = (
        json.dumps(record, ensure_ascii=False).encode() + b"\n"
        for record in generate(seed, articles)
    )
    return _write(work / f"synthetic-{articles}.jsonl", f"synthetic (seed {seed})", encoded)


def known_items(folder: Path, corpus: Corpus) -> list[dict[str, str]]:
    """Return the known-item queries whose article is in the corpus."""
    held = {record["id"] for record in records(corpus.path)}
    with (folder / _KNOWN_ITEMS).open(encoding="utf-8") as lines:
        return [item for item in map(json.loads, lines) if item["doc_id"] in held]


def sample(corpus: Corpus, at_most: int) -> list[Record]:
    """Return articles spread evenly over the corpus."""
    step = max(1, corpus.articles // at_most)
    return list(islice(islice(records(corpus.path), 0, None, step), at_most))


def generate(seed: int, articles: int) -> Iterator[Record]:
    """Yield articles with Zipf's vocabulary in both languages, in no order of time."""
    import numpy as np

    random = np.random.default_rng(seed)
    english = np.array(_english_words(random), dtype=object)
    chinese, frequencies = _chinese_words()
    shares = (np.arange(len(english)) + 2.7) ** -_ZIPF
    english_steps, chinese_steps = np.cumsum(shares / shares.sum()), np.cumsum(frequencies)
    for start in range(0, articles, BATCH):
        size = min(BATCH, articles - start)
        lengths = np.clip(random.lognormal(6.0, 0.55, size), 40, 8_000).astype(int)
        words = english[np.searchsorted(english_steps[:-1], random.random(int(lengths.sum())))]
        runs = random.integers(40, 110, size)
        characters = chinese[np.searchsorted(chinese_steps[:-1], random.random(int(runs.sum())))]
        dates = random.integers(_FIRST_DAY, _LAST_DAY, size)
        sources = random.choice(len(_SOURCES), size, p=_SOURCE_SHARES)
        bodies = np.split(words, np.cumsum(lengths)[:-1])
        summaries = np.split(characters, np.cumsum(runs)[:-1])
        rows = zip(bodies, summaries, dates, sources, strict=True)
        for number, (body, summary, date, source) in enumerate(rows, start):
            yield _article(number, list(body), list(summary), int(date), _SOURCES[source])


def _article(number: int, body: list[str], summary: list[str], date: int, source: str) -> Record:
    from datetime import datetime, timezone

    sentences = [body[start : start + 18] for start in range(0, len(body), 18)]
    clauses = ["".join(summary[start : start + 7]) for start in range(0, len(summary), 7)]
    return {
        "id": f"synthetic/{number:07d}",
        "title": " ".join(sorted(body[:40], key=len)[-8:]).capitalize(),
        "source": source,
        "date": datetime.fromtimestamp(date, timezone.utc).isoformat(),
        "summary": "，".join(clauses) + "。",
        "body": " ".join(" ".join(words).capitalize() + "." for words in sentences),
    }


def _english_words(random: Any) -> list[str]:  # noqa: ANN401
    """Make up words: the short ones first, as in any language; names and numbers among the rare."""
    made: dict[str, None] = {}
    syllables = 1
    while len(made) < VOCABULARY:
        size = min(VOCABULARY, max(len(_SYLLABLES), 30 ** min(syllables, 4)))
        picks = random.integers(0, len(_SYLLABLES), (size, syllables))
        for row in picks:
            made["".join(_SYLLABLES[pick] for pick in row)] = None
        syllables += 1
    return list(made)[:VOCABULARY]


def _chinese_words() -> tuple[Any, Any]:
    """Return the commonest words of jieba's own dictionary, and their shares."""
    import jieba
    import numpy as np

    rows = []
    with jieba.get_dict_file() as lines:
        for line in io.TextIOWrapper(lines, encoding="utf-8"):
            word, frequency, *_ = line.split()
            if "\u4e00" <= word[0] <= "\u9fff":
                rows.append((int(frequency), word))
    rows.sort(reverse=True)
    frequencies = np.array([frequency for frequency, _ in rows[:CHINESE_VOCABULARY]], dtype=float)
    words = np.array([word for _, word in rows[:CHINESE_VOCABULARY]], dtype=object)
    return words, frequencies / frequencies.sum()


def _write(path: Path, name: str, lines: Iterable[bytes]) -> Corpus:
    digest, count, size = hashlib.sha256(), 0, 0
    with path.open("wb") as target:
        count, size = _copy(lines, target, digest)
    return Corpus(path, name, count, size, digest.hexdigest()[:16])


def _copy(lines: Iterable[bytes], target: IO[bytes], digest: Any) -> tuple[int, int]:  # noqa: ANN401
    count = size = 0
    for line in lines:
        target.write(line)
        digest.update(line)
        size += text_bytes(json.loads(line))
        count += 1
    return count, size
