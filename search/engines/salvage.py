"""A damaged index is made sound again: by going back to a sound generation, or from what is left of all.

What is left is each article whose stored text still gives the hash of what was indexed. They are indexed
anew, in a generation of its own; until that is current, nothing is touched.
"""

import contextlib
import os
from pathlib import Path

from search import files
from search.columnar import commit
from search.columnar.commit import Current, Generation
from search.columnar.layout import Sections
from search.engines.checking import check, state
from search.engines.consistency import BROKEN
from search.engines.local import LocalEngine
from search.engines.local_writer import LocalWriter
from search.engines.lock import Lock, exclusive
from search.engines.port import WriterOptions
from search.engines.remains import Remains
from search.engines.upkeep_port import Checkup, Damage, Repair
from search.errors import IndexFault, IndexTooNew, IndexTooOld
from search.ranking.profile import DEFAULT_PROFILE

_ALL = 1 << 30
"""So many generations are kept by a repair: which go is for jobs to decide."""


def repair(folder: Path, wait: float = 0.0) -> Repair:
    """Make the current generation sound, and let go of others that are not.

    Raises IndexMissing, IndexBusy, IndexTooNew or IndexTooOld.
    """
    while True:
        before = state(folder)
        checkup = check(folder, deep=True)
        if not checkup.damages and checkup.generation is not None:
            articles = commit.read(folder, checkup.generation).articles
            return Repair("nothing", checkup.generation, articles, (), checkup.damages)
        _refuse(folder, checkup)
        with exclusive(folder, wait) as lock:
            if state(folder) == before:  # else a job has committed meanwhile
                return _without_others(folder, checkup) or _repaired(folder, checkup, lock)


def _without_others(folder: Path, checkup: Checkup) -> Repair | None:
    """Let go of the other generations that are damaged, where the current one is sound."""
    if not checkup.sound or checkup.generation is None:
        return None
    articles = commit.read(folder, checkup.generation).articles
    _drop(folder, checkup)
    return Repair("dropped", checkup.generation, articles, (), checkup.damages)


def _repaired(folder: Path, checkup: Checkup, lock: Lock) -> Repair:
    current = _current(folder, checkup)
    generation = _without_files(folder, checkup, current)
    sound = _worth_going_back_to(folder, checkup, current)
    lost: tuple[str, ...] = ()
    if generation:
        commit.write(folder, generation)
    elif sound:
        generation = commit.read(folder, sound[-1])
        commit.make_current(folder, Current(generation.number, current.top))
        if not _is_readable(folder, current.number):  # nobody knows which articles it held
            lost = (commit.name_of(current.number),)
    else:
        if checkup.generation is None:
            commit.make_current(
                folder, current
            )  # no better than before, but what a writer can follow
        lost = _rebuilt(folder, current, lock)
        generation = commit.read_current(folder)
    _drop(folder, checkup)
    return Repair(
        action="rolled back" if generation.number in sound else "rebuilt",
        generation=generation.number,
        articles=generation.articles,
        lost=lost,
        damages=checkup.damages,
    )


def _refuse(folder: Path, checkup: Checkup) -> None:
    """Leave alone what is of another version, and what somebody merely may not read."""
    try:
        LocalEngine.open(folder).close()
    except (IndexTooNew, IndexTooOld):
        raise
    except IndexFault:
        pass
    for damage in checkup.damages:
        path = folder / damage.file
        if damage.kind == "unreadable" and not os.access(path, os.R_OK):
            raise IndexFault(
                f"The file {path} of the index cannot be read ({damage.detail});"
                f" check its permissions and try again.",
                file=damage.file,
                kind=damage.kind,
                detail=damage.detail,
            )


def _current(folder: Path, checkup: Checkup) -> Current:
    """Return what current.json says, or, where that is lost, what the folder tells."""
    if checkup.generation is not None:
        return commit.current(folder)
    top = max(checkup.generations, default=0)
    return Current(top, top)


def _without_files(folder: Path, checkup: Checkup, current: Current) -> Generation | None:
    """Return the current generation anew, if nothing but what it knows of files is damaged."""
    if checkup.generation is None:
        return None
    with contextlib.suppress(IndexFault):
        generation = commit.read(folder, current.number)
        seen = generation.facts.get(commit.SEEN_FILES)
        if all(damage.file == seen for damage in _damages(checkup, current.number)):
            facts = {**generation.facts, commit.SEEN_FILES: "", "created": commit.now()}
            return Generation(current.top + 1, generation.segments, facts)
    return None


def _worth_going_back_to(folder: Path, checkup: Checkup, current: Current) -> list[int]:
    """Return the sound generations, the one to go back to last.

    Left out are those that hold so little that what is left of the current one is likely to hold more.
    """
    articles = {}
    for number in sorted(checkup.generations, key=lambda n: (n <= current.number, n)):
        with contextlib.suppress(IndexFault):
            articles[number] = commit.read(folder, number).articles
    sound = [number for number in articles if not _damages(checkup, number)]
    wanted = articles.get(current.number)
    if wanted is None:  # its segments are among those that no sound generation needs
        wanted = _documents_beside(folder, sound) + sum(articles[n] for n in sound[-1:])
    return [number for number in sound if 2 * articles[number] >= wanted]


def _documents_beside(folder: Path, numbers: list[int]) -> int:
    """Return how many documents are in segments that none of these generations needs."""
    needed = {entry.file for number in numbers for entry in commit.read(folder, number).segments}
    documents = 0
    for path in folder.glob("segment-*.seg"):
        if path.name not in needed:
            with contextlib.suppress(IndexFault, *BROKEN):
                documents += Sections(path).facts["documents"]
    return documents


def _is_readable(folder: Path, number: int) -> bool:
    try:
        commit.read(folder, number)
    except IndexFault:
        return False
    return True


def _damages(checkup: Checkup, number: int) -> list[Damage]:
    """Return what is damaged of a generation itself."""
    return [
        damage
        for damage in checkup.damages
        if number in damage.generations and damage.file != commit.CURRENT
    ]


def _drop(folder: Path, checkup: Checkup) -> None:
    """Let go of the damaged generations; what they alone needed is removed by the next job."""
    current = commit.current(folder).number
    for number in checkup.generations:
        if number != current and _damages(checkup, number):
            (folder / commit.name_of(number)).unlink(missing_ok=True)
    files.sync_folder(folder)


def _rebuilt(folder: Path, current: Current, lock: Lock) -> tuple[str, ...]:
    """Index anew what is left of all generations; return what is lost."""
    remains = Remains(folder, current)
    before = Generation(current.number, (), {"roots": remains.roots})
    options = WriterOptions(keep=_ALL)
    with LocalWriter.holding(folder, DEFAULT_PROFILE, lock, options, before) as writer:
        writer.rebuild()  # what was seen of files goes, too: the next job finds what was lost
        for article in remains.articles():
            writer.put(article)
        writer.commit()
    return remains.lost
