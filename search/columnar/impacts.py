"""One byte for how much a posting can count: an upper bound of its weighted frequency.

    T(d) = sum over fields f of  weight[f] * frequency[f, d] / (1 - b + b * length[f, d] / mean[f])

A byte stands for the interval (ratio^(byte-2), ratio^(byte-1)] times LOWEST, and is read as its upper
end, so bounds computed from bytes are never too small. The byte 255 is no bound.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from search.columnar.inverting import unpacked
from search.columnar.layout import Array

LOWEST, RATIO = 0.02, 1.04
TABLE = (LOWEST * RATIO ** (np.arange(256) - 1.0) * (1 + 1e-6)).astype(np.float64)
"""Byte -> the largest T it can stand for."""
TABLE[0] = 0.0
TABLE[255] = np.inf


class Norms(NamedTuple):
    """What T is computed with: a weight and a mean length for each field, and b."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    b: float

    def per_token(self, lengths: Array) -> Array:
        """Return (documents x fields) what one token counts in each field of each document."""
        means = np.maximum(np.array(self.means), 1e-9)
        # An empty field holds no token to be weighed, whatever the norm of one would be.
        return np.array(self.weights) / np.maximum(1 - self.b + self.b * lengths / means, 1e-9)

    def slack(self, written_with: "Norms") -> float:
        """Return by how much T can have grown since bytes were written with other norms."""
        if self.b != written_with.b:
            return float("inf")
        # A field that was empty all through the segment has no token there that could count more.
        used = [mean > 0 for mean in written_with.means]
        weights = _largest_ratio(self.weights, written_with.weights, used)
        return weights * max(1.0, _largest_ratio(self.means, written_with.means, used))


def weighted_frequencies(counts: Array, per_token: Array) -> Array:
    """Return T of postings, from their packed counts and the `per_token` rows of their documents."""
    return np.einsum("pf,pf->p", unpacked(counts), per_token)


def to_bytes(frequencies: Array) -> Array:
    """Return the byte of each T."""
    steps = np.ceil(np.log(np.maximum(frequencies, 1e-300) / LOWEST) / np.log(RATIO)) + 1
    return np.clip(steps, 1, 255).astype(np.uint8)


def _largest_ratio(now: Sequence[float], then: Sequence[float], used: Sequence[bool]) -> float:
    ratios = [
        a / b if b else (float("inf") if a else 1.0)
        for a, b, counts in zip(now, then, used, strict=True)
        if counts
    ]
    return max(ratios, default=1.0)
