"""JSONL: one JSON object per line, in constant memory however long the file is."""

import json
from collections.abc import Iterator
from io import BufferedReader

from search.errors import SourceError
from search.sources.encoding import Line, lines
from search.sources.options import SourceOptions
from search.sources.reader import Found
from search.sources.records import json_fault, reject, to_article
from search.sources.source_file import SourceFile


def read(stream: BufferedReader, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    """Read an article from each line that is not blank."""
    number = 0
    for line in lines(stream):
        if not line.problem and not line.text.strip():
            continue
        number += 1
        yield _article(line, file, options, default_id=f"{file.relative}#{number}")
    if number == 0:
        raise SourceError("The file is empty; leave it out, or write one JSON object per line.")


def looks_like_lines(head: str) -> bool:
    """Tell whether a text starts with one whole JSON object in a line, and another in the next."""
    first, _, rest = head.lstrip().partition("\n")
    if not (first.startswith("{") and rest.lstrip().startswith("{")):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _article(line: Line, file: SourceFile, options: SourceOptions, *, default_id: str) -> Found:
    if line.problem:
        return reject(file, line.number, line.problem)
    try:
        record = json.loads(line.text)
    except (ValueError, RecursionError) as error:
        return reject(
            file, line.number, f"The line is {json_fault(error)}; write one object per line."
        )
    return to_article(record, file, options, line=line.number, default_id=default_id)
