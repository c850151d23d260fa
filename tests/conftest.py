"""What all tests share: the sample archive, an index of it, and where the shared data may lie."""

from pathlib import Path

import pytest

from search.article import Article
from search.library import open_index
from search.reindexing import reindex
from search.sources.reading import read
from search.sources.walking import walk

CORPUS = Path(__file__).parent / "corpus"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def corpus_articles():
    """Every article of the sample archive."""
    values = [value for entry in walk([str(CORPUS)]) for value in read(entry)]
    assert all(isinstance(value, Article) for value in values), values
    return values


@pytest.fixture(scope="session")
def corpus_index_folder(tmp_path_factory):
    """An index of the sample archive; nobody writes to it."""
    folder = tmp_path_factory.mktemp("corpus") / "index"
    report = reindex([CORPUS], folder)
    assert not report.rejected
    return folder


@pytest.fixture(scope="session")
def corpus_index(corpus_index_folder):
    with open_index(corpus_index_folder) as index:
        yield index


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real articles; it is no part of the project, and absent on most machines."""
    if not (SHARED / "news-1k.jsonl").exists():
        pytest.skip("the real articles are not beside this checkout")
    return SHARED
