"""When is a pattern compiled? When it is first asked for something: one search needs few of them."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import AnyStr


class _Late:
    """Stands for a pattern. What it was asked for once is an attribute, found as quickly as a method."""

    def __init__(self, pattern: Any, flags: int) -> None:  # noqa: ANN401  # str or bytes
        self._written = pattern, flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        value = getattr(re.compile(*self._written), name)
        setattr(self, name, value)
        return value


def late(pattern: "AnyStr", flags: int = 0) -> "re.Pattern[AnyStr]":
    """Return a pattern that is not compiled yet; an error in it is raised when it is first used."""
    return _Late(pattern, flags)  # type: ignore[return-value]  # it has all methods of one
