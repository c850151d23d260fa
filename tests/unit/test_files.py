"""Files are replaced in one step: whole, or not at all."""

import errno
import os

import pytest

from search import files


def names(folder):
    return sorted(os.listdir(folder))


def test_a_file_is_made_and_replaced(tmp_path):
    for data in (b"first", b"second\0\xff"):
        files.replace_durably(tmp_path / "a", data)
        assert (tmp_path / "a").read_bytes() == data
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, step):
    files.replace_durably(tmp_path / "a", b"old")

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space"):
        files.replace_durably(tmp_path / "a", b"new")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_an_interrupt_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    files.replace_durably(tmp_path / "a", b"old")

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.replace_durably(tmp_path / "a", b"new")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_data_and_name_reach_the_disk_in_this_order(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append("sync"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *pair: (steps.append("replace"), replace(*pair)))
    files.replace_durably(tmp_path / "a", b"data")
    assert steps == ["sync", "replace", "sync"]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.replace_durably(tmp_path / "none" / "a", b"")


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mask_decides_who_may_read(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        files.replace_durably(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_a_folder_that_cannot_be_synced_by_its_file_system_is_left_so(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    files.sync_folder(tmp_path)


def test_a_folder_on_a_broken_disk_is_an_error(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        files.sync_folder(tmp_path)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    files.write_whole(str(tmp_path / "link"), "new 新")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new 新"


def test_a_link_to_itself_leads_nowhere_and_is_replaced(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "a")
    files.write_whole(str(tmp_path / "a"), "text")
    assert (tmp_path / "a").read_text() == "text"


def test_a_device_is_written_to_and_not_replaced():
    before = os.stat(os.devnull).st_ino
    files.write_whole(os.devnull, "text")
    assert os.stat(os.devnull).st_ino == before


def test_the_size_of_a_folder_counts_its_files_whatever_goes_meanwhile(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dead").symlink_to("nowhere")
    assert files.size_of_folder(tmp_path) == 8

    class Gone:
        def is_file(self):
            return True

        def stat(self):
            raise FileNotFoundError

    class Entries(list):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(os, "scandir", lambda _: Entries([Gone()]))
    assert files.size_of_folder(tmp_path) == 0
