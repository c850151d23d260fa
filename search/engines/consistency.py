"""Whether what a segment says fits together: for a deep check, when its bytes are known to be intact.

Tables and postings are compared by array operations. Articles are unpacked one by one, since only so
one sees that each is still the text that was indexed.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from search.article import content_hash
from search.columnar.cuts import Cuts
from search.columnar.inverting import FIELD_COUNT
from search.columnar.layout import Array, Sections
from search.columnar.pages import FULL, PAGE_BITS, PAGED, SOME
from search.columnar.segment import Segment
from search.columnar.strings import Strings
from search.columnar.writing import RARE
from search.engines.documents import StoredDocuments, seconds
from search.schema import keyword

BROKEN = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What is raised where bytes are intact, but are no index."""

_TABLES = (
    "ids", "titles", "urls", "sources", "paths", "roots", "tags", "stored", "stored.dictionaries",
)  # fmt: skip
_NAMES = ("ids", "urls", "paths", "roots")
_PRECISIONS = 5
_HASH_BYTES = 16
_COUNTED_ONLY = b"="
_AT_ONCE = 1 << 21


def contradictions(segment: Segment, analysis: int) -> Iterator[str]:
    """Yield what does not fit together in a segment, in the words of a detail of a damage.

    `analysis` is the version by which its texts were cut. May raise what arrays raise where they are not
    of the shape that they should have.
    """
    for look in (_tables, _columns, _dictionary, _postings, _tokens):
        found = list(look(segment))
        yield from found
        if found:
            return  # what comes next builds on it
    yield from _articles(segment, str(analysis))


def contradictions_of_names(names: Sections, deleted: Array) -> Iterator[str]:
    """Yield what does not fit together in a file of names, of a segment with these deletions."""
    found = list(_strings(names, _NAMES))
    yield from found
    if found:
        return
    count, sizes = len(deleted), {name: len(Strings(names, name)) for name in _NAMES}
    order = names.array("ids.order")
    if not sizes["ids"] == sizes["urls"] == count or not _below(order, count, len(order)):
        yield "it is of another number of articles than its segment"
        return
    ids = Strings(names, "ids")
    if any(first >= second for first, second in pairwise(ids[n] for n in order.tolist())):
        yield "its ids are not in their order, or one is there twice"
    if not np.isin(np.flatnonzero(~deleted), order).all():
        yield "it leaves out articles that are not deleted"
    for name in ("paths", "roots"):
        if not _below(names.array(f"documents.{name}"), sizes[name], count):
            yield f"its column documents.{name} points to what is not there"


def _tables(segment: Segment) -> Iterator[str]:
    yield from _strings(segment.sections, _TABLES)
    for name, words in (
        ("groups", segment.groups),
        ("forms", segment.labels),
        ("terms", segment.terms),
    ):
        if not words.fit():
            yield f"its strings {name} do not fit together"


def _strings(sections: Sections, tables: Sequence[str]) -> Iterator[str]:
    for name in tables:
        starts = sections.array(f"{name}.starts")
        if not _cuts(starts, len(sections.section(f"{name}.bytes").data)):
            yield f"its strings {name} do not fit together"


def _columns(segment: Segment) -> Iterator[str]:
    """Compare the sizes of all columns, and what they point to."""
    sections, count = segment.sections, segment.count

    sizes = {name: len(Strings(sections, name)) for name in _TABLES}
    for name in ("ids", "titles", "urls", "stored"):
        if sizes[name] != count:
            yield f"it has {sizes[name]} {name} for {count} articles"
    for name, limit in (
        ("documents.precisions", _PRECISIONS),
        ("documents.sources", sizes["sources"]),
        ("documents.paths", sizes["paths"]),
        ("documents.roots", sizes["roots"]),
        ("stored.dictionary_of", sizes["stored.dictionaries"]),
        ("ids.order", count),
    ):
        if not _below(sections.array(name), limit, count):
            yield f"its column {name} points to what is not there"
    tags, tagged = sections.array("tags.number"), sections.array("tags.document")
    if not (_below(tags, sizes["tags"], len(tagged)) and _below(tagged, count, len(tags))):
        yield "its tags point to what is not there"
    if len(sections.array("documents.hashes")) != count * _HASH_BYTES:
        yield "its column documents.hashes is of another size"
    if len(sections.array("documents.lengths")) != count * FIELD_COUNT:
        yield "its column documents.lengths is of another size"
    dates = sections.array("documents.dates")
    if len(dates) != count or (dates[1:] < dates[:-1]).any():
        yield "its articles are not in the order of time"


