"""The paths that were indexed, as a writer keeps them until it commits."""

from collections.abc import Iterable


class KnownRoots:
    """What the writers of all engines do about them."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = list(roots)

    def know(self, root: str) -> None:
        """Remember a path that was indexed."""
        if root not in self._roots:
            self._roots.append(root)

    def forget(self, root: str) -> None:
        """Forget a path that was indexed."""
        self._roots = [known for known in self._roots if known != root]
