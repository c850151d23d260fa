"""Which lines make systemd, or cron, run a job? Pure functions: a job and its times -> text.

What stands in the lines is what the job was called with, quoted for whoever reads them: systemd knows
`%` and `$`, cron knows `%`, and the shell that cron starts knows everything else.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from search import durations
from search.errors import ConfigError

_TEMPORARY = ("/tmp/", "/var/tmp/")  # noqa: S108  # as systemd has it
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 604_800


@dataclass(frozen=True, slots=True)
class Job:
    """A command with absolute paths, the paths it reads, and the files and folders it writes."""

    name: str
    command: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    user: str | None = None
    needs_network: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """When it runs: every so many seconds, or at these times (hour, minute) of each day."""

    every: float | None = None
    at: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse, by ConfigError, an interval that no clock shows: 7 minutes, say."""
        every = self.every
        if every is not None and not (
            every in (_DAY, _WEEK)
            or (every >= _MINUTE and every % _MINUTE == 0 and _HOUR % every == 0)
            or (every >= _HOUR and every % _HOUR == 0 and _DAY % every == 0)
        ):
            raise ConfigError(
                f"A timer cannot run every {durations.shown(every)};"
                " choose what divides an hour or a day, as 15m and 6h do, or 1d or 7d;"
                " duowen watch knows no such limit."
            )

    @property
    def words(self) -> str:
        """Say when, for a comment."""
        if self.every is not None:
            return f"every {durations.shown(self.every)}"
        return "at " + ", ".join(f"{hour:02}:{minute:02}" for hour, minute in self.at)


def systemd(job: Job, times: Times) -> dict[str, str]:
    """Return the service and the timer by the names of their files; raises ConfigError."""
    _check(job)
    user = f"User={_systemd(job.user)}\n" if job.user else ""
    # A /tmp of its own hides the real one, where somebody may try this out.
    is_there = any(word.startswith(_TEMPORARY) for word in (*job.command, *job.reads, *job.writes))
    writes = (*job.writes, "/tmp") if is_there else job.writes  # noqa: S108  # as systemd has it
    network = "network-online.target"
    service = _SERVICE.format(
        network=f"Wants={network}\nAfter={network}\n" if job.needs_network else "",
        name=job.name,
        mounts=" ".join(map(_systemd, (*job.reads, *job.writes))),
        command=" ".join((_systemd(job.command[0]), *map(_argument, job.command[1:]))),
        user=user,
        writes=" ".join(map(_systemd, writes)),
        temporary="" if is_there else "PrivateTmp=true\n",
    )
    calendar = "\n".join(f"OnCalendar={one}" for one in _calendar(times))
    delay = min(5 * _MINUTE, int((times.every or _DAY) / 10))
    timer = _TIMER.format(name=job.name, words=times.words, calendar=calendar, delay=delay)
    return {f"{job.name}.service": service, f"{job.name}.timer": timer}


def cron(job: Job, times: Times) -> str:
    """Return the lines of a crontab; raises ConfigError."""
    _check(job)
    # Where cron starts a job there may be a duowen.yaml that has nothing to do with it.
    command = f"cd / && nice -n 10 {shlex.join(job.command)}".replace("%", r"\%")
    return "".join(f"{fields} {command}\n" for fields in _cron_fields(times))


def _calendar(times: Times) -> Sequence[str]:
    every = times.every
    if every is None:
        return [f"*-*-* {hour:02}:{minute:02}:00" for hour, minute in times.at]
    if every == _WEEK:
        return ["weekly"]
    if every == _DAY:
        return ["daily"]
    if every >= _HOUR:
        return ["hourly" if every == _HOUR else f"*-*-* 0/{int(every // _HOUR)}:00:00"]
    return [f"*:0/{int(every // _MINUTE)}"]


def _cron_fields(times: Times) -> Sequence[str]:
    every = times.every
    if every is None:
        return [f"{minute} {hour} * * *" for hour, minute in times.at]
    if every == _WEEK:
        return ["0 0 * * 1"]
    if every == _DAY:
        return ["0 0 * * *"]
    if every >= _HOUR:
        return ["0 * * * *" if every == _HOUR else f"0 */{int(every // _HOUR)} * * *"]
    return ["* * * * *" if every == _MINUTE else f"*/{int(every // _MINUTE)} * * * *"]


def _check(job: Job) -> None:
    for word in (job.name, *job.command, *job.reads, *job.writes, job.user or ""):
        # Neither has a way to write a line feed, and half characters are no text to them.
        if not word.isprintable():
            raise ConfigError(
                f"{word!r} cannot stand in a timer; give it a name that is printable."
            )


def _systemd(word: str) -> str:
    """Quote a word for a list in a unit."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return text if text and not set(text) & set(" '\";\\") else f'"{text}"'


def _argument(word: str) -> str:
    """Quote an argument of a command in a unit, where `$` names a variable, too."""
    return _systemd(word).replace("$", "$$")


_SERVICE = """\
# {name}.service: brings the index in line with its paths, once.
[Unit]
Description=duowen: index the news archive ({name})
# Not before the disks are there; a path that is missing would stop the job, not empty the index.
RequiresMountsFor={mounts}
{network}
[Service]
Type=oneshot
{user}WorkingDirectory=/
ExecStart={command}
# 3: done, but some articles were rejected. 75: another job was writing. 143: stopped; the next run
# goes on. None of these is a failure that somebody must be woken for; 1, 2 and 4 are.
SuccessExitStatus=3 75 143
# A job that is stopped commits what it has read so far. Only it is told, and ends its workers itself.
KillSignal=SIGTERM
KillMode=mixed
TimeoutStopSec=10min
TimeoutStartSec=infinity
Nice=10
IOSchedulingPriority=7
NoNewPrivileges=true
ProtectSystem=strict
{temporary}ReadWritePaths={writes}
"""

_TIMER = """\
# {name}.timer: starts {name}.service {words}.
[Unit]
Description=duowen: index the news archive {words} ({name})

[Timer]
{calendar}
# What was missed while the machine was off is done once when it is on again.
Persistent=true
RandomizedDelaySec={delay}

[Install]
WantedBy=timers.target
"""
