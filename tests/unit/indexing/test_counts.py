"""Counts can be asked by attribute, and by name as in the JSON."""

import pytest

from search.indexing.report import Counts


def test_counts_have_names():
    counts = Counts(added=3, rejected=1)
    assert (counts["added"], counts["rejected"], counts["moved"]) == (3, 1, 0)
    with pytest.raises(KeyError):
        counts["changed"]
