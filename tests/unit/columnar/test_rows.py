"""A table whose rows are made for those who ask for few, and once for all after that."""

import numpy as np

from search.columnar.segment import Rows


def test_rows_are_the_same_however_they_are_made():
    made = []

    def make(columns):
        made.append(len(columns))
        return columns * 2

    columns = np.arange(64).reshape(32, 2)
    rows = Rows(columns, make)
    wanted = np.array([5, 1, 5])
    taken = [rows.take(wanted) for _ in range(4)]
    assert made == [3, 3, 32]  # an eighth of 32, and from then on the whole
    for own in taken:
        assert (own == columns.take(wanted, axis=0) * 2).all()
    taken[-1][:] = 0
    assert (rows.whole == columns * 2).all()
    assert rows.take(wanted[:0]).shape == (0, 2)


def test_who_needs_all_rows_gets_them_at_once():
    rows = Rows(np.ones((4, 2)), np.negative)
    assert (rows.whole == -1).all()
    assert rows.whole is rows.whole
    assert len(Rows(np.zeros((0, 2)), np.negative).take(np.array([], np.intp))) == 0
