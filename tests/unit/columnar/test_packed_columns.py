"""What packed columns promise: every number comes back, by its place and in slices of any kind."""

from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from search.columnar.cuts import Cuts, FewCuts, put_cuts, put_few_cuts
from search.columnar.impacts import TABLE
from search.columnar.layout import Sections, SectionWriter
from search.columnar.packing import Nibbles, NibbleWriter
from search.columnar.pages import PAGED, SOME, DocumentsReader, DocumentsWriter

COUNT = 50_001


@given(
    st.lists(
        st.lists(st.one_of(st.integers(0, 16), st.integers(0, 65_535)), max_size=40), max_size=6
    ),
    st.randoms(use_true_random=False),
)
def test_every_number_comes_back(tmp_path_factory, parts, random):
    folder = tmp_path_factory.mktemp("packed")
    numbers = NibbleWriter(folder)
    for part in parts:
        numbers.add(np.array(part, np.uint32))
    written = SectionWriter(folder / "file")
    numbers.put(written, "plane")
    written.finish()
    read = Nibbles(Sections(folder / "file"), "plane")
    expected = [number for part in parts for number in part]
    start = random.randint(0, len(expected))
    stop = random.randint(start, len(expected))
    note(f"from {start} to {stop}")
    assert read.between(start, stop).tolist() == expected[start:stop]
    places = sorted(random.sample(range(len(expected)), min(5, len(expected))))
    assert read.at(np.array(places, np.int64)).tolist() == [expected[place] for place in places]


@settings(deadline=None)  # every example flushes a file to the disk
@given(st.lists(st.one_of(st.integers(0, 3), st.integers(250, 260), st.integers(0, 2**33))))
def test_every_start_comes_back(tmp_path_factory, sizes):
    path = tmp_path_factory.mktemp("cuts") / "file"
    written = SectionWriter(path)
    put_cuts(written, "parts", np.array(sizes, np.int64))
    written.finish()
    read = Cuts(Sections(path), "parts")
    starts = [0, *accumulate(sizes)]
    assert len(read) == len(starts)
    assert [read[at] for at in range(len(starts))] == starts
    for first in range(len(starts)):
        for last in range(first, len(starts) + 1):
            assert read.between(first, last).tolist() == starts[first:last]
            assert read.sizes(first, last - 1).tolist() == sizes[first : max(last - 1, 0)]
    assert read.fit(starts[-1])
    assert not read.fit(starts[-1] + 1)


@settings(deadline=None)
@given(st.lists(st.one_of(st.just(0), st.integers(0, 2**33))))
def test_every_start_comes_back_where_few_groups_have_a_part(tmp_path_factory, sizes):
    path = tmp_path_factory.mktemp("cuts") / "file"
    written = SectionWriter(path)
    put_few_cuts(written, "parts", np.array(sizes, np.int64))
    written.finish()
    read = FewCuts(Sections(path), "parts")
    assert [read[at] for at in range(len(sizes) + 1)] == [0, *accumulate(sizes)]
    for first in range(len(sizes) + 1):
        for last in range(first, len(sizes) + 1):
            assert read.sizes(first, last).tolist() == sizes[first:last]
    assert read.fit(len(sizes))


def _written(folder: Path, groups: list[np.ndarray], frequencies: list[np.ndarray], cut: int):
    documents = DocumentsWriter(folder, COUNT)
    for own, counted in ((groups[:cut], frequencies[:cut]), (groups[cut:], frequencies[cut:])):
        starts = np.concatenate([[0], np.cumsum([len(group) for group in own])]).astype(np.int64)
        joined = np.concatenate([*own, np.zeros(0, np.uint16)]).astype(np.uint16)
        documents.add(starts, joined, np.concatenate([*counted, np.zeros(0)]))
    written = SectionWriter(folder / "file")
    documents.put(written)
    put_cuts(written, "postings", np.array([len(group) for group in groups], np.int64))
    written.finish()
    sections = Sections(folder / "file")
    return DocumentsReader(sections, Cuts(sections, "postings"), COUNT)


@pytest.mark.parametrize("seed", range(12))
def test_documents_come_back_whatever_is_paged(tmp_path, seed):
    print(f"seed {seed}")
    random = np.random.default_rng(seed)
    sizes = random.choice(
        [1, 2, 40, SOME - 1, SOME, 200, PAGED - 1, PAGED, PAGED + 1, 3_000, 20_000],
        size=random.integers(1, 14),
    )
    groups = [np.sort(random.choice(COUNT, size, replace=False)) for size in sizes]
    frequencies = [random.gamma(1.0, 4.0, size) + 0.03 for size in sizes]
    reader = _written(tmp_path, groups, frequencies, int(random.integers(0, len(groups) + 1)))
    for first in range(len(groups)):
        for last in range(first, len(groups) + 1):
            expected = np.concatenate([*groups[first:last], np.zeros(0, int)])
            assert reader.of(first, last).tolist() == expected.tolist()
    for number, (group, counted) in enumerate(zip(groups, frequencies, strict=True)):
        pages = reader.pages(number)
        assert (pages is not None) == (len(group) >= PAGED)
        if pages is None:
            continue
        assert pages.numbers.tolist() == sorted(set((group >> 6).tolist()))
        assert pages.documents().tolist() == group.tolist()
        start = 0
        for page, impact, end in zip(pages.numbers, pages.impacts, pages.ends, strict=True):
            assert (group[start:end] >> 6 == page).all()
            assert TABLE[impact] >= counted[start:end].max()
            start = end
        assert start == len(group)
