"""How to reach a cluster: `opensearch:` of duowen.yaml, and the secrets that must not stand there."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from search.errors import ConfigError

USER, PASSWORD, API_KEY, HOSTS, INDEX = (
    f"DUOWEN_OPENSEARCH_{name}" for name in ("USER", "PASSWORD", "API_KEY", "HOSTS", "INDEX")
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,199}")
_KEY = re.compile(r"[!-~]*")
_HOST = re.compile(r"[^\s/?#@\\<>^`{|}%\[\]\"]+")
_SECRETS = {
    "password": f"a password does not belong there, set {PASSWORD} or name a password_file",
    "api_key": f"an API key does not belong there, set {API_KEY} or name an api_key_file",
}


@dataclass(frozen=True, slots=True)
class OpenSearchSettings:
    """Where the cluster is, who asks, and how the index is laid out when it is made.

    `hosts` are URLs; with https certificates are always verified, by `ca_file` where certifi does
    not know the authority. `timeout` is in seconds for one request, `patience` for a request with all
    its repetitions. A bulk request holds no more than `bulk_bytes`, or one article.
    """

    hosts: tuple[str, ...] = ("http://127.0.0.1:9200",)
    index: str = "duowen"
    user: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    ca_file: str = ""
    timeout: float = 30.0
    patience: float = 120.0
    shards: int = 1
    replicas: int = 1
    bulk_bytes: int = 8_000_000

    def __post_init__(self) -> None:
        wrong = [
            f"{name} {sentence}" for name, sentence in self._mistakes() if sentence is not None
        ]
        if wrong:
            raise _wrong(wrong)

    @property
    def place(self) -> str:
        """The index and the first of the hosts, as is told to people."""
        return f"the index {self.index} on {urlsplit(self.hosts[0]).netloc.rpartition('@')[2]}"

    def _mistakes(self) -> list[tuple[str, str | None]]:
        return [
            *(("hosts", _wrong_host(host)) for host in self.hosts or ("",)),
            ("index", None if _NAME.fullmatch(self.index) else "must be small letters and digits"),
            *(
                (name, None if getattr(self, name) > 0 else "must be above 0")
                for name in ("timeout", "patience", "shards", "bulk_bytes")
            ),
            ("replicas", None if self.replicas >= 0 else "must be 0 or more"),
            ("user", "has no password" if self.user and not self.password else None),
            # Headers are one line of Latin characters; a password is sent in Base64.
            ("api_key", None if _KEY.fullmatch(self.api_key) else "must be one line of ASCII"),
            ("user", None if ":" not in self.user else "must have no colon"),
        ]


def read_settings(
    values: object, folder: Path, environment: Mapping[str, str] = os.environ
) -> OpenSearchSettings:
    """Read the mapping `opensearch:` of a file of settings; relative paths are relative to `folder`.

    Hosts, index, user and secrets of the environment come before those of the file. Raises ConfigError
    that names every mistake, and never a secret.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(
            "opensearch must be a mapping; write lines such as `hosts: URL` below it.",
            ["must be a mapping"],
        )
    mistakes = [
        f"{key}: {_SECRETS.get(str(key), 'is unknown')}" for key in values if key not in _KEYS
    ]
    read: dict[str, Any] = {}
    for key, reader in _KEYS.items():
        if key in values:
            try:
                read[key] = reader(values[key])
            except (TypeError, ValueError) as error:
                mistakes.append(f"{key} {error}")
    mistakes += _read_secrets(read, folder)
    if "ca_file" in read:
        read["ca_file"] = str(folder / os.path.expanduser(read["ca_file"]))
    try:
        settings = OpenSearchSettings(**{**read, **_from_environment(environment)})
    except ConfigError as error:
        raise _wrong([*mistakes, *error.mistakes]) from None
    if mistakes:
        raise _wrong(mistakes)
    return settings


def _read_secrets(read: dict[str, Any], folder: Path) -> list[str]:
    """Put what the files say in the place of their names; return what is wrong with those."""
    mistakes = []
    for secret in ("password", "api_key"):
        name = read.pop(f"{secret}_file", None)
        if name is not None:
            try:
                path = folder / os.path.expanduser(name)
                read[secret] = path.read_text(encoding="utf-8").strip()
                if not read[secret]:
                    mistakes.append(f"{secret}_file {name} is empty")
                    read[secret] = "?"
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
                mistakes.append(f"{secret}_file {name} cannot be read ({why})")
                read[secret] = "?"  # not missing: that would be a second mistake
    return mistakes


def _wrong(mistakes: list[str]) -> ConfigError:
    told = "; ".join(mistakes)
    return ConfigError(f"The settings of opensearch are wrong: {told}; mend them.", mistakes)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        key: environment[name]
        for key, name in (
            ("user", USER), ("password", PASSWORD), ("api_key", API_KEY), ("index", INDEX)
        )
        if environment.get(name)
    }  # fmt: skip
    if environment.get(HOSTS):
        found["hosts"] = tuple(environment[HOSTS].replace(",", " ").split())
    return found


def _wrong_host(host: str) -> str | None:
    try:
        parts = urlsplit(host)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or not _HOST.fullmatch(parts.hostname or ""):
        return "must be URLs such as https://search.example.org:9200"
    if parts.username or parts.password:
        return f"must not hold a user or password, set {USER} and {PASSWORD}"
    return None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return value.strip()


def _hosts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value),)
    if not isinstance(value, list) or not value:
        raise ValueError("must be a URL or a list of them")
    return tuple(_text(host) for host in value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")  # noqa: TRY004
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004
    return float(value)


_KEYS: Mapping[str, Callable[[object], Any]] = {
    "hosts": _hosts,
    "index": _text,
    "user": _text,
    "password_file": _text,
    "api_key_file": _text,
    "ca_file": _text,
    "timeout": _number,
    "patience": _number,
    "shards": _whole,
    "replicas": _whole,
    "bulk_bytes": _whole,
}
