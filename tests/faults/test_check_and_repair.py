"""Each damage is named by file and kind, and repaired as far as anything is left to repair it from."""

import contextlib
import json
import random
import shutil
import struct
import zlib
from dataclasses import replace
from itertools import count

import pytest

from search import upkeep
from search.article import Article
from search.columnar import commit
from search.columnar.commit import Current, Generation
from search.columnar.layout import VERSION, Sections, SectionWriter
from search.engines import building
from search.engines.lock import exclusive
from search.engines.port import Files, FileState
from search.engines.registry import open_engine
from search.errors import IndexBusy, IndexFault, IndexTooNew, IndexTooOld
from search.ranking.profile import DEFAULT_PROFILE
from tests.cli.desk import checksums
from tests.faults.test_interrupted_commit import Failing

COUNT = 60


def article(number, text="新桥开通 Bridges opened"):
    return Article(
        id=f"https://example.org/{number}",
        title=f"Bridge {number}",
        source="The Guardian",
        body=f"{text} {number}. " * 9,
        path=f"/news/{number}.md",
        root="/news",
        tags=("bridges", "桥"),
    )


ARTICLES = {one.id: one for one in map(article, range(COUNT))}


def put(folder, articles, gone=()):
    with open_engine("local", folder, create=True).writer() as writer:
        for article_id in gone:
            writer.remove(article_id)
        for one in articles:
            writer.put(one)
        writer.know("/news")
        writer.remember(Files("r", {one.path: FileState(1, 1, "/news", 1) for one in articles}))


def held(folder):
    engine = open_engine("local", folder)
    return {article_id: engine.get(article_id) for article_id in engine.held()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An index of two segments, one with deletions; all its generations hold many articles."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    articles = list(ARTICLES.values())
    put(folder, [*articles[:40], article(99)])
    (folder / commit.name_of(0)).unlink()
    put(folder, articles[40:], [article(99).id])
    assert len(commit.read_current(folder).segments) == 2
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "index")


@pytest.fixture
def renamed(folder):
    """The same with an article that was moved since, so that a segment has a file of names."""
    with open_engine("local", folder).writer() as writer:
        writer.move(article(7).id, MOVED)
    (entry,) = [one for one in commit.read_current(folder).segments if one.names]
    return entry


MOVED = replace(article(7), id="https://example.org/7-moved", path="/news/moved.md")


def test_an_article_that_was_moved_is_checked_and_saved_under_its_new_name(folder, renamed):
    assert upkeep.check(folder, deep=True).damages == ()
    flip(folder / renamed.file, place_of(folder, renamed, "groups.heads"))
    done = repaired(folder)
    assert (done.action, done.articles, done.lost) == ("rebuilt", COUNT, ())
    assert held(folder)[MOVED.id] == MOVED


def test_names_that_are_damaged(folder, renamed):
    path = folder / renamed.names
    whole = path.read_bytes()
    path.unlink()
    assert damaged(upkeep.check(folder)) == {(renamed.names, "missing")}
    path.write_bytes(whole[:-3])
    assert damaged(upkeep.check(folder)) == {(renamed.names, "truncated")}
    path.write_bytes(whole)
    flip(path, 70)
    assert damaged(upkeep.check(folder, deep=True)) == {(renamed.names, "flipped")}
    path.write_bytes(whole)
    rewritten(path, **{"documents.paths": Sections(path).array("documents.paths")[1:]})
    assert damaged(upkeep.check(folder, deep=True)) == {(renamed.names, "inconsistent")}
    done = upkeep.repair(folder)
    assert (done.action, done.generation) == ("rolled back", 2)


def test_where_names_are_lost_articles_are_saved_under_their_former_ones(folder, renamed):
    (folder / renamed.names).unlink()
    flip(folder / renamed.file, place_of(folder, renamed, "groups.heads"))
    done = repaired(folder)
    assert (done.action, done.articles, done.lost) == ("rebuilt", COUNT, ())
    assert set(held(folder)) == {*ARTICLES, "new"}


def damaged(checkup):
    return {(one.file, one.kind) for one in checkup.damages}


def needed(folder):
    """Return the files of the current generation, current.json first."""
    return [commit.CURRENT, *commit.read_current(folder).files()]


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << 2
    path.write_bytes(data)


def place_of(folder, entry, section):
    """Return where a section begins in the file of a segment."""
    return Sections(folder / entry.file)._directory["sections"][section]["start"]


