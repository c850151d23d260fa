"""What it ran on: enough to judge a figure, nothing that names the machine."""

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

_THREADS = "OPENBLAS_CORETYPE"


def describe() -> dict[str, Any]:
    """Return processor, cores, memory, load and versions."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "numpy": _numpy(),
        "numpy_limited_by": os.environ.get(_THREADS, ""),
        "load_at_start": load(),
    }


def cpu_model() -> str:
    """Return the processor's name."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def slug() -> str:
    """Return the processor's name as part of a folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", cpu_model().lower()).strip("-") or "machine"


def load() -> list[float]:
    """Return how many processes wanted a core, over 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


def _numpy() -> str:
    try:
        import numpy as np
    except ImportError:
        return "none"
    return np.__version__


def command() -> str:
    """Return the command's options, without paths."""
    words = sys.argv[1:]
    hidden = {"--data", "--work"}
    kept = [
        word
        for number, word in enumerate(words)
        if word not in hidden
        and (number == 0 or words[number - 1] not in hidden)
        and not any(word.startswith(f"{name}=") for name in hidden)
    ]
    return " ".join(["python -m benchmarks.run", *kept])


def reason(error: object) -> str:
    """Return the last line of what an error says, without the paths of this machine."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"(?:/[\w.@+-]+){2,}", "…", lines[-1])
