"""The format of a file whose name does not tell it, guessed from its first bytes."""

import json
import re

from search.sources.csv_table import delimiter_of, names_text
from search.sources.encoding import decode_head
from search.sources.options import SourceOptions

_FENCE = re.compile(r"(?:---|\+\+\+)[ \t]*\r?\n")
_JSON_LIST = re.compile(r"\[\s*[{\]]")
_HEADER_NAMES = re.compile(r"[^\n]{1,2000}")


def suffix_of_head(head: bytes, options: SourceOptions) -> str:
    """Return the suffix for a file with this start; `.txt` when nothing speaks for another."""
    text = decode_head(head).lstrip()
    if _FENCE.match(text):
        return ".md"
    if _JSON_LIST.match(text):
        return ".json"
    if text.startswith("{"):
        return _suffix_of_object(text)
    return ".csv" if _is_table(text, options) else ".txt"


def _suffix_of_object(text: str) -> str:
    """JSON, which may be one object per line, if nothing but another object follows the first."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return ".json"  # longer than the head, most likely
    rest = text[end:].lstrip()
    return ".json" if not rest or rest.startswith("{") else ".md"


def _is_table(text: str, options: SourceOptions) -> bool:
    header = _HEADER_NAMES.match(text)
    if header is None:
        return False
    names = [name.strip().strip('"') for name in header[0].split(delimiter_of(header[0]))]
    return len(names) > 1 and names_text(names, options)