@pytest.mark.parametrize("deep", [False, True])
def test_a_whole_index_is_sound_and_checking_writes_nothing(folder, deep):
    before = checksums(folder)
    with exclusive(folder):  # by whoever else
        checkup = upkeep.check(folder, deep=deep)
    assert checksums(folder) == before
    assert checkup.sound
    assert (checkup.damages, checkup.leftovers) == ((), ())
    assert (checkup.generation, checkup.generations) == (2, (1, 2))
    assert checkup.files == len(before) - 1  # all but the lock
    assert checkup.bytes == sum(map(len, before.values()))


def test_nothing_is_repaired_where_all_is_sound(folder):
    before = checksums(folder)
    done = upkeep.repair(folder)
    assert (done.action, done.generation, done.articles, done.lost) == ("nothing", 2, COUNT, ())
    assert checksums(folder) == before


def test_every_file_that_is_gone_is_named(folder):
    for name in needed(folder):
        data = (folder / name).read_bytes()
        (folder / name).unlink()
        checkup = upkeep.check(folder)
        assert damaged(checkup) == {(name, "missing")}
        assert not checkup.sound
        (folder / name).write_bytes(data)


def test_every_file_that_was_cut_off_is_named(folder):
    for name in needed(folder):
        data = (folder / name).read_bytes()
        for size in {0, 1, 30, len(data) // 3, len(data) - 20, len(data) - 1}:
            (folder / name).write_bytes(data[:size])
            assert damaged(upkeep.check(folder)) == {(name, "truncated")}, size
        (folder / name).write_bytes(data)


def test_every_file_that_goes_on_after_its_end_is_named(folder):
    for name in needed(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data + bytes(50))
        assert damaged(upkeep.check(folder)) == {(name, "inconsistent")}
        (folder / name).write_bytes(data)


def test_every_file_of_something_else_is_named(folder):
    for name in needed(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(b"PK\3\4 what is this?" * 40)
        assert damaged(upkeep.check(folder)) == {(name, "foreign")}
        (folder / name).write_bytes(data)


def test_every_file_of_zeros_is_named(folder):
    """As a power cut may leave it."""
    for name in needed(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(bytes(len(data)))
        assert damaged(upkeep.check(folder)) == {(name, "flipped")}
        (folder / name).write_bytes(data)


def test_every_flipped_byte_is_found_by_a_deep_check(folder):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for name in needed(folder):
        size = (folder / name).stat().st_size
        places = {
            0,
            9,
            13,
            size - 1,
            size - 20,
            size - 40,
            *(chance.randrange(size) for _ in "1234567"),
        }
        for place in places:
            flip(folder / name, place)
            assert damaged(upkeep.check(folder, deep=True)) == {(name, "flipped")}, (seed, place)
            flip(folder / name, place)
    assert upkeep.check(folder, deep=True).damages == ()


@pytest.mark.parametrize(("step", "kind"), [(1, "newer"), (-1, "older")])
def test_files_of_another_version(folder, step, kind):
    (entry, *_) = commit.read_current(folder).segments
    path = folder / entry.file
    data = bytearray(path.read_bytes())
    data[8:12] = data[-20:-16] = struct.pack("<I", VERSION + step)
    path.write_bytes(data)
    body = json.dumps({"format": VERSION + step, "generation": 1})
    sealed = json.dumps({"crc32": zlib.crc32(body.encode()), "body": body})
    (folder / commit.name_of(1)).write_text(sealed)
    assert damaged(upkeep.check(folder)) == {(entry.file, kind), (commit.name_of(1), kind)}
    before = checksums(folder)
    with pytest.raises(IndexTooNew if step > 0 else IndexTooOld):
        upkeep.repair(folder)
    assert checksums(folder) == before


def test_a_damage_names_the_generations_that_need_the_file(folder):
    first, second = (commit.read(folder, number).segments for number in (1, 2))
    (shared,) = {entry.file for entry in first} & {entry.file for entry in second}
    flip(folder / shared, -50)
    assert [(one.file, one.generations) for one in upkeep.check(folder).damages] == [
        (shared, (1, 2))
    ]


def test_leftovers_are_told_and_are_no_damage(folder):
    (folder / ".scratch-abcd_123").mkdir()
    (folder / "segment-0123456789abcdef.seg").write_bytes(b"half")
    (folder / "quarantine.jsonl").touch()
    checkup = upkeep.check(folder, deep=True)
    assert checkup.leftovers == (".scratch-abcd_123", "segment-0123456789abcdef.seg")
    assert checkup.damages == ()


def test_a_generation_that_is_swept_meanwhile_is_no_damage(folder, monkeypatch):
    read = commit.read

    def overtaken(place, number):
        generation = read(place, number)
        if number == 1 and (folder / commit.name_of(1)).exists():
            commit.sweep(folder, read(folder, 2), 1)
        return generation

    (only,) = (
        {*commit.read(folder, 1).files()} - {*commit.read(folder, 2).files()} - {commit.name_of(1)}
    )
    monkeypatch.setattr(commit, "read", overtaken)
    checkup = upkeep.check(folder)
    assert not (folder / only).exists()
    assert (checkup.damages, checkup.generations) == ((), (2,))


def rewritten(path, **sections):
    """Write a file anew, with other sections: all its checksums are right."""
    old = Sections(path)
    writer = SectionWriter(path.with_suffix(".new"))
    writer.facts = dict(old.facts)
    for name in old._directory["sections"]:
        writer.put(name, sections.get(name, old.array(name)))
    writer.finish()
    path.with_suffix(".new").replace(path)


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("section", "change", "detail"),
    [
        ("postings.documents", lambda a: changed(a, 5, 60_000), "postings"),
        ("postings.documents", lambda a: a[:-1], "postings"),
        ("groups.heads", lambda a: changed(a, 0, a[0] + 16), "strings groups"),
        ("terms.anchors", lambda a: changed(a, -1, a[-1] + 1), "strings terms"),
        ("postings.sizes", lambda a: changed(a, 1, a[1] + 1), "postings"),
        ("postings.anchors", lambda a: changed(a, 0, 1), "postings"),
        ("postings.placed.sizes", lambda a: changed(a, 1, a[1] + 1), "positions"),
        ("postings.positions", lambda a: changed(a, 3, 255), "positions"),
        ("postings.codes", lambda a: changed(a, 0, 254), "counts"),
        ("ids.order", lambda a: a[::-1], "order"),
        ("ids.starts", lambda a: changed(a, 1, 2**31), "strings ids"),
        ("documents.dates", lambda a: changed(a, 0, 2**40), "order of time"),
        ("documents.paths", lambda a: changed(a, 0, 2**20), "documents.paths"),
        ("documents.hashes", lambda a: changed(a, 0, a[0] ^ 1), "not what was indexed"),
        ("stored.bytes", lambda a: changed(a, 40, a[40] ^ 255), "articles"),
        ("terms.group", lambda a: changed(a, 0, 2**31), "terms"),
        ("tags.document", lambda a: changed(a, 0, 2**31), "tags"),
    ],
)
def test_what_is_intact_and_makes_no_sense_is_inconsistent(folder, section, change, detail):
    (entry, *_) = commit.read_current(folder).segments
    path = folder / entry.file
    rewritten(path, **{section: change(Sections(path).array(section))})
    assert upkeep.check(folder).damages == ()
    checkup = upkeep.check(folder, deep=True)
    assert damaged(checkup) == {(entry.file, "inconsistent")}
    assert detail in checkup.damages[0].detail


def test_an_article_that_is_there_twice_is_inconsistent(folder):
    current = commit.read_current(folder)
    entry = building.build(folder, [ARTICLES["https://example.org/7"]], DEFAULT_PROFILE)
    commit.write(folder, Generation(3, (*current.segments, entry), current.facts))
    assert upkeep.check(folder).damages == ()
    damages = upkeep.check(folder, deep=True).damages
    assert {(one.file, one.kind) for one in damages} == {(commit.name_of(3), "inconsistent")}
    assert "https://example.org/7" in damages[0].detail


def test_pages_of_postings_are_looked_at(tmp_path):
    """Words that stand in many articles are kept in another way than rare ones."""
    put(tmp_path, [Article(id=f"{n}", body=f"kite {n % 7} kites") for n in range(700)])
    assert upkeep.check(tmp_path, deep=True).damages == ()
    (entry,) = commit.read_current(tmp_path).segments
    path = tmp_path / entry.file
    whole = path.read_bytes()
    for name in (
        *("pages.documents", "pages.standing", "pages.sizes", "pages.groups"),
        *("some.high", "some.groups", "some.documents"),
    ):
        array = Sections(path).array(name)
        rewritten(path, **{name: changed(array, 0, array[0] ^ 1)})
        assert damaged(upkeep.check(tmp_path, deep=True)) == {(entry.file, "inconsistent")}
        path.write_bytes(whole)


def repaired(folder):
    done = upkeep.repair(folder)
    assert upkeep.check(folder, deep=True).damages == ()
    engine = open_engine("local", folder)
    assert engine.roots() == ("/news",)
    assert (engine.generation, engine.article_count) == (done.generation, done.articles)
    assert upkeep.history(folder)[-1]["action"] == "repair"
    with engine.writer() as writer:
        writer.put(Article(id="new", body="text"))
    assert open_engine("local", folder).generation > 2
    return done


def test_the_newest_sound_generation_is_gone_back_to(folder):
    newest = [*commit.read(folder, 2).segments][-1]
    (folder / newest.file).unlink()
    done = repaired(folder)
    assert (done.action, done.generation, done.articles, done.lost) == ("rolled back", 1, 41, ())
    assert damaged(done) == {(newest.file, "missing")}
    assert commit.numbers(folder) == [1, 3]


@pytest.mark.parametrize("lost", ["its own file", "a file of deletions or files"])
def test_another_generation_that_is_damaged_is_let_go_of(folder, lost):
    names = {*commit.read(folder, 1).files()} - {*commit.read(folder, 2).files()}
    name = commit.name_of(1) if lost == "its own file" else max(names - {commit.name_of(1)})
    (folder / name).write_bytes(b"")
    checkup = upkeep.check(folder)
    assert (checkup.sound, damaged(checkup)) == (True, {(name, "truncated")})
    before = checksums(folder)
    done = upkeep.repair(folder)
    assert (done.action, done.generation, done.articles, done.lost) == ("dropped", 2, COUNT, ())
    assert damaged(done) == {(name, "truncated")}
    kept = {file: data for file, data in checksums(folder).items() if file != "history.jsonl"}
    assert {**kept, commit.name_of(1): before[commit.name_of(1)]} == before
    checkup = upkeep.check(folder, deep=True)
    assert (checkup.damages, checkup.generations) == ((), (2,))
    assert upkeep.history(folder)[-1]["result"] == "dropped"
    assert upkeep.repair(folder).action == "nothing"


def test_a_later_generation_that_is_damaged_is_let_go_of_too(folder):
    upkeep.rollback(folder, 1)
    (folder / commit.name_of(2)).write_bytes(b"")
    assert upkeep.repair(folder).action == "dropped"
    assert upkeep.check(folder, deep=True).damages == ()
    put(folder, [article(70)])
    assert open_engine("local", folder).generation == 3


def test_no_generation_is_let_go_of_while_a_job_writes_or_for_want_of_permission(
    folder, monkeypatch
):
    (only,) = (
        {*commit.read(folder, 1).files()} - {*commit.read(folder, 2).files()} - {commit.name_of(1)}
    )
    (folder / only).unlink()
    with exclusive(folder), pytest.raises(IndexBusy):
        upkeep.repair(folder)
    (folder / only).mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        with pytest.raises(IndexFault, match="check its permissions"):
            upkeep.repair(folder)
    assert commit.numbers(folder) == [1, 2]


@pytest.mark.parametrize("data", [None, b"", b'{"crc32": 1, "body": "x"}'])
def test_current_json_alone_is_lost(folder, data):
    (folder / commit.CURRENT).unlink()
    if data is not None:
        (folder / commit.CURRENT).write_bytes(data)
    done = repaired(folder)
    assert (done.action, done.generation, done.articles) == ("rolled back", 2, COUNT)
    assert set(held(folder)) == {*ARTICLES, "new"}


def test_what_was_seen_of_files_is_no_article(folder):
    (folder / commit.read_current(folder).facts[commit.SEEN_FILES]).unlink()
    done = repaired(folder)
    assert (done.action, done.generation, done.articles, done.lost) == ("rebuilt", 3, COUNT, ())
    assert open_engine("local", folder).files() == Files()


@pytest.mark.parametrize(
    "name", ["postings.codes", "groups.heads", "stored.starts", "documents.hashes"]
)
def test_all_articles_are_saved_where_only_other_bytes_are_flipped(folder, name):
    """Both generations need this segment."""
    entry = commit.read(folder, 1).segments[0]
    place = place_of(folder, entry, name)
    flip(folder / entry.file, place + 100)
    done = repaired(folder)
    assert (done.action, done.articles) == (
        "rebuilt",
        COUNT - (name == "stored.starts") * len(done.lost),
    )
    assert len(done.lost) <= 2 * (name == "stored.starts")
    assert open_engine("local", folder).files() == Files()
    saved = held(folder)
    assert {i: saved[i] for i in ARTICLES if i not in done.lost} == {
        i: one for i, one in ARTICLES.items() if i not in done.lost
    }


def test_an_article_whose_text_is_flipped_is_lost_alone(folder):
    entry = commit.read(folder, 1).segments[0]
    place = place_of(folder, entry, "stored.bytes")
    flip(folder / entry.file, place + 20)
    done = repaired(folder)
    assert (done.action, done.articles) == ("rebuilt", COUNT - 1)
    (lost,) = done.lost
    assert set(held(folder)) == {*ARTICLES, "new"} - {lost}


def test_an_article_that_is_torn_is_taken_from_an_older_generation(folder):
    """The newest one of it is torn, and no generation is sound; what was removed stays so."""
    put(folder, [article(50, "Bridge closed")], [article(3).id])
    entries = commit.read(folder, 3).segments
    assert [entry.documents for entry in entries] == [41, 20, 1]
    flip(folder / entries[0].file, place_of(folder, entries[0], "groups.heads"))
    flip(folder / entries[2].file, place_of(folder, entries[2], "stored.bytes") + 1)
    done = repaired(folder)
    assert (done.action, done.lost) == ("rebuilt", ())
    saved = held(folder)
    assert set(saved) == {*ARTICLES, "new"} - {article(3).id}
    assert saved[article(50).id] == article(50)


def test_where_deletions_are_lost_only_what_was_forgotten_stays_away(folder):
    """What was removed comes back, as if it had not been: the next job removes it again."""
    other = Article(id="other", body="Of another path", path="/other/1.md", root="/other")
    put(folder, [other, article(80)])
    put(folder, [], ["other", article(3).id])
    entries = commit.read(folder, 4).segments
    flip(folder / entries[1].file, place_of(folder, entries[1], "groups.heads"))
    for entry in entries:
        if entry.deletions:
            (folder / entry.deletions).write_bytes(b"")
    (folder / commit.name_of(1)).unlink()
    done = repaired(folder)
    assert (done.action, done.lost) == ("rebuilt", ())
    assert {"other", article(3).id} & set(held(folder)) == {article(3).id}


def test_what_was_forgotten_does_not_come_back(folder):
    """Not even where a segment of the current generation is gone, which might have held it."""
    other = Article(id="other", body="Of another path", path="/other/1.md", root="/other")
    put(folder, [other])
    put(folder, [article(80)], ["other"])
    entries = commit.read(folder, 4).segments
    flip(folder / entries[0].file, place_of(folder, entries[0], "groups.heads"))
    (folder / entries[-1].file).unlink()
    (folder / commit.name_of(1)).unlink()
    done = repaired(folder)
    assert (done.action, done.lost) == ("rebuilt", (entries[-1].file,))
    assert set(held(folder)) == {*ARTICLES, "new"}


def test_a_segment_that_is_gone_is_named_and_the_rest_is_saved(folder):
    shared = commit.read(folder, 1).segments[0].file
    (folder / shared).write_bytes((folder / shared).read_bytes()[:-1])
    done = repaired(folder)
    assert (done.action, done.lost) == ("rebuilt", (shared,))
    assert set(held(folder)) == {*[*ARTICLES][40:], "new"}


def test_nothing_but_segments_is_left(folder):
    for number in (1, 2):
        (folder / commit.name_of(number)).write_bytes(b"")
    done = upkeep.repair(folder)
    assert (done.action, done.generation) == ("rebuilt", 3)
    assert set(held(folder)) == set(ARTICLES)
    assert upkeep.check(folder, deep=True).damages == ()
    (folder / commit.name_of(3)).unlink()
    (folder / commit.CURRENT).write_bytes(b"\0\0\0")
    upkeep.repair(folder)
    assert set(held(folder)) == set(ARTICLES)


def test_an_empty_generation_is_no_way_back(tmp_path):
    put(tmp_path, ARTICLES.values())
    (entry,) = commit.read_current(tmp_path).segments
    flip(
        tmp_path / entry.file,
        place_of(tmp_path, entry, "groups.heads"),
    )
    done = repaired(tmp_path)
    assert (done.action, done.articles, done.lost) == ("rebuilt", COUNT, ())


@pytest.mark.parametrize("others", [(), (commit.CURRENT,)])
def test_nor_is_it_where_nobody_can_read_what_the_other_one_is(tmp_path, others):
    """Its segment is whole, and no generation that can be read needs it."""
    put(tmp_path, ARTICLES.values())
    for name in (commit.name_of(1), *others):
        flip(tmp_path / name, 40)
    done = upkeep.repair(tmp_path)
    assert (done.action, done.articles, done.lost) == ("rebuilt", COUNT, (commit.name_of(1),))
    assert held(tmp_path) == ARTICLES


def test_a_small_generation_is_no_way_back_from_a_large_one_that_cannot_be_read(tmp_path):
    articles = list(ARTICLES.values())
    put(tmp_path, articles[:10])
    put(tmp_path, articles[10:])
    (tmp_path / commit.name_of(2)).write_bytes(b"")
    done = upkeep.repair(tmp_path)
    assert (done.action, done.articles, done.lost) == ("rebuilt", COUNT, (commit.name_of(2),))
    assert held(tmp_path) == ARTICLES


def test_who_goes_back_from_a_generation_that_cannot_be_read_names_it_as_lost(folder):
    flip(folder / commit.name_of(2), 40)
    done = repaired(folder)
    assert (done.action, done.generation, done.articles) == ("rolled back", 1, 41)
    assert done.lost == (commit.name_of(2),)


def test_a_repair_that_fails_changes_nothing(folder, monkeypatch):
    entry = commit.read(folder, 1).segments[0]
    flip(
        folder / entry.file,
        place_of(folder, entry, "groups.heads"),
    )
    before = checksums(folder)
    with monkeypatch.context() as patch:
        patch.setattr("search.engines.building.build", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upkeep.repair(folder)
    assert {name: data for name, data in checksums(folder).items() if name != "lock"} == {
        name: data for name, data in before.items() if name != "lock"
    }
    assert repaired(folder).articles == COUNT


def test_nothing_is_repaired_while_a_job_writes(folder):
    (folder / commit.read(folder, 1).segments[0].file).unlink()
    with exclusive(folder), pytest.raises(IndexBusy):
        upkeep.repair(folder)


def test_a_generation_one_went_back_from_is_not_what_a_repair_goes_to(folder):
    upkeep.rollback(folder, 1)
    put(folder, [article(70)])
    commit.make_current(folder, Current(2, 3))
    (folder / [*commit.read(folder, 2).segments][-1].file).unlink()
    assert upkeep.repair(folder).generation == 1


def test_a_file_that_may_not_be_read_is_no_damage_to_be_repaired(folder, monkeypatch):
    entry = commit.read(folder, 1).segments[0]
    (folder / entry.file).unlink()
    (folder / entry.file).mkdir()
    assert damaged(upkeep.check(folder)) == {(entry.file, "unreadable")}
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(IndexFault, match="check its permissions"):
        upkeep.repair(folder)


@pytest.mark.parametrize("lost", ["the newest segment", "a shared section", "current.json"])
def test_a_repair_that_is_ended_at_any_step_can_be_run_again(whole, tmp_path, monkeypatch, lost):
    for number in count(1):
        folder = shutil.copytree(whole, tmp_path / str(number))
        shared, newest = commit.read(folder, 2).segments
        if lost == "the newest segment":
            (folder / newest.file).unlink()
        elif lost == "current.json":
            (folder / commit.CURRENT).write_bytes(b"")
        if lost != "the newest segment":
            flip(folder / shared.file, place_of(folder, shared, "groups.heads"))
        with monkeypatch.context() as patch:
            failing = Failing(patch, number, KeyboardInterrupt())
            with contextlib.suppress(KeyboardInterrupt):
                upkeep.repair(folder)
        again = upkeep.repair(folder)
        assert upkeep.check(folder, deep=True).sound, number
        assert again.articles == (41 if lost == "the newest segment" else COUNT), number
        if failing.calls < number:
            break
    assert number > 3
