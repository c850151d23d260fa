"""What a reader may be told about the archive it reads."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from search.parts import FIELD_NAMES

KNOWN_SOURCES = (
    "ABC News", "AFP", "Al Jazeera", "AP", "AP News", "Associated Press", "Axios", "BBC",
    "BBC News", "Bloomberg", "Business Insider", "CBC", "CBS News", "China Daily", "CNA",
    "CNBC", "CNN", "DW", "Financial Times", "Forbes", "Foreign Affairs", "Foreign Policy",
    "Fox News", "France 24", "Global Times", "Kyodo News", "Le Monde", "Los Angeles Times",
    "NBC News", "Newsweek", "NHK", "Nikkei Asia", "NPR", "People's Daily", "Peoples Daily",
    "Politico", "Reuters", "RFA", "Sky News", "South China Morning Post", "SCMP",
    "The Atlantic", "The Diplomat", "The Economist", "The Guardian", "The Independent",
    "The New York Times", "New York Times", "The New Yorker", "The Straits Times",
    "The Telegraph", "The Times", "The Wall Street Journal", "Wall Street Journal",
    "The Washington Post", "Washington Post", "TIME", "VOA", "Voice of America", "Wired",
    "Xinhua", "Yonhap", "人民日报", "中新社", "新华社", "纽约时报", "华尔街日报", "路透社",
    "美联社", "法新社", "经济学人", "卫报", "金融时报", "德国之声", "联合早报", "南华早报",
)  # fmt: skip

SITE_NAMES = ("真相集中营",)


class SourceOptions(NamedTuple):
    """How to understand files.

    `names` maps our fields to the names they go by in records, first match wins. `known_sources`
    are the publishers that part `Source-Title` before any rule does. `site_names` are lines that
    open a page or close it; the name at the head of a file is learned without being listed here.
    """

    names: Mapping[str, Sequence[str]] = FIELD_NAMES
    known_sources: tuple[str, ...] = KNOWN_SOURCES
    site_names: tuple[str, ...] = SITE_NAMES


DEFAULT_OPTIONS = SourceOptions()
