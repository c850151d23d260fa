import pytest

from search.sources.options import KNOWN_SOURCES
from search.sources.titles import split_title


@pytest.mark.parametrize(
    ("line", "source", "title"),
    [
        ("Reuters-Foreign ministers meet", "Reuters", "Foreign ministers meet"),
        ("Reuters-iPhone sales fall", "Reuters", "iPhone sales fall"),
        ("The Guardian-China-Hes had a bad summer", "The Guardian", "China-Hes had a bad summer"),
        ("The Guardian - China-Hes had a bad summer", "The Guardian - China", "Hes had a bad summer"),
        ("BBC News-Xi-Biden talks end", "BBC News", "Xi-Biden talks end"),
        ("Reuters - Ministers meet", "Reuters", "Ministers meet"),
        ("路透社-三国外长会谈", "路透社", "三国外长会谈"),
        ("远山日报－泥哨手艺", "远山日报", "泥哨手艺"),
        ("Harbour Wire-Lamps on a bridge", "Harbour Wire", "Lamps on a bridge"),
        ("Xi-Biden talks end", "", "Xi-Biden talks end"),
        ("US-China trade grows", "", "US-China trade grows"),
        ("Beijing-based firm grows", "", "Beijing-based firm grows"),
        ("COVID-19 returns", "", "COVID-19 returns"),
        ("e-Commerce grows", "", "e-Commerce grows"),
        ("Night trains - a return", "", "Night trains - a return"),
        ("A long way of saying what everybody knew-Or not", "", "A long way of saying what everybody knew-Or not"),
        ("-", "", "-"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_source_and_title(line, source, title):
    assert split_title(line, KNOWN_SOURCES) == (source, title)


def test_the_longest_known_source_wins_and_its_signs_are_no_pattern():
    known = ("A.B", "A.B (C)")
    assert split_title("A.B (C)-Xi-Biden talks", known) == ("A.B (C)", "Xi-Biden talks")
    assert split_title("AxB-19 things", known) == ("", "AxB-19 things")


def test_no_known_sources_at_all():
    assert split_title("Reuters-Ministers meet", ()) == ("Reuters", "Ministers meet")
