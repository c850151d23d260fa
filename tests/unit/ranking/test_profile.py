"""The numbers of ranking are right or refused, in one sentence; none of them can be forgotten there."""

from dataclasses import fields

import pytest

from search.errors import ConfigError
from search.ranking.profile import _ALLOWED, RankingProfile
from search.schema import FIELDS


def test_every_number_is_checked():
    assert {number.name for number in fields(RankingProfile)} == {*_ALLOWED, "weights"}


@pytest.mark.parametrize("name", _ALLOWED)
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_number_that_cannot_be(name, value):
    with pytest.raises(ConfigError, match=name):
        RankingProfile(**{name: value})


@pytest.mark.parametrize("name", ["b", "exact", "at_boundaries"])
def test_a_share_is_at_most_all(name):
    assert getattr(RankingProfile(**{name: 1.0}), name) == 1.0
    with pytest.raises(ConfigError, match="between 0 and 1"):
        RankingProfile(**{name: 1.1})


@pytest.mark.parametrize("weights", [{"title": -1.0}, {"body": float("nan")}, {"headline": 2.0}])
def test_weights_that_cannot_be(weights):
    with pytest.raises(ConfigError, match=next(iter(weights))):
        RankingProfile(weights=weights)


def test_a_field_that_is_not_named_keeps_its_weight():
    weights = {text_field.name: text_field.weight for text_field in FIELDS}
    assert RankingProfile(weights={"title": 3.0}).weights == {**weights, "title": 3.0}
