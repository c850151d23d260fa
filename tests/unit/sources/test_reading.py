import bz2
import gzip
import io
import json
import lzma
import os
import sys
import zlib

import pytest

from search.article import Article
from search.sources import example, opening
from search.sources.options import DEFAULT_OPTIONS
from search.sources.reading import READERS, read
from search.sources.rejected import Rejected
from search.sources.source_file import SourceFile

LINES = b"".join(b'{"title": "T%d", "body": "text"}\n' % n for n in range(3))
STDIN = SourceFile("-", "-", "-")


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_compressed_files_are_read_like_others_even_under_a_plain_name(desk, suffix):
    packed = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[suffix](LINES)
    for name in (f"n.jsonl.{suffix}", "n.jsonl", f"N.JSONL.{suffix.upper()}"):
        assert [value.title for value in desk.read(name, packed)] == ["T0", "T1", "T2"]


def test_two_members_in_one_gzip_file(desk):
    assert len(desk.read("n.jsonl.gz", gzip.compress(LINES) * 2)) == 6


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda data: lzma.compress(data, preset=0),
        lambda data: bz2.compress(data, compresslevel=1),
    ],
    ids=["gz", "xz", "bz2"],
)
def test_a_download_that_broke_off_gives_the_records_before_the_break(desk, pack):
    records = b"".join(
        json.dumps({"title": f"T{n}", "body": os.urandom(300).hex()}).encode() + b"\n"
        for n in range(1500)
    )
    packed = pack(records)
    values = desk.read("n.jsonl", packed[: len(packed) * 9 // 10])
    articles = [value for value in values if isinstance(value, Article)]
    assert [a.title for a in articles] == [f"T{n}" for n in range(len(articles))]
    assert len(articles) > 1000
    assert isinstance(values[-1], Rejected)
    assert "breaks off or is damaged" in values[-1].reason
    assert len(values) == len(articles) + 1


def test_damage_inside_a_compressed_file_is_told(desk):
    packed = bytearray(gzip.compress(os.urandom(2000)))
    packed[500] ^= 0xFF
    assert isinstance(desk.read_one("a.txt.gz", bytes(packed)), Rejected)


def test_a_plain_file_under_a_compressed_name_is_told(desk):
    assert "rename it" in desk.read_one("n.jsonl.gz", LINES).reason


def test_a_small_file_that_unpacks_to_very_much_is_refused(desk, monkeypatch):
    monkeypatch.setattr(opening, "WHOLE_LIMIT", 1 << 20)
    monkeypatch.setattr(opening.read_whole, "__defaults__", (1 << 20,))
    value = desk.read_one("a.json.gz", gzip.compress(b" " * (5 << 20)))
    assert "more than 1 MiB" in value.reason


def test_jsonl_is_read_as_it_comes(desk, monkeypatch):
    """The first article is there before the second line was asked for."""

    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            buffer[:] = (LINES * (len(buffer) // len(LINES) + 1))[: len(buffer)]
            self.given += len(buffer)
            return len(buffer)

    endless = Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
    values = read(STDIN)
    assert next(values).title == "T0"
    assert endless.given < 1 << 20
    values.close()


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b'{"title": "T", "body": "b"}\n{"title": "U"}\n', "T"),
        (b'{"title": "T",\n "body": "b"}', "T"),
        (b'[{"title": "T"}]', "T"),
        (b'{"title": "T"}\n\nBody\n', "T"),
        (b"---\ntitle: T\n---\nBody", "T"),
        (b'+++\r\ntitle = "T"\r\n+++\r\nBody', "T"),
        (b"url,title\n,T\n", "T"),
        ("\ufeffurl;Title\n;T\n".encode("utf-16"), "T"),
        (b"[T]\n\nplain text", "[T]"),
        (b"T\n\nplain text", "T"),
        (gzip.compress(b'{"title": "T"}', mtime=0), "T"),
        ("外长会谈\n\n这次会谈标志着一次外交交流".encode("gb18030"), "外长会谈"),
    ],
)
@pytest.mark.parametrize("is_stdin", [True, False])
def test_a_file_whose_name_says_nothing_is_known_by_its_start(
    desk, monkeypatch, content, title, is_stdin
):
    path = desk.write("article.unknown", content)
    with path.open(encoding="utf-8") as handle:
        monkeypatch.setattr(sys, "stdin", handle)
        file = STDIN if is_stdin else SourceFile(str(path.parent), str(path), path.name)
        first = next(read(file))
        assert first.title == title
        assert (first.path, first.root) == (file.path, file.root)
        assert not handle.closed


def test_standard_input_is_not_closed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES)))
    assert len(list(read(STDIN))) == 3
    assert not sys.stdin.closed


def test_a_file_that_is_gone_is_rejected(tmp_path):
    path = str(tmp_path / "gone.txt")
    (value,) = read(SourceFile(str(tmp_path), path, "gone.txt"))
    assert (value.path, value.line) == (path, 0)
    assert "cannot be read" in value.reason


def test_a_folder_in_place_of_a_file_is_rejected(tmp_path):
    (value,) = read(SourceFile(str(tmp_path), str(tmp_path), "x.txt"))
    assert isinstance(value, Rejected)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_without_permission_is_rejected(desk):
    path = desk.write("a.txt", "text")
    path.chmod(0)
    (value,) = read(SourceFile(str(desk.folder), str(path), "a.txt"))
    assert "permissions" in value.reason


def test_an_error_while_a_file_is_read_is_rejected(desk, monkeypatch):
    path = desk.write("n.jsonl", LINES)

    def failing(*_arguments, **_options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("builtins.open", failing)
    (value,) = read(SourceFile(str(desk.folder), str(path), "n.jsonl"))
    assert "Input/output error" in value.reason


@pytest.mark.parametrize("suffix", READERS)
def test_a_binary_file_under_any_suffix_is_rejected(desk, suffix):
    content = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + zlib.compress(b"picture" * 100)
    values = desk.read(f"a{suffix}", content)
    assert values
    assert {type(value) for value in values} == {Rejected}


def test_the_same_article_in_every_format(desk):
    fields = {
        "title": "外长会谈",
        "source": "Reuters",
        "date": "2023-11-24T02:11:55Z",
        "body": "The text.",
    }
    front = "".join(f"{name}: {value}\n" for name, value in fields.items() if name != "body")
    row = ",".join(fields.values())
    written = {
        "a.txt": "Reuters-外长会谈\n\n2023-11-24T02:11:55Z\n\nThe text.\n",
        "a.md": f"---\n{front}---\nThe text.\n",
        "a.json": json.dumps(fields),
        "a.jsonl": json.dumps(fields, ensure_ascii=False),
        "a.csv": f"{','.join(fields)}\n{row}\n",
    }
    articles = {name: desk.read_one(name, text) for name, text in written.items()}
    shapes = {(a.title, a.source, a.published, a.precision, a.body) for a in articles.values()}
    assert len(shapes) == 1, articles


def test_the_template_for_new_formats_works(desk):
    content = b"title: A: b\ndate: 2023-11-24\n\n\nno colon\ntitle: C\n"
    file = SourceFile(str(desk.folder), "x", "x")
    first, bad, second = example.read(io.BufferedReader(io.BytesIO(content)), file, DEFAULT_OPTIONS)
    assert (first.title, first.precision, first.id) == ("A: b", "day", "x#1")
    assert (bad.line, second.title, second.id) == (5, "C", "x#2")
