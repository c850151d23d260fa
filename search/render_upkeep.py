"""What upkeep and saved searches answer -> JSON values, and text for a terminal. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from search.marking import one_line
from search.render import BOLD, DIM, SCHEMA_VERSION, paint, results_mapping, results_text

if TYPE_CHECKING:
    from search.alerting import SavedSearch, Tried
    from search.engines.upkeep_port import Checkup, Damage, GenerationInfo, Repair
    from search.upkeep import Difference

_SHOWN = 10
_DENIED = "unreadable"  # for the system, which says nothing of the bytes
_KINDS = ("added", "changed", "moved", "removed")


def generations_mapping(kept: Sequence["GenerationInfo"]) -> dict[str, object]:
    """Return what `generations --json` prints."""
    return {
        "schema_version": SCHEMA_VERSION,
        "generations": [{**one._asdict(), "created": _utc(one.created)} for one in kept],
    }


def generations_text(kept: Sequence["GenerationInfo"], *, colour: bool) -> Iterator[str]:
    """Yield a line for each generation; a star marks the one that readers open."""
    painted = paint(colour=colour)
    yield painted(DIM, f"  {'number':>6}  {'created':<20}  {'articles':>10}  {'MB':>9}")
    for one in kept:
        mark = "*" if one.current else " "
        created = one_line(_utc(one.created) or "-")
        size = f"{one.bytes / 1e6:,.1f}"
        yield f"{mark} {one.number:>6}  {created:<20}  {one.articles:>10,}  {size:>9}"


def difference_mapping(
    difference: "Difference", titles: Mapping[str, str], between: tuple[int, int]
) -> dict[str, object]:
    """Return what `diff --json` prints; `titles` are those of all ids in the difference."""
    return {
        "schema_version": SCHEMA_VERSION,
        "older": between[0],
        "newer": between[1],
        "counts": {kind: len(getattr(difference, kind)) for kind in _KINDS},
        "added": [{"id": one, "title": titles[one]} for one in difference.added],
        "changed": [{"id": one, "title": titles[one]} for one in difference.changed],
        "moved": [
            {"former_id": former, "id": one, "title": titles[one]}
            for former, one in difference.moved
        ],
        "removed": [{"id": one, "title": titles[one]} for one in difference.removed],
    }


def difference_text(
    difference: "Difference", titles: Mapping[str, str], *, colour: bool
) -> Iterator[str]:
    """Yield the counts, then a line for each article."""
    painted = paint(colour=colour)
    counts = {kind: len(getattr(difference, kind)) for kind in _KINDS}
    told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    yield painted(BOLD, told or "no difference")
    former = {one: f"{one_line(before)} → " for before, one in difference.moved if before != one}
    for kind, ids in (
        ("added", difference.added),
        ("changed", difference.changed),
        ("moved", [one for _, one in difference.moved]),
        ("removed", difference.removed),
    ):
        for one in ids:
            name = f"{former.get(one, '') if kind == 'moved' else ''}{one_line(one)}"
            yield f"{painted(DIM, f'{kind:<8}')} {name}  {painted(DIM, one_line(titles[one]))}"


def checkup_mapping(checkup: "Checkup") -> dict[str, object]:
    """Return what `check --json` prints."""
    values = checkup._asdict()
    del values["on_cluster"]
    damages = [one._asdict() for one in checkup.damages]
    return {
        "schema_version": SCHEMA_VERSION, "sound": checkup.sound, **values, "damages": damages
    }  # fmt: skip


def checkup_text(checkup: "Checkup", *, colour: bool) -> Iterator[str]:
    """Yield a line for each damage, then what that means."""
    yield from _damage_lines(checkup.damages, colour=colour)
    if checkup.leftovers:
        named = ", ".join(map(one_line, checkup.leftovers[:_SHOWN]))
        more = (
            f" and {len(checkup.leftovers) - _SHOWN:,} more" if checkup.leftovers[_SHOWN:] else ""
        )
        yield f"Left over, and removed by the next job: {named}{more}"
    smallest, frame, parts = (
        ("article", "state", "indexes") if checkup.on_cluster else ("byte", "frame", "files")
    )
    looked = f"every {smallest} of" if checkup.deep else f"the {frame} of"
    size = f"{checkup.files:,} {parts}, {checkup.bytes / 1e6:,.1f} MB"
    kept = ", ".join(map(str, checkup.generations)) or "none"
    yield f"Looked at {looked} {size}; generations kept: {kept}."
    # What no generation needs lies beside them all: saved searches and alerts.
    beside = [
        one for one in checkup.damages if checkup.generation is not None and not one.generations
    ]
    if len(checkup.damages) == len(beside):
        limit = "" if checkup.deep else f", as far as that tells; --deep reads every {smallest}"
        yield f"Generation {checkup.generation} is sound, and so is every other{limit}."
    elif checkup.sound:
        yield (
            f"Generation {checkup.generation}, which is searched, is sound;"
            f" damaged: {_numbers_of(checkup.damages)}. Run duowen repair to let go of what is damaged."
        )
    else:
        yield _way_out(checkup)
    if beside:
        named = ", ".join(dict.fromkeys(one_line(one.file) for one in beside))
        yield f"A repair leaves {named} as it is: the way out stands above."


def _way_out(checkup: "Checkup") -> str:
    """Return what is to be done where what is searched is not sound: a repair refuses other versions."""
    kinds = {one.kind for one in checkup.damages if _concerns(one, checkup.generation)}
    if "newer" in kinds:
        return "What is searched was written by a newer duowen; upgrade duowen to read it."
    if "older" in kinds:
        anew = (
            "build it anew: duowen index --rebuild"
            if checkup.on_cluster
            else "move the folder away and index your paths again"
        )
        return f"What is searched was written by an older duowen; {anew}."
    if kinds <= {_DENIED}:
        return "What is searched cannot be read; check the permissions and the disk, and try again."
    return "What is searched is damaged; duowen repair makes it sound again."


def _concerns(damage: "Damage", generation: int | None) -> bool:
    """Say whether the generation needs the file; where nobody knows which is current, each may be it."""
    return generation is None or generation in damage.generations


def repair_mapping(repair: "Repair") -> dict[str, object]:
    """Return what `repair --json` prints."""
    damages = [one._asdict() for one in repair.damages]
    return {"schema_version": SCHEMA_VERSION, **repair._asdict(), "damages": damages}


def repair_text(repair: "Repair", *, colour: bool) -> Iterator[str]:
    """Yield what was damaged and what is lost, then what was done."""
    yield from _damage_lines(repair.damages, colour=colour)
    for one in repair.lost:
        yield f"lost: {one_line(one)}"
    articles = f"{repair.articles:,} article{'' if repair.articles == 1 else 's'}"
    now = f"generation {repair.generation} with {articles} is searched now"
    again = " Run duowen index to read anew what is lost." if repair.lost else ""
    dropped = _numbers_of(repair.damages)
    yield {
        "nothing": f"Nothing to repair; {now}.",
        "dropped": f"Generations that are damaged are not kept any longer: {dropped}; {now}.",
        "rolled back": f"Rolled back; {now}. Run duowen index to bring it in line again.",
        "rebuilt": f"Rebuilt from the stored texts; {now}.{again}",
        "begun anew": f"Begun anew, with the same paths; {now}. Run duowen index to read them all.",
        "mended": f"Mended where it is; {now}. Run duowen index, which reads every file again.",
    }[repair.action]


def _numbers_of(damages: Sequence["Damage"]) -> str:
    """Return the numbers of the generations that are damaged."""
    return ", ".join(map(str, sorted({number for one in damages for number in one.generations})))


def saved_mapping(searches: Sequence["SavedSearch"]) -> dict[str, object]:
    """Return what `saved list --json` prints."""
    return {"schema_version": SCHEMA_VERSION, "saved": [one._asdict() for one in searches]}


def saved_text(searches: Sequence["SavedSearch"], *, colour: bool) -> Iterator[str]:
    """Yield a line for each saved search."""
    painted = paint(colour=colour)
    for one in searches:
        match = "" if one.match == "auto" else f"  (match {one.match})"
        yield f"{painted(BOLD, one_line(one.name))}  {one_line(one.query)}{painted(DIM, match)}"


def tried_mapping(tried: Sequence["Tried"]) -> dict[str, object]:
    """Return what `saved run --json` prints."""
    answers = [{**one.search._asdict(), "results": results_mapping(one.results)} for one in tried]
    return {"schema_version": SCHEMA_VERSION, "saved": answers}


def tried_text(tried: Sequence["Tried"], *, colour: bool) -> Iterator[str]:
    """Yield the name of each search, and what it finds."""
    painted = paint(colour=colour)
    for number, one in enumerate(tried):
        if number:
            yield ""
        yield painted(BOLD, f"== {one_line(one.search.name)}: {one_line(one.search.query)}")
        yield from results_text(one.results, colour=colour)


def _utc(moment: str) -> str | None:
    """Write a time in UTC as everywhere else: with a Z."""
    return moment.replace("+00:00", "Z") or None


def _damage_lines(damages: Sequence["Damage"], *, colour: bool) -> Iterator[str]:
    painted = paint(colour=colour)
    for one in damages:
        needed = ", ".join(map(str, one.generations)) or "none"
        where = painted(DIM, f"(generations: {needed})")
        detail = f": {one_line(one.detail)}" if one.detail else ""
        yield f"{painted(BOLD, one.kind)} {one_line(one.file)}{detail} {where}"
