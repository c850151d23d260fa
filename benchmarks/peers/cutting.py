"""Chinese for engines that know no Chinese: rjieba's words in search mode, joined by spaces."""

import re
from functools import cache
from typing import Any

_WORD = re.compile(r"[^\W_]+")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN_WORD = re.compile(r"[^\W_\u3400-\u4dbf\u4e00-\u9fff]+")


@cache
def cutter() -> Any:  # noqa: ANN401
    """Return rjieba, or jieba where there is none; loading takes a while, so it is done when needed."""
    try:
        import rjieba
    except ImportError:
        import jieba

        jieba.setLogLevel("ERROR")
        return jieba
    return rjieba


def spaced(text: str) -> str:
    """Return the text as its search-mode words with a space between; punctuation stays."""
    return " ".join(cutter().cut_for_search(text))


def tokens(run: str) -> list[str]:
    """Return the search-mode words of a query run, lower case, as `spaced` has cut the articles."""
    found = (match.group().lower() for match in _WORD.finditer(spaced(run)))
    return list(found)


def plain_words(run: str) -> list[str]:
    """Return the words of a run one after the other, none inside another."""
    return list(cutter().cut(run))


def han_runs(text: str) -> list[str]:
    """Return the runs of Han characters."""
    return _HAN_RUN.findall(text)


def latin_words(text: str) -> list[str]:
    """Return all words that are not in Han characters."""
    return _LATIN_WORD.findall(text)
