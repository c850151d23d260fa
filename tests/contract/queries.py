"""Queries that every engine must answer with the same articles, and a maker of random ones."""

from pathlib import Path

import yaml

EXPECTATIONS = yaml.safe_load(
    (Path(__file__).parents[1] / "corpus" / "expectations.yaml").read_text(encoding="utf-8")
)

MORE = """
minister NEAR/3 kite
kite BEFORE/6 minister
"the kite" NEAR/8 minister
卫星 NEAR/6 发射
卫星 OR satellite
(卫星 OR satellite) -stamp
-minister
-卫星 -minister
NOT (minister OR 卫星)
title:ministers
summary:卫星
body:卫星
caption:bridge
title:(island OR 泥哨)
source:meridian
source:"Harbour Wire" ferry
source:晨岛
source:nobody
tag:asia
tag:nothing
date:2023
date:2023-11
date:2023-11-20..2023-11-30
since:2024-01 minister
until:2020
since:2013 until:2012
since:2023 until:2023-11 minister
date:1999 OR tag:music
sat*
mini* -ministers
satelite~
minster~2
kite~
the of and to in
the lighthouse of the harbour and its keeper who kept the lamps in order
港口车站机场渡轮乘客船员钟楼
港口的车站有一座新的钟楼和一家茶馆
5G手机
5g 手机
pro-* OR semi-*
state-of-the-art
"5G 手机"
"F-16"
f 16
Ｆ－１６
　ｋｉｔｅ　ＯＲ　风筝
「卫星」
（kite）
😀
kite 😀
***
""".strip().splitlines()

QUERIES = tuple(dict.fromkeys([entry["query"] for entry in EXPECTATIONS] + MORE))

_JOINS = (" ", " ", " ", " OR ", " -", " NEAR/4 ", " BEFORE/9 ", " NOT ")
_FORMS = ("{}", "{}", "{}", '"{}"', "title:{}", "summary:{}", "body:{}", "{}*", "{}~", "({})")


def random_query(random, words):
    """Return a query of one to seven parts made from these words (some of them broken)."""
    parts = []
    for number in range(random.choice((1, 1, 2, 2, 3, 4, 7))):
        word = random.choice(words)
        if random.random() < 0.3 and len(word) > 2:
            start = random.randrange(len(word) - 1)
            word = word[start : start + random.randint(1, 6)]
        if random.random() < 0.2:
            word += " " + random.choice(words)
        parts.append((random.choice(_JOINS) if number else "") + random.choice(_FORMS).format(word))
    return "".join(parts)
