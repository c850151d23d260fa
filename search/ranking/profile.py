"""The numbers of ranking, in one validated value: the one place to tune."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from search.errors import ConfigError
from search.schema import FIELDS


def _default_weights() -> Mapping[str, float]:
    return {text_field.name: text_field.weight for text_field in FIELDS}


@dataclass(frozen=True, slots=True)
class RankingProfile:
    """BM25 with field weights.

    `k1`: how soon further occurrences stop counting; `b`: how much long fields are held back, 0 to 1.
    `exact`: what the word as typed adds to its inflections; `at_boundaries`: what a Chinese word at its
    own boundaries adds to its characters inside other words; `side_by_side`: what neighbours add.
    """

    k1: float = 1.2
    b: float = 0.75
    weights: Mapping[str, float] = field(default_factory=_default_weights)
    exact: float = 0.3
    at_boundaries: float = 0.5
    side_by_side: float = 0.5

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must not be negative"
            for name in ("k1", "exact", "at_boundaries", "side_by_side")
            if getattr(self, name) < 0
        ]
        if not 0 <= self.b <= 1:
            wrong.append("b must be between 0 and 1")
        known = set(_default_weights())
        wrong += [f"{name} is no text field" for name in self.weights if name not in known]
        wrong += [f"the weight of {name} is negative" for name, w in self.weights.items() if w < 0]
        if wrong:
            raise ConfigError(
                f"The ranking profile is wrong: {'; '.join(wrong)}; mend the numbers."
            )


DEFAULT_PROFILE = RankingProfile()
