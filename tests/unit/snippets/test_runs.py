import sys

import pytest

from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN
from search.snippets.runs import SoughtRun, _variants_of


@pytest.mark.parametrize(
    ("run", "text", "starts"),
    [
        ("卫星", "衛星和卫星", [0, 3]),
        ("哈哈", "哈哈哈", [0, 1]),
        ("中", "中国中", [0, 2]),
        ("か", "か", [0]),
        ("后台发复历", "后台发复历，後臺發復曆", [0, 6]),
        ("卫星", "卫 星", []),
    ],
)
def test_places(run, text, starts):
    assert sorted(SoughtRun(run).places(text)) == [(at, at + len(run)) for at in starts]


def test_every_character_that_is_folded_is_found():
    for code in range(0x80, 0xD800):
        folded = fold(chr(code))
        if folded != chr(code) and HAN_RUN.match(folded):
            assert chr(code) in _variants_of(folded), hex(code)
    for code in (*range(0xE000, 0x10000), *range(0x2F800, 0x2FA20), sys.maxunicode):
        folded = fold(chr(code))
        if folded != chr(code) and HAN_RUN.match(folded):
            assert chr(code) in _variants_of(folded), hex(code)
