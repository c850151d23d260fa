"""JSON: an object, a list of objects, or an object that holds the list as `articles` or `items`.

A list is read element by element, so that a file which breaks off still gives the articles before
the break, and an element that cannot be parsed (nested too deeply, a number too long) costs only
itself. A file named .json that holds one object per line, as many do, is read as JSONL.
"""

import json
import re
from collections.abc import Iterator
from io import BufferedReader

from search.errors import SourceError
from search.sources import jsonl
from search.sources.encoding import decode, decode_head
from search.sources.opening import HEAD, read_whole
from search.sources.options import SourceOptions
from search.sources.reader import Found
from search.sources.records import json_fault, reject, to_article
from search.sources.source_file import SourceFile

_WRAPPERS = ("articles", "items")
_BLANK = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?P<close>"|\\?\Z)|[\[\]{}]', re.DOTALL)
_AFTER_NUMBER = re.compile(r"[,\]]")
_DECODER = json.JSONDecoder()
_BAD = (ValueError, RecursionError)


def read(stream: BufferedReader, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    """Read the articles of a JSON file."""
    if jsonl.looks_like_lines(decode_head(stream.peek(HEAD))):
        yield from jsonl.read(stream, file, options)
        return
    text = decode(read_whole(stream))
    if not text.strip():
        raise SourceError("The file is empty; leave it out, or write a JSON list of articles.")
    start = _list_start(text)
    if start is not None:
        yield from _elements(text, start, file, options)
        return
    try:
        record = json.loads(text)
    except _BAD as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        yield reject(file, line, f"The file is {json_fault(error)}; mend it, or write it anew.")
        return
    yield to_article(record, file, options, line=1, default_id=file.relative)


def _list_start(text: str) -> int | None:
    """Return where the list of articles opens, or None when there is none."""
    at = _after_blank(text, 0)
    if text.startswith("[", at):
        return at
    while text.startswith(("{", ","), at):
        try:
            key, at = _DECODER.raw_decode(text, _after_blank(text, at + 1))
            at = _after_blank(text, _after_blank(text, at) + 1)  # over the colon
            if key in _WRAPPERS and text.startswith("[", at):
                return at
            _, at = _DECODER.raw_decode(text, at)
        except (*_BAD, TypeError):  # TypeError: a key that is no string
            return None
        at = _after_blank(text, at)
    return None


def _elements(text: str, at: int, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    number, line, counted = 0, 1, 0
    at = _after_blank(text, at + 1)
    while not text.startswith("]", at):
        number += 1
        line += text.count("\n", counted, at)
        counted = at
        try:
            record, end = _DECODER.raw_decode(text, at)
        except _BAD as error:
            yield reject(file, line, f"The record is {json_fault(error)}; mend it.")
            end = _element_end(text, at)
        else:
            yield to_article(
                record, file, options, line=line, default_id=f"{file.relative}#{number}"
            )
        at = _after_blank(text, end)
        if text.startswith(",", at):
            at = _after_blank(text, at + 1)
        elif not text.startswith("]", at):
            line += text.count("\n", counted, at)
            yield reject(file, line, "The list breaks off here and was not read on; mend it.")
            return
    if number == 0:
        raise SourceError("The file is a list of no articles; leave it out.")


def _element_end(text: str, at: int) -> int:
    """Find the end of an element by its brackets alone, which needs no recursion."""
    if not text.startswith(("[", "{", '"'), at):
        found = _AFTER_NUMBER.search(text, at)
        return found.start() if found else len(text)
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token.group() in ("[", "{"):
            depth += 1
        elif token.group() in ("]", "}"):
            depth -= 1
        if depth <= 0:
            return token.end() if depth == 0 else token.start()
    return len(text)


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
