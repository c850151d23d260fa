"""The fields, declared once: every engine derives its own schema or mapping from this table."""

from typing import NamedTuple

from search.analysis.folding import fold, fold_word
from search.analysis.scripts import has_han

ANALYSIS_VERSION = 1
"""Raised whenever the same text would be cut into other tokens; every article then counts as changed."""


UNDATED = -(2**62)
"""Stands for no date in columns of seconds: older than anything."""


class TextField(NamedTuple):
    """A field whose words are searched, and how much a word in it counts beside one in the body."""

    name: str
    weight: float


FIELDS = (
    TextField("title", 10.0),
    TextField("summary", 2.0),
    TextField("body", 1.0),
    TextField("caption", 0.7),
)


FIELD_NUMBERS = {text_field.name: number for number, text_field in enumerate(FIELDS)}
"""In which order their positions and counts are kept."""


def keyword(text: str) -> str:
    """Return a source or tag as it is compared: no case, no accents, half width, single spaces."""
    return " ".join(fold_word(fold(text)).split())


def source_matches(wanted: str, source: str) -> bool:
    """Say whether a source goes by the wanted name: `guardian` is The Guardian, `路透` is 路透社."""
    short, full = keyword(wanted), keyword(source)
    if not short:
        return False
    return short in full if has_han(short) else f" {short} " in f" {full} "
