"""The numbers of ranking, in one validated value: the one place to tune."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite

from search.errors import ConfigError
from search.schema import FIELDS


def _default_weights() -> Mapping[str, float]:
    return {text_field.name: text_field.weight for text_field in FIELDS}


_POSITIVE = (lambda value: value > 0), "above 0"
_SHARE = (lambda value: 0 <= value <= 1), "between 0 and 1"
_NOT_NEGATIVE = (lambda value: value >= 0), "0 or more"
_ALLOWED: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "k1": _POSITIVE,
    "b": _SHARE,
    "exact": _SHARE,
    "at_boundaries": _SHARE,
    "names": _NOT_NEGATIVE,
    "side_by_side": _NOT_NEGATIVE,
    "recency": _NOT_NEGATIVE,
    "half_life": _POSITIVE,
}


@dataclass(frozen=True, slots=True)
class RankingProfile:
    """BM25 with field weights; a field that `weights` does not name keeps its weight of the schema.

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
        wrong = []
        for number in fields(self):
            if number.name != "weights":
                allowed, words = _ALLOWED[number.name]
                value = getattr(self, number.name)
                if not (isfinite(value) and allowed(value)):
                    wrong.append(f"{number.name} must be {words}")
        known = _default_weights()
        wrong += [f"{name} is no text field" for name in self.weights if name not in known]
        wrong += [
            f"the weight of {name} must be finite and not negative"
            for name, weight in self.weights.items()
            if not (isfinite(weight) and weight >= 0)
        ]
        if wrong:
            raise ConfigError(
                f"The ranking profile is wrong: {'; '.join(wrong)}; mend the numbers."
            )
        object.__setattr__(self, "weights", {**known, **self.weights})


DEFAULT_PROFILE = RankingProfile()
