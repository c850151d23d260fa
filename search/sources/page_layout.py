"""A page dump, taken apart: which lines are which piece.

`pages_of` parts a file into pages, `pieces_of` a page into its pieces. Every piece may be missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from search.sources.options import SourceOptions
from search.sources.page_marks import (
    Meta,
    can_be_site_name,
    counts_of,
    ends_with_credit,
    is_mostly_han,
    is_noise,
    is_page_date,
    is_stamp,
    meta_of,
    plain,
)
from search.sources.titles import split_title

_HEAD_LINES = 3


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of the file, stripped at both ends."""

    number: int
    text: str


@dataclass(slots=True)
class Pieces:
    """What stands on a page. `noise_words` counts the words of buttons that were left out."""

    title: str = ""
    meta: Meta | None = None
    stamp: str = ""
    summary: list[str] = field(default_factory=list)
    caption: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    noise_words: int = 0


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines without a blank one between; `is_stamped` when a timestamp stands directly above."""

    lines: tuple[str, ...]
    is_stamped: bool

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def lines_of(text: str) -> list[PageLine]:
    """Give numbered lines, stripped of indentation and ideographic spaces."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return [
        PageLine(number, line.strip().strip("\ufeff\u200b").strip())
        for number, line in enumerate(unified.split("\n"), start=1)
    ]


def pages_of(lines: Sequence[PageLine], options: SourceOptions) -> list[list[PageLine]]:
    """Part a file into pages, each without the site's name; none at all when it is no page dump."""
    sites = {*options.site_names, _learned_site(lines, options)}
    pages: list[list[PageLine]] = [[]]
    for line in lines:
        if line.text and line.text in sites:
            pages.append([])
        else:
            pages[-1].append(line)
    pages = [page for page in pages if any(line.text for line in page)]
    if not any(_is_marked(page, options) for page in pages):
        return []
    joined: list[list[PageLine]] = []
    for page in pages:
        if joined and not _is_marked(page, options):
            joined[-1].extend(page)  # the site's name was the foot of the page, or a word in it
        else:
            joined.append(page)
    return [part for page in joined for part in _parted_by_meta(page)]


def pieces_of(page: Sequence[PageLine]) -> Pieces:
    """Take a page apart."""
    pieces = Pieces()
    rest = _without_head(page, pieces)
    stamps = [at for at, line in enumerate(rest) if is_stamp(line)]
    first_stamp = stamps[0] if stamps else len(rest)
    before = _blocks(rest[:first_stamp], pieces)
    after = _blocks(rest[first_stamp:], pieces)
    if stamps:
        pieces.stamp = rest[first_stamp]
        pieces.summary = [block.text for block in before if is_mostly_han(block.text)]
        pieces.body = [block.text for block in before if not is_mostly_han(block.text)]
    else:
        after = _take_leading_summary(before, pieces)
    for block in after:
        _place(block, pieces, is_alone=len(after) == 1)
    if not pieces.summary:
        _take_closing_summary(pieces)
    return pieces


def _learned_site(lines: Sequence[PageLine], options: SourceOptions) -> str:
    """Return the first line if it is the name of a site over a title, else nothing."""
    head: list[str] = []
    for line in lines:
        if meta_of(line.text) or is_stamp(line.text) or len(head) == _HEAD_LINES:
            break
        if line.text:
            head.append(line.text)
    if len(head) < 2 or not can_be_site_name(head[0]):  # noqa: PLR2004
        return ""
    has_source = bool(split_title(head[0], options.known_sources)[0])
    title_follows = not is_page_date(head[1]) and head[1][-1] not in "。.！!"
    return head[0] if title_follows and not has_source else ""


def _is_marked(page: Sequence[PageLine], options: SourceOptions) -> bool:
    """Tell whether anything on a page says that it is one."""
    if any(is_stamp(line.text) or meta_of(line.text) for line in page):
        return True
    head = [line.text for line in page if line.text][:_HEAD_LINES]
    return bool(head) and (
        _has_known_source(head[0], options) or any(is_page_date(line) for line in head[1:])
    )


