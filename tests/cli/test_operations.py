"""What docs/operations.md says to type is typed, from top to bottom, by a shell."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.desk import TOP, ended

PAGE = (TOP / "docs/operations.md").read_text(encoding="utf-8")
PARTS = re.split(r"^## ", PAGE, flags=re.MULTILINE)


def blocks(part, kind="sh"):
    return re.findall(rf"^```{kind}\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(checkout, monkeypatch):
    """Run a line as somebody at a desk does, with duowen in the PATH."""
    program = checkout / "bin/duowen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import cli; cli.process()" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(TOP))

    def shell(line):
        done = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout + done.stderr

    return shell


def damage(index):
    """Flip a bit in the largest file of an index."""
    path = max(index.glob("*.seg"), key=lambda path: path.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("is_damaged", [True, False])
def test_the_page_is_typed_from_top_to_bottom(shell, start, checkout, is_damaged):
    (settings,) = blocks(PAGE, "yaml")
    Path("duowen.yaml").write_text(settings, encoding="utf-8")
    said = {}
    for part in PARTS[1:]:
        if part.startswith("Recovering") and is_damaged:
            damage(checkout / "index_data")
        for line in (line for block in blocks(part) for line in block.splitlines()):
            if line.startswith("duowen watch"):
                watching = start(*line.split()[1:])
                watching.stderr.readline()
                watching.send_signal(signal.SIGTERM)
                assert ended(watching).code == 143
            elif part.startswith("Recovering") and line == "duowen check":
                assert "sound" in shell(f"{line} || true")  # a flipped bit is seen by --deep only
            else:
                said[line] = shell(line)
    assert len(said) > 30
    assert said["duowen diff 0 2"].startswith("65 added\n")
    assert "Generation 2 is searched now, 65 articles" in said["duowen rollback 2"]
    assert "dry run" in said["duowen index --dry-run"]
    assert "65 moved" in said["duowen index archive"]
    assert "duowen: 0 removed" in said["duowen index --forget tests/corpus"]
    assert ("flipped" in said["duowen check --deep || duowen repair"]) == is_damaged
    assert (checkout / "duowen.prom").exists()


def test_every_exit_code_is_in_the_table():
    from search.commands.program import EXIT_CODES

    (table,) = [part for part in PARTS if part.startswith("Monitoring")]
    named = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    assert {code for cell in named for code in cell.split(", ")} == set(EXIT_CODES)