def _dictionary(segment: Segment) -> Iterator[str]:
    ids = StoredDocuments(segment).ids_in_order()
    if any(first >= second for first, second in pairwise(ids)):
        yield "its ids are not in their order, or one is there twice"
    groups = segment.groups.between(0, len(segment.groups))
    if any(first >= second for first, second in pairwise(groups)):
        yield "its words are not in their order, or one is there twice"
    terms = segment.terms.between(0, len(segment.terms))
    if any(first > second for first, second in pairwise(terms)):
        yield "its exact terms are not in their order"
    starts = segment.label_starts
    if len(starts) != len(groups) + 1 or not starts.fit(len(segment.labels)):
        yield "its forms do not fit its words"
        return
    group, form = (segment.sections.array(f"terms.{name}") for name in ("group", "form"))
    if not len(group) == len(form) == len(terms) or (group >= len(groups)).any():
        yield "its exact terms point to what is not there"
    elif (form >= starts.sizes(0, len(groups))[group]).any():
        yield "its exact terms are of forms that are not there"


def _pages_fit(segment: Segment, group: int) -> bool:
    """Say whether the pages of a frequent group hold as many documents as it has postings."""
    pages, documents = segment.pages(group), segment.documents_of(group)
    return (
        pages is not None
        and len(pages.numbers) == len(pages.words) == len(pages.ends)
        and len(documents) == int(pages.ends[-1]) == segment.frequency(group)
        and int(documents[-1]) < segment.count
    )


