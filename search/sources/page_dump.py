"""The archive's page dump: what a reader of the site sees, as plain text.

    site name                                  may be missing, or close the page
    Source-Title                               see titles.py
    November 24, 2023   2 min   294 words      the page's date may be a day off
    Chinese summary                            one or more paragraphs, perhaps at the end instead
    2023-11-24T02:11:55Z                       when it was published
    photo caption                              directly under the timestamp
    body                                       paragraphs

The page checks itself: its count of words is that of caption and body. A .txt file with none of
these marks is a title and a text.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import BufferedReader

from search import dates
from search.article import Article
from search.errors import ArticleError, SourceError
from search.parts import Precision
from search.sources.encoding import decode
from search.sources.opening import read_whole
from search.sources.options import SourceOptions
from search.sources.page_layout import PageLine, Pieces, lines_of, pages_of, pieces_of
from search.sources.page_marks import counts_of
from search.sources.reader import Found
from search.sources.records import reject
from search.sources.rejected import LayoutDrift
from search.sources.source_file import SourceFile
from search.sources.titles import split_title


def read(stream: BufferedReader, file: SourceFile, options: SourceOptions) -> Iterator[Found]:
    """Read the pages of a text file, or the file as one plain text."""
    lines = lines_of(decode(read_whole(stream)))
    if not any(line.text for line in lines):
        raise SourceError("The file is empty; leave it out, or write a text.")
    pages = pages_of(lines, options)
    if not pages:
        yield _plain_article(lines, file)
        return
    for number, page in enumerate(pages, start=1):
        default_id = file.relative if len(pages) == 1 else f"{file.relative}#{number}"
        yield from _page(page, file, options, default_id)


def _plain_article(lines: Sequence[PageLine], file: SourceFile) -> Found:
    first = next(at for at, line in enumerate(lines) if line.text)
    body = "\n".join(line.text for line in lines[first + 1 :]).strip("\n")
    try:
        return Article(
            id=file.relative, title=lines[first].text, body=body, path=file.path, root=file.root
        )
    except ArticleError as error:
        return reject(file, lines[first].number, str(error))


def _page(
    page: Sequence[PageLine], file: SourceFile, options: SourceOptions, default_id: str
) -> Iterator[Found]:
    line = next(line.number for line in page if line.text)
    pieces = pieces_of(page)
    source, title = split_title(pieces.title, options.known_sources)
    try:
        published, precision, drifts = _published(pieces)
        article = Article(
            id=default_id,
            title=title,
            source=source,
            summary="\n\n".join(pieces.summary),
            body="\n\n".join(pieces.body),
            caption="\n\n".join(pieces.caption),
            published=published,
            precision=precision,
            path=file.path,
            root=file.root,
        )
    except ArticleError as error:
        yield reject(file, line, str(error))
        return
    yield article
    for message in (*drifts, *_miscounted(pieces, article)):
        yield LayoutDrift(file.path, line, message)


def _published(pieces: Pieces) -> tuple[datetime | None, Precision, list[str]]:
    """Return the timestamp, else the page's date, and what is odd about them.

    Raises ArticleError when there is something that should be a date and none can be read.
    """
    read: list[tuple[datetime, Precision]] = []
    faults: list[ArticleError] = []
    for text in filter(None, (pieces.stamp, pieces.meta.date if pieces.meta else "")):
        try:
            read.append(dates.parse(text))
        except ArticleError as error:  # noqa: PERF203 - of two texts
            faults.append(error)
    if not read:
        if faults:
            raise faults[0]
        return None, "second", []
    drifts = [str(fault) for fault in faults]
    if len(read) == 2 and _are_apart(read[0][0], read[1][0]):  # noqa: PLR2004
        drifts.append(
            f"The page says {read[1][0]:%Y-%m-%d} and its timestamp {read[0][0]:%Y-%m-%d}, "
            "more than a day apart; the timestamp was taken."
        )
    return *read[0], drifts


def _are_apart(stamp: datetime, page_date: datetime) -> bool:
    return abs(stamp.date() - page_date.date()) > timedelta(days=1)


def _miscounted(pieces: Pieces, article: Article) -> Iterator[str]:
    meta = pieces.meta
    if meta is None or meta.words is None:
        return
    counts = counts_of(f"{article.caption}\n\n{article.body}", meta)
    if meta.words not in counts and meta.words - pieces.noise_words not in counts:
        yield (
            f"The page says {meta.words} words and {counts[0]} were found in caption and body; "
            "look whether something of the page was missed."
        )
