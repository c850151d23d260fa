import pytest

from search.snippets.sentences import sentences


@pytest.mark.parametrize(
    "pieces",
    [
        ["Prices fell.", "Shares rose."],
        ["Prices fell to $3.5 bn from 1,000.25.", "Shares rose 4.5 percent."],
        ["Mr. Smith met Dr. Jones and Sen. John A. Kerry.", "They spoke."],
        ["Apple Inc. Chief Executive Tim Cook spoke."],
        ["He runs Apple Inc.", "The company grew."],
        ["He left the U.S. Federal Reserve."],
        ["He left the U.S.", "The rest stayed."],
        ["It is the No. 2 maker.", "No. 3 is Ford Motor Co. of Dearborn."],
        ["On Nov. 24 it rose.", "It fell in Sept. 2009."],
        ["They met at 10 a.m. Monday.", "At 5 p.m. it ended."],
        ['"Why?" he asked.', '"No."', "She left."],
        ["He said it was over…", "Then it began."],
        ["It was… well, over... and done.", "Yes!", "OK?"],
        ["Shares of Reuters.com and AAPL.O fell."],
        ["(He agreed.)", "She did not."],
        ["“It fell.”", "“It rose.”"],
        ["1. Open the file.", "Close it."],
        ["NEW YORK (Reuters) -", "Stocks rose.", "Bonds fell."],
        ["(Reuters) -", "Stocks rose."],
        ["DUBAI/LONDON (Reuters) -", "Oil rose."],
        ["BASRA, Iraq (AP) —", "Oil rose."],
    ],
)
def test_western_sentences(pieces):
    assert cut(" ".join(pieces)) == pieces


@pytest.mark.parametrize(
    "pieces",
    [
        ["朝鲜发射卫星。", "日本抗议！", "真的？"],
        ["他说：“好！”", "然后走了。"],
        ["他说：「好。」", "她說：『不。』", "結束"],
        ["（完。）", "下一句。"],
        ["林绪之有很多毛病——孤僻、脆弱……但就是这样一个人物。"],
        ["无需注册即可阅读.", "这些例子很好!", "是的"],
        ["增长3.5%,创下新高,超过预期。", "下一句"],
        ["新华社北京4月3日电(记者盖博铭)", "记者获悉。"],
        ["真的？！", "是。"],
        ["苹果公司发布Inc.产品。"],
    ],
)
def test_chinese_sentences(pieces):
    assert cut("".join(pieces)) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("他说。 ” 下一句。", ["他说。 ”", "下一句。"]),
        ("Headline\n\nText. \n  More", ["Headline", "Text.", "More"]),
        ("one\r\ntwo", ["one", "two"]),
        ("卫星发射。Spy satellite. 完", ["卫星发射。", "Spy satellite.", "完"]),
        ("", []),
        (" \n\u3000", []),
        ("...", ["..."]),
        ("no stop", ["no stop"]),
    ],
)
def test_other_pieces(text, pieces):
    assert cut(text) == pieces


def cut(text):
    return [text[start:end] for start, end in sentences(text)]
