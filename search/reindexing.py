"""The door for jobs: reindex and forget. Apart, because who only searches needs none of it."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from search.engines.port import SearchEngine
from search.engines.registry import open_engine
from search.errors import SourceError
from search.indexing import job, quarantine
from search.indexing.job import JobOptions, Progress
from search.indexing.report import Report
from search.sources.options import DEFAULT_OPTIONS, SourceOptions
from search.sources.rejected import LayoutDrift

IndexPath = str | os.PathLike[str]


def reindex(
    paths: Sequence[IndexPath] | IndexPath,
    index: IndexPath,
    *,
    sources: SourceOptions | None = None,
    progress: Progress | None = None,
    engine: str = "local",
) -> Report:
    """Bring the index in line with these paths: add, update, remove; with none: with those it knows.

    Makes the index where there is none. Raises SourceError where a path cannot be read at all, and
    IndexBusy while another job writes; nothing has changed then. Articles that cannot be read are in
    `rejected`, and in quarantine.jsonl beside the index.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    folder = Path(index).expanduser()
    looked = job.look((os.fspath(path) for path in named), folder) if named else None
    opened = open_engine(engine, folder, create=looked is not None)
    try:
        report = job.run(
            opened,
            looked or _known(opened, folder),
            JobOptions(sources or DEFAULT_OPTIONS, progress),
        )
    finally:
        opened.close()
    try:
        quarantine.keep(folder, report.rejected)
    except OSError as error:
        # The articles are committed: that is what counts, and the rejections are in the report.
        note = f"could not be written ({error.strerror}); the rejections are told here only."
        path = str(folder / quarantine.FILE_NAME)
        return replace(report, warnings=(*report.warnings, LayoutDrift(path, 0, note)))
    return report


def forget(
    paths: Sequence[IndexPath] | IndexPath, index: IndexPath, *, engine: str = "local"
) -> int:
    """Remove the articles of these paths and do not look there again; return how many went.

    The paths need not exist any more. Raises IndexMissing, and IndexBusy while another job writes.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    opened = open_engine(engine, Path(index).expanduser())
    try:
        return job.forget(opened, [os.fspath(path) for path in named])
    finally:
        opened.close()


def _known(engine: SearchEngine, folder: Path) -> job.Sources:
    roots = engine.roots()
    if not roots:
        raise SourceError("This index knows no paths yet; name some: duowen index PATH...")
    return job.look_again(roots, folder)
