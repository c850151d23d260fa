"""Front matter: named fields at the head of a Markdown file, in YAML, TOML or JSON.

`split` parts a text into the fields and the body under them. A text without front matter is all
body.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from search.errors import SourceError

_YAML_LIMIT = 256 * 1024  # characters
_ALIAS_LIMIT = 16
_DEPTH_LIMIT = 100
_FIRST_FIELD = re.compile(r"\s*[\w-]+\s*[:=]")
_FENCES = {"---": ("---", "..."), "+++": ("+++",)}

Fields = Mapping[object, object]


def split(text: str) -> tuple[Fields, str]:
    """Return the fields and the body; raise SourceError for fields that cannot be read."""
    first, _, rest = text.partition("\n")
    fence = first.rstrip()
    if fence in _FENCES:
        return _split_fenced(text, fence, rest)
    if text.startswith("{"):
        return _split_json(text)
    return {}, text


def _split_fenced(text: str, fence: str, rest: str) -> tuple[Fields, str]:
    end = "|".join(re.escape(closing) for closing in _FENCES[fence])
    closing = re.search(rf"^(?:{end})[ \t]*$\n?", rest, re.MULTILINE)
    if closing is None:
        if _FIRST_FIELD.match(rest):
            raise SourceError(f"The front matter is not closed; end it with a line {fence}.")
        return {}, text  # a ruler at the top of the page
    block = rest[: closing.start()]
    fields = _PARSERS[fence](block)
    if isinstance(fields, str):
        return {}, text  # prose between two rulers
    if fields is not None and not isinstance(fields, Mapping):
        raise SourceError("The front matter is a list; write it as `name: value` lines.")
    return fields or {}, rest[closing.end() :]


def _split_json(text: str) -> tuple[Fields, str]:
    try:
        fields, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        if text.lstrip("{ \t\r\n").startswith('"'):
            raise SourceError("The front matter is not whole JSON; mend it.") from None
        return {}, text  # a template's {{ braces }}
    return fields, text[end:]


def _yaml(block: str) -> object:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(block) > _YAML_LIMIT:
        raise SourceError(f"The front matter is longer than {_YAML_LIMIT >> 10} KiB; shorten it.")
    try:
        _refuse_bombs(block, loader)
        return yaml.load(block, Loader=loader)  # noqa: S506 - it is the safe one
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or ""):  # a newer libyaml counts before we can
            raise SourceError("The front matter nests too deeply; write it flat.") from None
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise SourceError(
            f"The front matter is not YAML ({error.problem} in line {line}); mend it."
        ) from None
    except RecursionError:
        raise SourceError("The front matter nests too deeply; write it flat.") from None
    except (
        yaml.YAMLError,
        ValueError,
        OverflowError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        # The last ones are how PyYAML fails on a tag that its value does not fit (`!!bool maybe`).
        raise SourceError(
            f"The front matter holds a value that cannot be read ({error}); mend it."
        ) from None


def _refuse_bombs(block: str, loader: Any) -> None:  # noqa: ANN401 - PyYAML is untyped here
    """Look at the events of YAML that might grow or nest without bounds, before it is loaded.

    A few `*names` stay small, a hundred can grow to terabytes; and the C loader is recursive, so that
    nesting beyond its stack would end the process.
    """
    import yaml

    if "*" not in block and sum(block.count(sign) for sign in "[{-?") <= _DEPTH_LIMIT:
        return
    aliases = depth = 0
    for event in yaml.parse(block, Loader=loader):
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH_LIMIT:
            raise SourceError("The front matter nests too deeply; write it flat.")
        if aliases > _ALIAS_LIMIT:
            raise SourceError(
                f"The front matter repeats itself with more than {_ALIAS_LIMIT} *names; "
                "write the values out."
            )


def _toml(block: str) -> object:
    if sys.version_info >= (3, 11):
        import tomllib as toml
    else:
        import tomli as toml
    try:
        return toml.loads(block)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"The front matter is not TOML ({error}); mend it.") from None


_PARSERS: dict[str, Callable[[str], object]] = {"---": _yaml, "+++": _toml}
