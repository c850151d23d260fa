"""The program: a plain search is answered at once, everything else is read by click.

The commands are in search/commands/; exit codes are in search.errors. Little is imported at the top:
`duowen --help` must be quick, and every search.
"""

import sys

try:
    import atexit
    import gc
    import os
    from typing import NoReturn

    from search import signals, streams
    from search.commands import plain
    from search.commands.telling import ENDINGS, warn
    from search.errors import EXIT_DONE
except KeyboardInterrupt:  # before there is anything to tell
    sys.exit(130)


def main() -> NoReturn:
    """Run the command line, and end as programs in Python do: by SystemExit."""
    sys.exit(streams.end(run()))


def process() -> NoReturn:
    """Be the process: run, and end at once; taking Python to pieces first would only take time."""
    code = run()
    atexit._run_exitfuncs()  # noqa: SLF001  # what others registered is still done
    os._exit(streams.end(code) or EXIT_DONE)


def run() -> int | None:
    """Run the command line; a closed pipe ends it quietly, an interrupt with 130 or 143."""
    code: int | None
    try:
        _hurry()
        streams.prepare()
        signals.handle()
        code = plain.answered(sys.argv[1:])
        if code is None:
            code = _run_by_click()
    except (KeyboardInterrupt, signals.Terminated) as ending:
        what, code = ENDINGS[type(ending)]
        warn([f"{what}; what was indexed before is still there."])
    signals.ignore()
    return code


def _run_by_click() -> int | None:
    try:
        from search.commands import program
    except KeyboardInterrupt:  # before there is anything to tell
        sys.exit(130)
    return program.run()


def _hurry() -> None:
    """Leave out of a short process what only long ones need."""
    gc.disable()
    # Read as numpy is loaded: OpenBLAS would start a thread for each core, and nothing here uses any.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


if __name__ == "__main__":
    process()
