"""The fixtures of tests/cli/desk.py, and a checkout in which what is documented can be tried."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.cli.desk import desk, run, start

__all__ = ["desk", "run", "start"]

TOP = Path(__file__).parents[2]


@pytest.fixture
def late_signal(monkeypatch):
    """Let a signal come when the next run is complete, and only has to be told of."""

    def late_signal(number):
        from search import reindexing

        reindex = reindexing.reindex

        def ending(*args, **options):
            report = reindex(*args, **options)
            signal.raise_signal(number)
            return report

        monkeypatch.setattr(reindexing, "reindex", ending)

    return late_signal


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder like a fresh checkout, with the sample archive in it."""
    shutil.copytree(TOP / "tests" / "corpus", tmp_path / "tests" / "corpus")
    monkeypatch.chdir(tmp_path)
    for name in ("DUOWEN_INDEX", "DUOWEN_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
