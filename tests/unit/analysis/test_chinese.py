"""Both libraries that cut Chinese words cut alike, and quietly."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from search.analysis import chinese
from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN

CORPUS = Path(__file__).parents[2] / "corpus"
OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}

needs_rjieba = pytest.mark.skipif(not find_spec("rjieba"), reason="rjieba is not installed")


def runs_of(texts):
    return sorted({run for text in texts for run in HAN_RUN.findall(fold(text))})


def corpus_texts():
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file():
            with OPENERS.get(path.suffix, open)(path, "rb") as stored:
                yield stored.read().decode("utf-8", errors="ignore")


def assert_cut_alike(runs):
    rust, python = chinese._load_rjieba(), chinese._load_jieba()
    different = [
        (run, rust(run), python(run)) for run in runs if sorted(rust(run)) != sorted(python(run))
    ]
    assert different == []


@needs_rjieba
def test_both_cut_the_sample_archive_alike():
    runs = runs_of(corpus_texts())
    assert len(runs) > 300
    assert_cut_alike(runs)


@needs_rjieba
def test_both_cut_real_summaries_alike(shared_data):
    with (shared_data / "news-1k.jsonl").open(encoding="utf-8") as lines:
        runs = runs_of(json.loads(line)["summary"] for line in lines)
    assert len(runs) > 5_000
    assert_cut_alike(runs)


@pytest.mark.parametrize(
    "load", [pytest.param(chinese._load_rjieba, marks=needs_rjieba), chinese._load_jieba]
)
@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("卫星", ["卫星"]),
        ("北京大学", ["北京", "大学", "北京大学"]),
        ("广州惠州", ["广州", "惠州"]),
        ("国际论坛", ["国际", "论坛"]),
        ("星", ["星"]),
    ],
)
def test_words_and_the_words_inside_of_them(load, run, words):
    assert sorted(run[start:end] for start, end in load()(run)) == sorted(words)


@pytest.mark.parametrize("library", [pytest.param("rjieba", marks=needs_rjieba), "jieba"])
def test_many_runs_at_once_have_the_words_of_each(monkeypatch, library):
    monkeypatch.setattr(chinese, "cutter_name", lambda: library)
    runs = runs_of(corpus_texts())[:2_000]
    at_once = Counter(word for word in chinese.word_lists()("\n".join(runs)) if word != "\n")
    each = Counter(run[start:end] for run in runs for start, end in chinese.words(run))
    assert at_once == each
    assert len(at_once) > 300


def test_the_cutter_is_one_of_two(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert chinese.cutter_name() == "jieba"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert chinese.cutter_name() == "rjieba"


SCRIPT = """
import sys
from search.analysis import chinese
from search.analysis.tokens import Tokenizer
list(Tokenizer(chinese_words=False).tokens("卫星 spy"))
assert not {"jieba", "rjieba"} & set(sys.modules), "a dictionary was loaded for nothing"
assert chinese._load_jieba()("卫星") == [(0, 2)]
"""


def test_loading_says_nothing_and_leaves_no_file(tmp_path):
    """jieba itself talks on stderr, and keeps a cache that all users of the machine share."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(CORPUS.parents[1]), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
