"""Arrays that wait in a file come back as they were, or not at all."""

import numpy as np
import pytest

from search.columnar import spill
from search.columnar.spill import Spill


@pytest.fixture
def path(tmp_path):
    arrays = {
        "small": np.arange(5, dtype=np.uint8),
        "none": np.zeros(0, np.int64),
        "large": np.arange(1_000, dtype=np.uint64) << np.uint64(40),
        "every other": np.arange(10)[::2],
    }
    spill.write(tmp_path / "spill", arrays)
    return tmp_path / "spill"


def test_arrays_are_read_whole_and_in_pieces(path):
    with Spill(path) as file:
        assert file.read("small").tolist() == [0, 1, 2, 3, 4]
        assert file.read("none").tolist() == []
        assert file.read("every other").tolist() == [0, 2, 4, 6, 8]
        assert file.read("large", 998).tolist() == [998 << 40, 999 << 40]
        assert file.read("large", 3, 5).tolist() == [3 << 40, 4 << 40]
        assert file.read("large", 5, 5).tolist() == []


def test_what_was_cut_off_is_told(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3_000)
    with Spill(path) as file, pytest.raises(OSError, match="cut off"):
        file.read("large")


def test_a_file_is_never_written_over(path):
    with pytest.raises(FileExistsError):
        spill.write(path, {})


def test_so_many_arrays_have_no_room(tmp_path):
    with pytest.raises(ValueError, match="so many"):
        spill.write(tmp_path / "x", {f"array {n}": np.zeros(1) for n in range(100)})