def _has_known_source(line: str, options: SourceOptions) -> bool:
    source, _ = split_title(line, options.known_sources)
    return source.casefold() in {known.casefold() for known in options.known_sources}


def _parted_by_meta(page: list[PageLine]) -> Iterator[list[PageLine]]:
    """Part pages without the site's name between them: a title stands over each meta line."""
    start, title, last_meta = 0, -1, -1
    for at, line in enumerate(page):
        meta = meta_of(line.text)
        if meta is not None and meta.words is not None:
            if 0 <= last_meta < title:
                yield page[start:title]
                start = title
            last_meta = at
        elif line.text:
            title = at
    yield page[start:]


def _without_head(page: Sequence[PageLine], pieces: Pieces) -> list[str]:
    """Take the title and the meta line off, and return the texts of the other lines."""
    rest: list[str] = []
    visible = 0
    for line in page:
        visible += bool(line.text)
        meta = meta_of(line.text) if pieces.meta is None else None
        is_head = bool(line.text) and visible <= _HEAD_LINES and pieces.meta is None
        if meta is not None:
            pieces.meta = meta
        elif is_head and visible > 1 and is_page_date(line.text):
            pieces.meta = Meta(date=line.text, words=None, by_character=False)
        elif is_head and visible == 1 and not is_stamp(line.text):
            pieces.title = line.text
        else:
            rest.append(line.text)
    return rest


def _blocks(lines: Sequence[str], pieces: Pieces) -> list[_Block]:
    blocks: list[_Block] = []
    current: list[str] = []
    stamped = False
    for line in [*lines, ""]:
        ends = not line or is_stamp(line)
        if ends and current:
            blocks.append(_Block(tuple(current), stamped))
            current = []
        if ends:
            stamped = bool(line)
        elif is_noise(line):
            pieces.noise_words += len(plain(line).split())
        else:
            current.append(line)
    return blocks


def _take_leading_summary(blocks: list[_Block], pieces: Pieces) -> list[_Block]:
    """Without a timestamp the Chinese paragraphs at the head are the summary, and the rest is not.

    On a page that is Chinese throughout, the count of words tells where the summary ends.
    """
    count = next(
        (at for at, block in enumerate(blocks) if not is_mostly_han(block.text)), len(blocks)
    )
    if count == len(blocks) > 1:
        count = _fitting_summary(blocks, pieces.meta)
    pieces.summary = [block.text for block in blocks[:count]]
    return blocks[count:]


def _fitting_summary(blocks: Sequence[_Block], meta: Meta | None) -> int:
    for count in range(len(blocks)):
        text = "\n\n".join(block.text for block in blocks[count:])
        if meta is not None and meta.words in counts_of(text, meta):
            return count
    return 1


def _place(block: _Block, pieces: Pieces, *, is_alone: bool) -> None:
    """Put a block where it belongs: what stands directly under a timestamp is a caption."""
    credited = [at for at, line in enumerate(block.lines) if ends_with_credit(line)]
    if not block.is_stamped:
        target = pieces.caption if ends_with_credit(block.text) else pieces.body
        target.append(block.text)
        return
    captions = credited[-1] + 1 if credited else len(block.lines)
    if is_alone and not credited:  # no blank lines at all, or a text without a picture
        captions = 1 if len(block.lines) > 1 else 0
    if block.lines[:captions]:
        pieces.caption.append("\n".join(block.lines[:captions]))
    pieces.body.extend(block.lines[captions:])


def _take_closing_summary(pieces: Pieces) -> None:
    """Take Chinese paragraphs at the end of an English body for the summary."""
    end = len(pieces.body)
    while end > 0 and is_mostly_han(pieces.body[end - 1]):
        end -= 1
    if end > 0:
        pieces.summary = pieces.body[end:]
        pieces.body = pieces.body[:end]
