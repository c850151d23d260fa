"""When is a pattern compiled? When it is first asked for something: one search needs few of them."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import AnyStr


_METHODS = (
    "search",
    "match",
    "fullmatch",
    "finditer",
    "findall",
    "sub",
    "subn",
    "split",
    "pattern",
)


class _Compiled:
    """Holds the methods of a pattern; nothing that is looked up is missing, which is quicker."""


class _Late(_Compiled):
    """Stands for a pattern until it is asked for something."""

    def __init__(self, pattern: Any, flags: int) -> None:  # noqa: ANN401  # str or bytes
        self._written = pattern, flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        compiled = re.compile(*self._written)
        vars(self).update((own, getattr(compiled, own)) for own in _METHODS)
        self.__class__ = _Compiled  # type: ignore[assignment]
        return getattr(self, name)


def late(pattern: "AnyStr", flags: int = 0) -> "re.Pattern[AnyStr]":
    """Return a pattern that is not compiled yet; an error in it is raised when it is first used."""
    return _Late(pattern, flags)  # type: ignore[return-value]  # it has all methods of one
