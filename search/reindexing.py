"""The door for jobs: reindex and forget. Apart, because who only searches needs none of it."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from search.engines.port import SearchEngine, WriterOptions
from search.engines.registry import EngineChoice, open_engine
from search.errors import IndexLocked, IndexMissing, SourceError
from search.indexing import apart, history, job, quarantine
from search.indexing.job import JobOptions, Progress
from search.indexing.looking import absolute, within
from search.indexing.rehearsal import Kept, NoIndex
from search.indexing.report import Report
from search.sources.options import DEFAULT_OPTIONS, SourceOptions
from search.sources.rejected import LayoutDrift

if TYPE_CHECKING:
    from search.alerting import Target

IndexPath = str | os.PathLike[str]


def reindex(  # noqa: PLR0913  # each is a thing to ask for
    paths: Sequence[IndexPath] | IndexPath,
    index: IndexPath,
    *,
    partly: bool = False,
    sources: SourceOptions | None = None,
    progress: Progress | None = None,
    engine: EngineChoice = "local",
    keep: int = 5,
    wait: float = 0.0,
    dry_run: bool = False,
    rebuild: bool = False,
    force_prune: bool = False,
    reread: bool = False,
    stopping: Callable[[], bool] | None = None,
    alerts: Sequence[str] = (),
) -> Report:
    """Bring the index in line with these paths: add, update, remove; with none: with those it knows.

    Makes the index where there is none. `partly`: of the paths, as of those it knows, one that cannot be
    read is in `rejected` and does not stop the others. `keep` is how many generations to keep, `wait`
    how many seconds to wait for another job. `dry_run` tells what would be done and writes nothing.
    `rebuild` cuts all articles anew, into a new index beside the old one. `reread` opens files that seem
    unchanged, too. `stopping` is asked again and again: once it says yes, what was done is committed,
    and `interrupted`. `alerts` are told what saved searches find in new articles: jsonl:FILE,
    atom:FOLDER, command:LINE.

    Raises ConfigError where a path lies in the index, or alerts would be written into the index or among
    what is read; SourceError where a path cannot be read at all (`partly`: where none can), PruneRefused
    where more than a fifth of the articles of a path would go (not with `force_prune`), and IndexBusy
    while another job writes; nothing has changed then. Articles that cannot be read are in `rejected`,
    and in quarantine.jsonl beside the index; what was done, and what failed, is in its history.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    folder = Path(os.path.expanduser(index))
    targets = _targets(alerts)
    action = "rebuild" if rebuild else "index"
    try:
        looked = _looked(named, folder, targets, partly=partly) if named else None
    except SourceError as error:
        if not dry_run and (folder / history.FILE_NAME).exists():  # else nothing was to fail yet
            _note_failure(folder, action, error)
        raise
    options = JobOptions(
        sources=sources or DEFAULT_OPTIONS,
        progress=progress,
        writer=WriterOptions(wait, keep),
        dry_run=dry_run,
        rebuild=rebuild,
        force_prune=force_prune,
        reread=reread,
        stopping=stopping,
        before_commit=lambda ids, generation: _note_pending(
            folder, ids, generation, resumes=not isinstance(engine, str)
        ),
    )
    if dry_run:
        with closing(
            _rehearsed(engine, folder, create=looked is not None, older=rebuild)
        ) as rehearsed:
            return job.run(rehearsed, looked or _known(rehearsed, folder, targets), options)
    with closing(open_engine(engine, folder, create=looked is not None, older=rebuild)) as opened:
        try:
            report = job.run(opened, looked or _known(opened, folder, targets), options)
        except IndexLocked:
            raise
        except Exception as error:
            _note_failure(folder, action, error)
            raise
        report = _recorded(report, folder, action)  # the commit counts, whatever alerts meet
        if report.interrupted:  # the next run fires
            return report
        return _alerted(report, opened, folder, targets)


