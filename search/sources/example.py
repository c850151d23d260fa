"""A living template for a new format: copy it, and follow the five steps.

1.  Write `read` with this signature. Never raise for one bad record: `reject` it, with its line.
Raise
    SourceError only when nothing more can be read. `lines` gives a file of any size line by line,
    `decode(read_whole(stream))` gives it at once; both know about encodings and never replace a
    character. Packages that not everybody needs are imported inside the function.
2.  Hand each record to `to_article`, with `relative#n` as its identity, or with `relative` when a
file
    can only hold one article. It knows the field names, the dates and the tags.
3.  Add the suffix to READERS in reading.py; a format that can also come without a suffix gets a
line
    in sniffing.py.
4.  Add a test to tests/unit/sources, and the suffix to tests/properties/test_sources.py.
5.  Add a line to the list of formats in the documentation.

The format here is `name: value` lines, with a blank line between two articles:

    title: Ministers meet in Busan
    date: 2023-11-24
    body: They met.
"""

from collections.abc import Iterator
from io import BufferedReader

from search.sources.encoding import lines
from search.sources.options import SourceOptions
from search.sources.reader import Found
from search.sources.records import reject, to_article
from search.sources.source_file import SourceFile


def read(stream: BufferedReader, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    """Read an article from each group of lines."""
    record: dict[str, object] = {}
    number = start = 0
    for line in lines(stream):
        name, colon, value = line.text.partition(":")
        if line.problem or (line.text.strip() and not colon):
            yield reject(
                file, line.number, line.problem or "The line has no colon; write name: value."
            )
        elif colon:
            start = start if record else line.number
            record[name.strip()] = value.strip()
        elif record:
            number += 1
            yield to_article(
                record, file, options, line=start, default_id=f"{file.relative}#{number}"
            )
            record = {}
    if record:
        yield to_article(
            record, file, options, line=start, default_id=f"{file.relative}#{number + 1}"
        )
