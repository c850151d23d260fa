"""One file, read: the table of formats, and the door through which every file goes."""

import os
from collections.abc import Generator, Mapping
from io import BufferedReader

from search.errors import SourceError
from search.sources import csv_table, json_array, jsonl, markdown, page_dump
from search.sources.opening import HEAD, opened, without_compression
from search.sources.options import DEFAULT_OPTIONS, SourceOptions
from search.sources.reader import Found, Reader
from search.sources.records import reject
from search.sources.sniffing import suffix_of_head
from search.sources.source_file import SourceFile

READERS: Mapping[str, Reader] = {
    ".txt": page_dump.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".json": json_array.read,
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
    ".csv": csv_table.read,
    ".tsv": csv_table.read,
}
"""Suffix -> reader; each of them may also be followed by .gz, .bz2 or .xz."""

READING_VERSION = 1
"""To be raised when a reader makes another article of the same bytes: all files are read again then."""


def read(
    file: SourceFile, options: SourceOptions = DEFAULT_OPTIONS
) -> Generator[Found, None, None]:
    """Read a file's articles, in their order, with a Rejected for each record that is bad.

    Nothing that a file holds makes this raise. A LayoutDrift follows the article it speaks of.
    """
    try:
        with opened(file) as stream:
            yield from _reader(file, stream, options)(stream, file, options)
    except SourceError as error:
        yield reject(file, 0, str(error))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        yield reject(file, 0, f"The file cannot be read ({reason}); check it and its permissions.")
    except MemoryError:
        yield reject(file, 0, "The file needs more memory than there is; split it.")


def format_suffix(name: str) -> str:
    """Return the suffix that tells a file's format, or an empty one when none is known."""
    _, suffix = os.path.splitext(without_compression(name))
    return suffix.lower() if suffix.lower() in READERS else ""


def _reader(file: SourceFile, stream: BufferedReader, options: SourceOptions) -> Reader:
    suffix = format_suffix(file.path) or suffix_of_head(stream.peek(HEAD), options)
    return READERS[suffix]
