"""Where runs are kept: a folder for each, and none is ever overwritten."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks import machine

RUNS = Path(__file__).resolve().parent / "runs"
_NUMBERS = re.compile(r"\[[-\d.,\s]+\]")
"""Lists of numbers, to be kept on one line each."""


def new_folder(what: str = "") -> Path:
    """Return a folder for a run of today on this processor; it is not made yet."""
    name = f"{datetime.now(timezone.utc).date().isoformat()}-{machine.slug()}"
    name += f"-{what}" if what else ""
    taken = sum(1 for path in RUNS.glob(f"{name}*") if path.is_dir())
    return RUNS / (f"{name}-{taken + 1}" if taken else name)


def keep(results: Mapping[str, Any], folder: Path) -> None:
    """Write the results as they are so far."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    text = _NUMBERS.sub(lambda found: " ".join(found.group().split()), text)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