def _postings(segment: Segment) -> Iterator[str]:
    """Look at the documents of all groups: in range and ascending, in pages where they should be."""
    array = segment.sections.array
    starts, codes = segment.starts, array("postings.codes")
    if len(starts) != len(segment.groups) + 1 or not starts.fit(len(codes)):
        yield "its postings do not fit its words"
        return
    rare = np.flatnonzero(codes == RARE)
    table = len(array("postings.counts"))
    known = bool(((codes < table) | (codes == RARE)).all()) and table <= RARE
    if not (
        known
        and np.array_equal(rare, array("postings.rare_places"))
        and len(array("postings.rare_counts")) == len(rare)
    ):
        yield "the counts of its postings do not fit together"
    sizes = starts.sizes(0, len(segment.groups))
    paged = sizes >= PAGED
    page_starts, ends = array("pages.starts"), _ends(sizes[paged])
    halves = array("pages.sizes")
    pages, rows = int(page_starts[-1]), len(ends) - 1
    if not (
        np.array_equal(np.flatnonzero(paged), array("pages.groups"))
        and np.array_equal(ends, array("pages.postings"))
        and len(page_starts) == len(array("pages.document_starts")) == len(ends)
        and _cuts(page_starts, len(array("pages.impacts")))
        and _cuts(array("pages.document_starts"), len(array("pages.documents")))
        and len(halves) == (pages + 1) // 2
        and bool((halves & 15 <= FULL).all())
        and bool((halves >> 4 <= FULL).all())
        and len(array("pages.standing")) == rows * -(-segment.count // (8 << PAGE_BITS))
        and all(_pages_fit(segment, group) for group in array("pages.groups").tolist())
    ):
        yield "the pages of its postings do not fit together"
        return
    some = (sizes >= SOME) & ~paged
    some_ends, steps = _ends(sizes[some]), max(segment.count - 1, 0) >> 8
    if not (
        len(array("postings.documents")) == sizes[sizes < SOME].sum()
        and np.array_equal(np.flatnonzero(some), array("some.groups"))
        and np.array_equal(some_ends, array("some.documents"))
        and len(array("some.low")) == some_ends[-1]
        and len(array("some.high")) == (int(some_ends[-1]) + int(some.sum()) * steps + 7) // 8
    ):
        yield "its postings do not fit its words"
        return
    for first, last in _ranges(starts):
        documents = segment.documents_of(first, last)
        if not _ascending(documents, _ends(sizes[first:last])):
            yield "the documents of its postings do not ascend"
        if (documents >= segment.count).any():
            yield "its postings are of documents that are not there"


def _ranges(starts: Cuts) -> Iterator[tuple[int, int]]:
    """Yield ranges of groups with some million postings or tokens: the first, and behind the last."""
    ends = np.cumsum(starts.sizes(0, len(starts) - 1))
    first = 0
    while first < len(ends):
        most = starts[first] + _AT_ONCE
        last = max(first + 1, int(np.searchsorted(ends, most, "right")))
        yield first, last
        first = last


def _tokens(segment: Segment) -> Iterator[str]:
    """Look at how often and where words stand, for some million tokens at a time."""
    array = segment.sections.array
    groups = len(segment.groups)
    starts, ends = segment.position_starts, segment.form_starts
    placed = len(array("postings.positions")), len(array("postings.high_positions"))
    if not (
        len(starts) == groups + 1
        and starts.fit(placed[0])
        and placed[1] == (placed[0] + 1) // 2
        and ends.fit(groups)
        and len(array("postings.position_forms")) == (ends[groups] + 1) // 2
    ):
        yield "its positions do not fit its words"
        return
    has_places = np.ones(groups, bool)
    has_places[slice(*segment.groups.range_of(_COUNTED_ONLY))] = False
    labels = segment.label_starts.sizes(0, groups)
    for first, last in _ranges(starts):
        yield from _tokens_of(segment, first, last, has_places[first:last], labels)


def _tokens_of(
    segment: Segment, first: int, last: int, has_places: Array, labels: Array
) -> Iterator[str]:
    starts = segment.starts.between(first, last + 1)
    sizes = np.diff(starts)
    tokens = segment.token_counts(slice(int(starts[0]), int(starts[-1])))
    totals = np.diff(_ends(tokens)[starts - starts[0]])
    own = labels[first:last]
    placed = segment.position_starts.sizes(first, last)
    formed = segment.form_starts.sizes(first, last)
    if not (
        bool((tokens > 0).all())
        and np.array_equal(placed, totals * has_places)
        and np.array_equal(formed, totals * (own > 1))
    ):
        yield "the counts of its postings are not those of its positions"
        return
    of_posting = np.repeat(has_places, sizes)
    counted = tokens[of_posting]
    positions = segment.positions_of(first, last)
    documents = segment.documents_of(first, last)[of_posting].astype(np.intp)
    if not _ascending(positions, _ends(counted), equal=True):
        yield "the positions of its postings do not ascend"
    if (positions >= np.repeat(segment.field_starts[documents, -1], counted)).any():
        yield "its positions are beyond the ends of its articles"
    if (segment.forms_of(first, last) >= np.repeat(own, formed)).any():
        yield "its positions are of forms that are not there"


def _articles(segment: Segment, analysis: str) -> Iterator[str]:
    """Unpack all articles, deleted ones too, and compare each with the hash of what was indexed."""
    stored = StoredDocuments(segment)
    unreadable: list[str] = []
    others: list[str] = []
    dates = segment.dates.tolist()
    for document in range(segment.count):
        try:
            article = stored.article(document)
        except BROKEN:
            unreadable.append(stored.ids[document].decode("utf-8", "replace"))
            continue
        if (
            bytes.fromhex(content_hash(article, analysis)) != stored.content_hash(document)
            or seconds(article) != dates[document]
            or tuple(sorted(set(map(keyword, article.tags)))) != stored.tags_of[document]
        ):
            others.append(article.id)
    if unreadable:
        yield f"{len(unreadable)} of its articles cannot be unpacked, the first is {unreadable[0]!r}"
    if others:
        yield f"{len(others)} of its articles are not what was indexed, the first is {others[0]!r}"


def _below(column: Array, limit: int, size: int) -> bool:
    """Say whether a column is of this size, and all its numbers are below the limit."""
    return len(column) == size and bool((column < limit).all())


def _ends(sizes: Array) -> Array:
    """Return where parts of these sizes begin, and where the last of them ends."""
    ends = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=ends[1:])
    return ends


def _cuts(starts: Array, length: int) -> bool:
    """Say whether numbers cut something of that length into parts that follow each other."""
    return (
        len(starts) > 0
        and int(starts[0]) == 0
        and int(starts[-1]) == length
        and bool((starts[1:] >= starts[:-1]).all())
    )


def _ascending(numbers: Array, cuts: Array, *, equal: bool = False) -> bool:
    """Say whether numbers ascend within each part."""
    falls = numbers[1:] < numbers[:-1] if equal else numbers[1:] <= numbers[:-1]
    return bool(np.isin(np.flatnonzero(falls) + 1, cuts).all())
