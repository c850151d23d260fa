"""The same articles in an index of one segment, of several, and of several with deleted documents."""

from dataclasses import replace

import pytest

from search.library import open_index


def _one(index, articles):
    _put(index, articles)


def _several(index, articles):
    for start in range(0, len(articles), 17):
        _put(index, articles[start : start + 17])


def _changed(index, articles):
    """Two of three articles were another one before, and others were there that are gone."""
    others = articles[1:] + articles[:1]
    stale = [
        article if at % 3 == 2 else replace(other, id=article.id)
        for at, (article, other) in enumerate(zip(articles, others, strict=True))
    ]
    gone = [replace(article, id=f"gone {article.id}") for article in articles[::4]]
    _put(index, stale + gone)
    renewed = [article for at, article in enumerate(articles) if at % 3 != 2]
    for start in range(0, len(renewed), 20):
        _put(index, renewed[start : start + 20])
    with index.writer() as writer:
        for article in gone:
            writer.remove(article.id)


LAYOUTS = {"one segment": _one, "several segments": _several, "changed and removed": _changed}


def laid_out(layout, articles, folder):
    """Return an index that holds these articles, made in this way."""
    index = open_index(folder, create=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.engines.merge_policy.FANOUT", 10_000)  # no segments are merged
        patch.setattr("search.engines.merge_policy.MOST_DELETED", 1.0)  # nor written anew
        LAYOUTS[layout](index, list(articles))
    return index


def _put(index, articles):
    with index.writer() as writer:
        for article in articles:
            writer.put(article)
