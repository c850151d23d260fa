"""How long is `26h`? Durations as people type them, to seconds and back.

Comes in: whole numbers with units, the large ones first: `90s`, `15m`, `1h30m`, `7d`; or a plain 0.
"""

import re

FORMS = "30s, 15m, 26h or 7d"
"""What sentences show as examples."""

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FORM = "".join(rf"(?:(\d{{1,9}}){unit})?" for unit in _UNITS)
_LONGEST = 3_660 * _UNITS["d"]  # what any system's clock and sleep can do


def parse(text: str) -> float:
    """Return the seconds; raises ValueError, whose text says what it must be."""
    found = re.fullmatch(_FORM, text.strip().lower(), re.ASCII)
    if text.strip() == "0":
        return 0.0
    if found is None or not any(found.groups()):
        raise ValueError(f"must be a duration such as {FORMS}")
    seconds = sum(
        int(number or 0) * length
        for number, length in zip(found.groups(), _UNITS.values(), strict=True)
    )
    if seconds > _LONGEST:
        raise ValueError("must be no longer than ten years")
    return float(seconds)


def shown(seconds: float) -> str:
    """Write seconds in the same way, in the two largest units that count: `3d2h`, `26h`, `15m`, `0s`.

    Days are counted from two on.
    """
    rest = max(0, round(seconds))
    parts: list[tuple[int, str]] = []
    for unit, length in list(_UNITS.items())[rest < 2 * _UNITS["d"] :]:
        count, rest = divmod(rest, length)
        if count or parts:
            parts.append((count, unit))
    return "".join(f"{count}{unit}" for count, unit in parts[:2] if count) or "0s"
