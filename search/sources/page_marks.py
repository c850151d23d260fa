"""The lines of a page dump that are no text, recognised one by one."""

import re
from dataclasses import dataclass

from search import dates
from search.errors import ArticleError

_GAP = r"[\s·•|,，]+(?:about |[约約] ?|~ ?)?"
_META = re.compile(
    rf"(?P<date>\S.{{0,39}}?\d.{{0,19}}?){_GAP}\d+ ?(?:min(?:s|utes?)?|分钟|分鐘)\.?"
    rf"(?: ?read|阅读|閱讀)?(?:{_GAP}(?P<words>\d[\d,]*) ?(?P<unit>words?|字))?",
    re.ASCII | re.IGNORECASE,
)
_STAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)? ?(?:Z|UTC|[+-]\d{2}:?\d{2})?", re.ASCII
)
_CREDIT = re.compile(
    r"(?:\b(?:REUTERS|Reuters|AP|AFP|EPA|EFE|XINHUA|Xinhua|Getty Images|Handout|Pool|CNS|VCG)"
    r" ?/ ?.{1,80}"
    r"|\b(?:File|Handout|AP|AFP|EPA|Xinhua) [Pp]hoto"
    r"|\b[Vv]ia (?:REUTERS|Reuters|AP|AFP|Getty Images)"
    r"|(?:新华社|中新社|法新社|路透社?|美联社|视觉中国).{0,20}[摄图發发])[.。)）]*",
)
_LONGEST_CAPTION = 800
_LONGEST_SITE = 20
_LONGEST_MARK = 100
_SENTENCE_ENDS = ".。!！?？…:：;；,，"
_HAN_SUMMARY = 0.3
_NOISE = re.compile(
    r"(?:read|show|see) more\W*|(?:story )?continues? (?:below|after) advertisement|advertisements?"
    r"|skip advertisement|share(?: this)?(?: article| story| page)?"
    r"|阅读(?:全文|更多|原文)|展开全文|查看更多"
    r"|广告|廣告|分享(?:到|至)?[:：]?",
    re.IGNORECASE,
)
_BAR = frozenset(
    """
    share tweet facebook twitter x whatsapp email e-mail print linkedin reddit telegram pinterest
    copy link weibo wechat messenger save on via to this
    分享 微信 微博 复制链接 打印 收藏 朋友圈 qq空间
    """.split()  # noqa: SIM905 - forty quoted words would hide the list
)
_BAR_MARKS = re.compile(r"[\s|·•/,，、:：]+")


@dataclass(frozen=True, slots=True)
class Meta:
    """`November 24, 2023   2 min   294 words`: the page's date, and the words it says it has.

    `words` is None when the line does not tell; `by_character` is true for a count of `字`.
    """

    date: str
    words: int | None
    by_character: bool


def plain(text: str) -> str:
    """Fold all white space, no-break and ideographic too, and drop what has no width."""
    return " ".join(text.replace("\ufeff", "").replace("\u200b", "").split())


def meta_of(line: str) -> Meta | None:
    """Read the line with the page's date, or return None when it is none."""
    line = plain(line)
    found = _META.fullmatch(line) if len(line) <= _LONGEST_MARK else None
    if found is None:
        return None
    if found["words"] is None and not is_page_date(found["date"]):
        return None  # `On 24 November he ran for 12 minutes`
    words = found["words"]
    return Meta(
        date=found["date"].strip(" ·•|,，"),
        words=None if words is None else int(words.replace(",", "")),
        by_character=found["unit"] == "字",
    )


def is_page_date(line: str) -> bool:
    """Tell a line that is a date without a time and nothing else."""
    try:
        return dates.parse(line)[1] == "day"
    except ArticleError:
        return False


def is_stamp(line: str) -> bool:
    """Tell a line that is an ISO timestamp and nothing else."""
    line = plain(line)
    return len(line) <= _LONGEST_MARK and _STAMP.fullmatch(line) is not None


def is_noise(line: str) -> bool:
    """Tell the buttons of a web page: share bars, advertisements, `Read more`."""
    line = plain(line)
    if not line or len(line) > _LONGEST_MARK:
        return False
    if _NOISE.fullmatch(line):
        return True
    parts = [part.lower() for part in _BAR_MARKS.split(line) if part]
    return len(parts) > 1 and all(part in _BAR for part in parts)


def ends_with_credit(paragraph: str) -> bool:
    """Tell a photo caption by the credit that closes it."""
    if len(paragraph) > _LONGEST_CAPTION:
        return False
    return any(found.end() == len(paragraph) for found in _CREDIT.finditer(paragraph))


def can_be_site_name(line: str) -> bool:
    """Tell whether a line is short and no sentence, as the name of a site is."""
    return 0 < len(line) <= _LONGEST_SITE and line[-1] not in _SENTENCE_ENDS


def is_mostly_han(paragraph: str) -> bool:
    """Tell a Chinese paragraph, be there English names in it."""
    visible = "".join(paragraph.split())
    return han_count(visible) > _HAN_SUMMARY * len(visible)


def han_count(text: str) -> int:
    """Count the Chinese characters."""
    return sum("\u3400" <= character <= "\u9fff" for character in text)


def counts_of(text: str, meta: Meta) -> tuple[int, ...]:
    """Count the words as the site does; a page in Chinese may count its characters instead."""
    words = len(text.split())
    if not meta.by_character:
        return (words,)
    others = sum(han_count(word) == 0 for word in text.split())
    return words, han_count(text) + others
