"""A damaged index is told apart: exit code 4, or the right answer, and never a traceback."""

import json
import random
import shutil
import struct
import zlib
from dataclasses import replace

import pytest

from search.columnar.layout import VERSION
from search.errors import IndexCorrupt, IndexFault, IndexTooNew, IndexTooOld
from search.library import open_index
from tests.cli.desk import write_lines, write_page

QUERY = "bridge OR 新桥"


@pytest.fixture
def index(run, desk):
    """An index of two commits, so that it has more than one of whatever it is made of."""
    records = [
        {
            "id": str(n),
            "title": f"Bridge {n}",
            "date": "2023-11-24",
            "summary": f"新桥{n}号开通。",
            "body": "word " * n,
        }
        for n in range(40)
    ]
    write_lines(desk / "a.jsonl", *records)
    run("index", "a.jsonl")
    write_page(desk / "b.md", "Another bridge")
    run("index", "b.md")
    return desk / "index_data"


def answers(outcome):
    """Return an answer without times, and without what names the place of the index."""
    return {
        name: value
        for name, value in outcome.json.items()
        if name not in ("took_ms", "bytes", "roots", "last_run", "age_seconds")
    }


def files(index):
    return sorted(path for path in index.rglob("*") if path.is_file())


COMMANDS = (("search", QUERY, "--json"), ("show", "7", "--json"), ("stats", "--json"))


@pytest.fixture
def judge(run, index, desk):
    """Damage each file of a copy of the index in turn, and look at what the commands say."""
    right = {command: answers(run(*command)) for command in COMMANDS}

    def judge(damage, label):
        for number, path in enumerate(files(index)):
            copy = desk / f"copy-{number}"
            shutil.copytree(index, copy)
            damaged = copy / path.relative_to(index)
            if damage(damaged):
                for command in COMMANDS:
                    outcome = run(*command, "--index", copy)
                    said = (label, path.name, command, outcome)
                    assert outcome.code in (0, 4), said
                    assert "Traceback" not in outcome.err, said
                    if outcome.code == 4:
                        assert str(copy) in outcome.complaint, said
                    else:
                        assert answers(outcome) == right[command], said
            shutil.rmtree(copy)

    return judge


def test_a_file_that_is_gone(judge):
    def damage(path):
        path.unlink()
        return True

    judge(damage, "gone")


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 1])
def test_a_file_that_was_cut_off(judge, share):
    def damage(path):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))] if share < 1 else whole[:-1])
        return bool(whole)

    judge(damage, f"cut at {share}")


def test_a_file_with_more_behind_it(judge):
    def damage(path):
        with path.open("ab") as file:
            file.write(b"\0" * 100)
        return True

    judge(damage, "longer")


def test_a_file_of_zeros(judge):
    def damage(path):
        path.write_bytes(bytes(path.stat().st_size))
        return path.stat().st_size > 0

    judge(damage, "zeros")


def asked(folder):
    """Ask a program's questions; return the answers without time, place and size."""
    with open_index(folder) as opened:
        results = [opened.search(query, limit=100) for query in (QUERY, "word", "bri*", '"新桥7"')]
        pages = [replace(page, took_ms=0) for page in results]
        return pages, opened.get("7"), opened.statistics()._replace(bytes=0)


def test_a_byte_that_flipped_anywhere(index):
    """Exit code 4 or the right answer: silence about a wrong one would be the worst of all."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    right = asked(index)
    wrong = []
    for path in files(index):
        whole = path.read_bytes()
        step = max(1, len(whole) // 60)
        for place in range(chance.randrange(step), len(whole), step):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << chance.randrange(8)
            path.write_bytes(damaged)
            try:
                if asked(index) != right:
                    wrong.append((path.name, place, "another answer"))
            except IndexFault:
                continue
            except Exception as error:  # noqa: BLE001
                wrong.append((path.name, place, repr(error)))
        path.write_bytes(whole)
    assert not wrong, f"seed {seed}: {len(wrong)} bytes, first {wrong[:5]}"


def test_a_damaged_index_is_not_written_to(run, index, desk):
    for path in files(index):
        path.write_bytes(path.read_bytes()[:5])
    outcome = run("index", "a.jsonl")
    assert outcome.code == 4
    assert "damaged" in outcome.complaint
    assert run("stats").code == 4


def test_a_program_gets_an_index_fault(index):
    for path in files(index):
        path.write_bytes(b"")
    with pytest.raises(IndexFault):
        open_index(index)


@pytest.mark.parametrize(
    ("values", "name"),
    [({"generation": "x"}, "current.json"), ({"segments": [{"odd": 1}]}, "generation")],
)
def test_a_file_that_is_intact_and_makes_no_sense(index, values, name):
    path = max(index.glob(f"{name}*"))
    sealed = json.loads(path.read_bytes())
    body = json.dumps({**json.loads(sealed["body"]), **values})
    path.write_text(json.dumps({"crc32": zlib.crc32(body.encode()), "body": body}))
    with pytest.raises(IndexCorrupt):
        open_index(index)


def test_a_segment_of_another_format(index):
    """Told by both of its versions; one alone that differs is a flipped byte."""
    path = min(index.glob("*.seg"))
    data = bytearray(path.read_bytes())
    footer = len(data) - 40 + 20  # after two u64 and a CRC
    for version, kind in ((VERSION - 1, IndexTooOld), (VERSION + 1, IndexTooNew)):
        data[8:12] = struct.pack("<I", version)
        path.write_bytes(data)
        with pytest.raises(IndexCorrupt):
            open_index(index)
        changed = data[:footer] + struct.pack("<I", version) + data[footer + 4 :]
        path.write_bytes(changed)
        with pytest.raises(kind):
            open_index(index)
