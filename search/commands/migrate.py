"""`duowen migrate`: move an index to another engine, from its stored articles."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from search.commands import parsing
from search.commands.parsing import Command, places, wait_option
from search.commands.telling import warn

if TYPE_CHECKING:
    from search.engines.opensearch_settings import OpenSearchSettings


@click.command(cls=Command)
@click.option(
    "--to",
    type=click.Choice(["opensearch", "local"]),
    required=True,
    help="The engine to move to, from the other of these.",
)
@click.option(
    "--index-name", metavar="NAME", help="The index on the cluster, not that of settings."
)
@click.option("--prune", is_flag=True, help="Remove articles that only the new index holds.")
@wait_option
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@places
def migrate(to: str, index_name: str | None, prune: bool, wait: float | None, quiet: bool) -> None:
    """Move the index to another engine.

    The articles come from the index, not from their sources, and are compared at the end: how many there
    are, their hashes, paths and files. What was broken off goes on when it is run again. The old index
    stays as it is, and is the one in use until duowen.yaml says otherwise.
    """
    settings = parsing.settings()
    cluster = _cluster(settings.opensearch, index_name)
    from search.indexing.progress import shown
    from search.migrating import migrate as move

    with shown(None if quiet else sys.stderr) as progress:
        done = move(
            settings.index,
            cluster if to == "opensearch" else "local",
            engine="local" if to == "opensearch" else cluster,
            progress=progress,
            prune=prune,
            wait=settings.wait if wait is None else wait,
        )
    if quiet:
        return
    folder = f"the folder {settings.index}"
    old, new = (folder, cluster.place) if to == "opensearch" else (cluster.place, folder)
    counted = f"{done.sent:,} sent, {done.removed:,} removed ({done.seconds:.1f} s)"
    warn([f"{counted}; {new} holds the same {done.articles:,} articles as {old}."])
    wanted = cluster if to == "opensearch" else "local"
    if settings.engine != wanted:
        name = f" and `index: {cluster.index}` under opensearch:" if index_name else ""
        warn(
            [f"To search there, write `engine: {to}`{name} in {settings.origin or 'duowen.yaml'}."]
        )


def _cluster(known: "OpenSearchSettings | None", name: str | None) -> "OpenSearchSettings":
    """Return how to reach the cluster: as the settings say, else the environment; raises ConfigError."""
    if known is None:
        from pathlib import Path

        from search.engines.opensearch_settings import read_settings

        known = read_settings({}, Path())
    return replace(known, index=name) if name else known
