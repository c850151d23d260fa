from pathlib import Path

import pytest

from search.sources.options import SourceOptions
from search.sources.reading import read
from search.sources.source_file import SourceFile


class Desk:
    """Writes a file and reads it back as values."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def read(self, name: str, content: str | bytes, **options):
        path = self.write(name, content)
        file = SourceFile(str(self.folder), str(path), name)
        return list(read(file, SourceOptions(**options)))

    def read_one(self, name: str, content: str | bytes, **options):
        (value,) = self.read(name, content, **options)
        return value


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)
