"""What stands before a colon: which field does it name, or which may have been meant?"""

_NAMES = {
    "title": "title",
    "summary": "summary",
    "body": "body",
    "caption": "caption",
    "source": "source",
    "tag": "tag",
    "date": "date",
    "since": "since",
    "until": "until",
    "标题": "title",
    "標題": "title",
    "摘要": "summary",
    "正文": "body",
    "图注": "caption",
    "圖註": "caption",
    "来源": "source",
    "來源": "source",
    "标签": "tag",
    "標籤": "tag",
    "日期": "date",
}
_NAMES_ELSEWHERE = {
    "intitle": "title",
    "site": "source",
    "from": "source",
    "after": "after",
    "before": "before",
}
FIELD_OF = _NAMES | _NAMES_ELSEWHERE
"""What stands before a colon, in small letters -> the field it names."""

FIELDS_IN_WORDS = "title, summary, body, caption, source, tag, date, since, until"


def misspelt(name: str) -> str | None:
    """Return the name that was meant by one that is one edit away from it, if there is one."""
    return next((known for known in _NAMES if _is_misspelt(name.lower(), known)), None)


def _is_misspelt(name: str, known: str) -> bool:
    """Say whether a name is one edit (one letter, or two swapped) away from a known one."""
    if min(len(name), len(known)) < 3 or abs(len(name) - len(known)) > 1:  # noqa: PLR2004
        return False
    while name and known and name[0] == known[0]:
        name, known = name[1:], known[1:]
    while name and known and name[-1] == known[-1]:
        name, known = name[:-1], known[:-1]
    return max(len(name), len(known)) == 1 or (len(name) == 2 and name == known[::-1])  # noqa: PLR2004