def forget(
    paths: Sequence[IndexPath] | IndexPath,
    index: IndexPath,
    *,
    engine: EngineChoice = "local",
    keep: int = 5,
    wait: float = 0.0,
) -> int:
    """Remove the articles of these paths and do not look there again; return how many went.

    The paths need not exist any more. What is there comes back with the next run where another path
    that is known holds it; see `known_above`. Raises IndexMissing, and IndexBusy while another job
    writes.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    folder = Path(os.path.expanduser(index))
    texts = [os.fspath(path) for path in named]
    with closing(open_engine(engine, folder)) as opened:
        gone = job.forget(opened, texts, WriterOptions(wait, keep))
    if gone:
        with suppress(OSError):  # they are gone: that is what counts
            record = {"action": "forget", "outcome": "done", "removed": gone, "paths": texts}
            history.append(folder, record)
    return gone


def known_above(
    paths: Sequence[IndexPath] | IndexPath, index: IndexPath, *, engine: EngineChoice = "local"
) -> tuple[str, ...]:
    """Return the paths the index knows in which these lie: runs without a path look there as well.

    Raises IndexMissing.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    texts = absolute(os.fspath(path) for path in named)
    with closing(open_engine(engine, Path(os.path.expanduser(index)))) as opened:
        return tuple(root for root in opened.roots() if any(map(within([root]), texts)))


def _rehearsed(engine: EngineChoice, folder: Path, *, create: bool, older: bool) -> Kept:
    """Open the index for a dry run; where there is none, one is not made."""
    try:
        return open_engine(engine, folder, older=older)
    except IndexMissing:
        if not create or (folder.exists() and not folder.is_dir()):
            raise
        return NoIndex()


def _looked(
    named: Sequence[IndexPath], folder: Path, targets: "tuple[Target, ...]", *, partly: bool
) -> job.Sources:
    paths = [os.fspath(path) for path in named]
    _check_apart(folder, job.absolute(paths), targets)
    return job.look_again(paths, folder, known=False) if partly else job.look(paths, folder)


def _known(engine: Kept, folder: Path, targets: "tuple[Target, ...]") -> job.Sources:
    roots = engine.roots()
    if not roots:
        raise SourceError("This index knows no paths yet; name some: duowen index PATH...")
    _check_apart(folder, roots, targets)
    return job.look_again(roots, folder)


def _check_apart(folder: Path, roots: Sequence[str], targets: "tuple[Target, ...]") -> None:
    """Raise ConfigError where what is written and what is read do not lie apart."""
    apart.check_index(folder, roots)
    for target in targets:
        if target.path:
            apart.check_output(f"The target {target.name}", str(target.path), folder, roots)


def _targets(alerts: Sequence[str]) -> "tuple[Target, ...]":
    if not alerts:
        return ()
    from search.alerting import targets_of  # most jobs tell nobody

    return targets_of(alerts)


def _has_searches(folder: Path) -> bool:
    from search.alerts import saved

    return (folder / saved.FILE_NAME).exists()


def _note_pending(
    folder: Path, ids: Sequence[str], generation_before: int, *, resumes: bool
) -> None:
    if _has_searches(folder):
        from search import alerting

        alerting.pending(folder, ids, generation_before, resumes=resumes)


def _alerted(
    report: Report, engine: SearchEngine, folder: Path, targets: "tuple[Target, ...]"
) -> Report:
    """Fire what is due now, also what a run left that was killed after its commit."""
    if not (targets or _has_searches(folder)):
        return report
    from search import alerting

    started = time.perf_counter()
    with closing(engine.latest()) as newest:
        outcome = alerting.fire(newest, folder, targets)
    seconds = {**report.seconds, "alerts": round(time.perf_counter() - started, 3)}
    told = {**outcome._asdict(), "failed": list(outcome.failed)}
    return replace(report, alerts=told, seconds=seconds)


def _note_failure(folder: Path, action: str, error: Exception) -> None:
    with suppress(OSError):  # what went wrong is what counts
        history.append(folder, {"action": action, "outcome": "failed", "error": str(error)})


def _recorded(report: Report, folder: Path, action: str) -> Report:
    """Keep what is told of a run beside the index; a warning says what could not be kept.

    The articles are committed: that is what counts, and all of it is in the report.
    """
    warnings = list(report.warnings)

    def kept(name: str, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            note = f"could not be written ({error.strerror}); what it says is told here only."
            warnings.append(LayoutDrift(str(folder / name), 0, note))

    if not report.interrupted:
        kept(quarantine.FILE_NAME, lambda: quarantine.keep(folder, report.rejected))
    if report.generation != report.generation_before:
        kept(history.FILE_NAME, lambda: history.append(folder, _record(report, action)))
    if not report.interrupted:
        kept(history.FILE_NAME, lambda: history.touch(folder))
    return replace(report, warnings=tuple(warnings))


def _record(report: Report, action: str) -> Mapping[str, object]:
    return {
        "action": action,
        "outcome": "interrupted" if report.interrupted else "done",
        **asdict(report.counts),
        "generation_before": report.generation_before,
        "generation": report.generation,
        "articles": report.articles,
        "seconds": round(sum(report.seconds.values()), 3),
    }
