"""The numbers of ranking, in one validated value: the one place to tune."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from search.errors import ConfigError
from search.schema import FIELDS


def _default_weights() -> Mapping[str, float]:
    return {text_field.name: text_field.weight for text_field in FIELDS}


@dataclass(frozen=True, slots=True)
class RankingProfile:
    """BM25 with field weights.

    `k1`: how soon further occurrences stop counting; `b`: how much long fields are held back, 0 to 1.
    `exact`: the share that an occurrence loses which is not the word as typed but an inflection;
    `at_boundaries`: the same for Chinese characters that are not a word at its own boundaries;
    `names`: how often a word in letters counts in a query that has Chinese as well, where it is mostly
    a name; `side_by_side`: what neighbours of the query add that are neighbours in the article, in
    parts of their own score; `recency`: what the newest article gains, halved with every `half_life` of
    days.
    """

    k1: float = 1.2
    b: float = 0.75
    weights: Mapping[str, float] = field(default_factory=_default_weights)
    exact: float = 0.5
    at_boundaries: float = 0.9
    names: float = 5.0
    side_by_side: float = 0.5
    recency: float = 0.1
    half_life: float = 365.0

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must not be negative"
            for name in ("names", "side_by_side", "recency")
            if getattr(self, name) < 0
        ]
        wrong += [
            f"{name} must be between 0 and 1"
            for name in ("b", "exact", "at_boundaries")
            if not 0 <= getattr(self, name) <= 1
        ]
        wrong += [
            f"{name} must be above 0" for name in ("k1", "half_life") if getattr(self, name) <= 0
        ]
        numbers = [
            *(self.k1, self.b, self.exact, self.at_boundaries, self.side_by_side),
            *(self.names, self.recency, self.half_life, *self.weights.values()),
        ]
        if not all(map(isfinite, numbers)):
            wrong.append("every number must be finite")
        known = set(_default_weights())
        wrong += [f"{name} is no text field" for name in self.weights if name not in known]
        wrong += [f"the weight of {name} is negative" for name, w in self.weights.items() if w < 0]
        if wrong:
            raise ConfigError(
                f"The ranking profile is wrong: {'; '.join(wrong)}; mend the numbers."
            )


DEFAULT_PROFILE = RankingProfile()
