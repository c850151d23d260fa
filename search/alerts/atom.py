"""Alerts -> Atom feeds (RFC 4287), a file for each saved search."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

from search import files
from search.alerts.journal import Alert
from search.alerts.saved import is_name
from search.alerts.target import Delivery, Refused

NAMESPACE = "http://www.w3.org/2005/Atom"
_TAG = "tag:duowen,2026:"
"""How ids begin (RFC 4151); never to be changed, or readers see everything anew."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WEB = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20\x7f]+", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Feeds:
    """A folder with a file NAME.atom for each saved search that ever found something."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.name = f"atom:{folder}"

    def deliver(self, delivery: Delivery) -> None:
        """Write the feed of the search anew, whole."""
        if not is_name(delivery.search):
            raise Refused(f"“{delivery.search[:60]}” is no name of a search")
        self.path.mkdir(parents=True, exist_ok=True)
        data = feed(delivery.search, delivery.latest())
        files.replace_durably(self.path / f"{delivery.search}.atom", data)


def feed(search: str, alerts: Sequence[Alert]) -> bytes:
    """Return a feed of these alerts, of which there is one at least, newest first."""
    root = ET.Element("feed", {"xmlns": NAMESPACE})
    _add(root, "id", f"{_TAG}saved/{quote(search)}")
    _add(root, "title", search)
    _add(root, "subtitle", str(alerts[0].get("query", "")))
    _add(root, "updated", str(alerts[0]["fired"]))
    _add(ET.SubElement(root, "author"), "name", "duowen")
    _add(root, "generator", "duowen")
    for alert in alerts:
        _entry(root, alert)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _entry(root: ET.Element, alert: Alert) -> None:
    entry = ET.SubElement(root, "entry")
    url, published = str(alert.get("url", "")), str(alert.get("published"))
    summary = "\n".join(str(snippet["text"]) for snippet in alert.get("snippets", ()))
    _add(entry, "id", f"{_TAG}alert/{alert['alert']}")
    _add(entry, "title", str(alert.get("title") or alert["id"]))
    _add(entry, "updated", str(alert["fired"]))
    if _MOMENT.fullmatch(published):  # the standard wants all of it
        _add(entry, "published", published)
    if alert.get("source"):
        _add(ET.SubElement(entry, "author"), "name", str(alert["source"]))
    if _WEB.fullmatch(url):
        ET.SubElement(entry, "link", {"rel": "alternate", "href": _NO_XML.sub("", url)})
    else:  # an entry with no link must have content
        _add(entry, "content", summary or str(alert["id"]))
    _add(entry, "summary", summary)


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _NO_XML.sub("", text)
