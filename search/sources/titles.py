"""`Source-Title` lines, parted.

A known source decides. Else the two part at the first hyphen that has no space on either side, if
what stands before it can be a publisher. Titles begin with a capital there, so `Beijing-based
firm` is no source with a title, and a few words that headlines join by a hyphen (`Xi-Biden talks`)
are none either.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_TIGHT_HYPHEN = re.compile(r"(?<=\S)[-－‐‑](?=\S)")
_LOOSE_MARK = re.compile(r"\s+[-–—|]\s+|[:：]\s*")
_LONGEST_SOURCE = 40
_MOST_WORDS = 6
_NO_SOURCES = frozenset(
    """
    afghan africa african america american anglo anti arab asia asian asean aukus australia
    australian biden blinken brazil britain british canada canadian centre china chinas chinese co
    cold covid cross east eastern eu euro europe european ex far first five four france franco
    french g gaza german germany global gop half high hong india indian indo iran iranian iraq
    israel israeli italy japan japanese johnson kim korea korean kremlin latin left long low macron
    mao mid modi moscow multi nato netanyahu new non north obama oil one online palestinian post
    pre pro putin re right russia russian russo saudi second self semi short sino south soviet sub
    super syria taiwan taiwanese taliban third three tokyo top trump turkey turkish two u uk
    ukraine ukrainian un us usa vietnam war washington west western world x xi yeltsin zelensky
    zelenskiy zero
    """.split()  # noqa: SIM905 - ninety quoted words would hide the list
)


def split_title(line: str, known_sources: Sequence[str]) -> tuple[str, str]:
    """Return the source, empty when there is none, and the title."""
    line = line.strip()
    known = _pattern(tuple(known_sources)).match(line)
    if known is not None and known["tight"]:
        return known["source"], line[known.end() :].strip()
    hyphen = _TIGHT_HYPHEN.search(line)
    if hyphen is not None and _can_be_parted(line[: hyphen.start()], line[hyphen.end() :]):
        return line[: hyphen.start()].strip(), line[hyphen.end() :].strip()
    if known is not None:
        return known["source"], line[known.end() :].strip()
    return "", line


@lru_cache(maxsize=8)
def _pattern(known_sources: tuple[str, ...]) -> re.Pattern[str]:
    """Find a known source at the start of a line, the longest one, and the mark after it."""
    names = "|".join(
        re.escape(name) for name in sorted(known_sources, key=len, reverse=True) if name
    )
    return re.compile(
        rf"(?P<source>{names or '(?!)'})(?:(?P<tight>{_TIGHT_HYPHEN.pattern})"
        rf"|(?:{_LOOSE_MARK.pattern})(?=\S))",
        re.IGNORECASE,
    )


def _can_be_parted(source: str, title: str) -> bool:
    first, words = title[0], source.split()
    return (
        len(source) <= _LONGEST_SOURCE
        and len(words) <= _MOST_WORDS
        and not source[0].islower()
        and not source[-1].isdigit()
        and not first.islower()
        and not first.isdigit()
        and source.lower() not in _NO_SOURCES
    )
