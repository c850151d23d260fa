"""Where may a run write beside the index? Asked before there is any work in what would be written."""

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import click

from search.errors import ConfigError, DuowenError

if TYPE_CHECKING:
    from search.commands.jobs import Asked
    from search.config import Settings

STANDARD_OUTPUT = "-"


def check(asked: "Asked", settings: "Settings", paths: Sequence[str]) -> None:
    """Refuse outputs that cannot be written, and those that would overwrite what a run reads.

    Raises BadParameter and ConfigError.
    """
    named: dict[str, str] = {}
    for option in ("report", "metrics"):
        path = getattr(asked, option)
        if path and path != STANDARD_OUTPUT:
            full = absolute(path)
            if os.path.isdir(full) or not os.path.isdir(os.path.dirname(full)):
                raise click.BadParameter(
                    f"{path} can be no file; name one.", param_hint=f"--{option}"
                )
            named[f"--{option} {path}"] = full
    for target in asked.targets(settings):
        if target.path:
            named[f"The target {target.name}"] = str(target.path)
    if not named:
        return
    from search.indexing import apart

    roots = _roots(settings, paths, older=asked.rebuild)
    for name, full in named.items():
        if settings.origin and os.path.realpath(full) == os.path.realpath(settings.origin):
            raise ConfigError(f"{name} is the file of the settings; name another one.")
        apart.check_output(name, full, settings.index, roots)
        if not roots and _may_hold_articles(full):
            raise ConfigError(
                f"{name} is there already, and nothing to index is known; name a PATH."
            )


def _may_hold_articles(path: str) -> bool:
    """Say whether a file is perhaps what was to be indexed: `index --report news.jsonl`."""
    from search.sources.reading import format_suffix

    if not (os.path.isfile(path) and format_suffix(path)):
        return False
    with suppress(OSError), open(path, "rb") as file:
        head = file.read(64)
        return bool(head) and not head.startswith(_OWN)
    return True


_OWN = (b'{"schema_version"', b"# HELP duowen_")
"""How reports and metrics begin."""


def absolute(path: str) -> str:
    """Return the path as it is from everywhere."""
    return os.path.abspath(os.path.expanduser(path))


def _roots(settings: "Settings", paths: Sequence[str], *, older: bool) -> Sequence[str]:
    """Return the paths that a run would look at; none where the run itself will fail to tell."""
    if named := paths or settings.paths:
        return [absolute(path) for path in named]
    from search.engines.registry import open_engine

    with (
        suppress(DuowenError),
        closing(open_engine(settings.engine, settings.index, older=older)) as opened,
    ):
        return opened.roots()
    return ()
