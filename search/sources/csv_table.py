"""CSV and TSV: a header that names the fields, then one article per row.

The delimiter is the one that parts the header into the most names. Quoting is strict: a row whose
quotes do not close is rejected, and not silently taken for a long one.
"""

from collections.abc import Iterator, Sequence
from io import BufferedReader

from search.errors import SourceError
from search.parts import TEXT_FIELDS
from search.sources.encoding import LINE_LIMIT, lines
from search.sources.options import SourceOptions
from search.sources.reader import Found
from search.sources.records import reject, to_article, usual_name
from search.sources.rejected import LayoutDrift
from search.sources.source_file import SourceFile

_DELIMITERS = (",", ";", "\t", "|")


def read(stream: BufferedReader, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    """Read an article from each row under the header."""
    import csv

    csv.field_size_limit(LINE_LIMIT)  # the module's own limit is 128 KiB, less than a long article
    text = _Lines(stream)
    first = next((line for line in text if line.strip()), "")
    delimiter = delimiter_of(first)
    try:
        header = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:  # a lone carriage return
        header = []
    if not names_text(header, options):
        raise SourceError(
            "The first line names no title, summary or body column; add a header, "
            "or map the names of the columns in the settings."
        )
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    while True:
        line = text.number + 1
        try:
            row = next(rows, None)
        except (csv.Error, SourceError) as error:
            number += 1
            told = isinstance(error, SourceError)
            reason = str(error) if told else f"The row cannot be read ({error}); mend its quotes."
            yield reject(file, text.number if told else line, reason)
            continue
        if row is None:
            break
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        yield from _row(header, row, file, options, line, f"{file.relative}#{number}")
    if number == 0:
        raise SourceError("The table has no rows under its header; leave it out.")


def delimiter_of(header: str) -> str:
    """Choose the delimiter that parts a header line into the most names."""
    return max(_DELIMITERS, key=header.count)


def names_text(header: Sequence[str], options: SourceOptions) -> bool:
    """Tell whether a header names a column with text, under any of its names."""
    known = {usual_name(name) for field in TEXT_FIELDS for name in options.names.get(field, ())}
    return any(usual_name(name) in known for name in header)


def _row(  # noqa: PLR0913 - a row, and where it stands
    header: Sequence[str],
    row: Sequence[str],
    file: SourceFile,
    options: SourceOptions,
    line: int,
    default_id: str,
) -> Iterator[Found]:
    if len(row) > len(header):
        yield reject(
            file,
            line,
            f"The row has {len(row)} columns and the header {len(header)}; "
            "put text that holds the delimiter in quotes.",
        )
        return
    record = dict(zip(header, row, strict=False))
    yield to_article(record, file, options, line=line, default_id=default_id)
    if len(row) < len(header):
        yield LayoutDrift(
            file.path,
            line,
            f"The row has {len(row)} of {len(header)} columns; the others were taken for empty.",
        )


class _Lines:
    """The lines of a file as the csv module wants them.

    Not a generator: that would be over once it raised for a bad line, and here the next line comes.
    """

    def __init__(self, stream: BufferedReader) -> None:
        self._lines = lines(stream)
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.number += 1
        line = next(self._lines)
        if line.problem:
            raise SourceError(line.problem)
        return line.text + "\n"
