"""The fixtures of tests/cli/desk.py."""

from tests.cli.desk import desk, run, start

__all__ = ["desk", "run", "start"]
