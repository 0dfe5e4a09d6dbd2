"""Discord's limits on commands that openapi.json does not tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.wire.state import Json

MOST_OF_A_TYPE = {1: 100, 2: 15, 3: 15}  # global commands: slash, of users, of messages
LONGEST_COMMAND = 8000  # all names, descriptions and values of one command
_NAME = re.compile(r"[-_'\w]{1,32}")
_GROUPS = (1, 2)


def command_problems(commands: list[Json]) -> Iterator[str]:
    for kind, times in Counter(command.get("type") or 1 for command in commands).items():
        if times > MOST_OF_A_TYPE.get(kind, 1):
            yield f"{times} commands of type {kind} are more than {MOST_OF_A_TYPE.get(kind, 1)}"
    keys = Counter((command.get("type") or 1, command["name"]) for command in commands)
    yield from (
        f"the command {name!r} is there twice" for (_, name), times in keys.items() if times > 1
    )
    for command in commands:
        if (command.get("type") or 1) == 1:
            yield from _slash(command)
        elif command.get("description") or command.get("options"):
            yield f"the menu {command['name']!r} has a description or options"


def _slash(command: Json) -> Iterator[str]:
    if not command.get("description"):
        yield f"the command {command['name']!r} has no description"
    if (size := _size(command)) > LONGEST_COMMAND:
        yield f"the command {command['name']!r} has {size} characters, more than {LONGEST_COMMAND}"
    yield from _names(command)
    yield from _options(command)


def _options(parent: Json) -> Iterator[str]:
    options = parent.get("options") or []
    required = [bool(o.get("required")) for o in options if o["type"] not in _GROUPS]
    if required != sorted(required, reverse=True):
        yield f"{parent['name']!r}: a required option stands after one that is not"
    for locale in {locale for o in options for locale in o.get("name_localizations") or ()} | {""}:
        names = [(o.get("name_localizations") or {}).get(locale, o["name"]) for o in options]
        if len(set(names)) < len(names):
            yield f"{parent['name']!r}: two options have one name in {locale or 'the default'}"
    for option in options:
        yield from _names(option)
        yield from _options(option)
        if option.get("autocomplete") and option.get("choices"):
            yield f"{option['name']!r} has both choices and autocompletion"


def _names(about: Json) -> Iterator[str]:
    for name in (about["name"], *(about.get("name_localizations") or {}).values()):
        if not _NAME.fullmatch(name) or name != name.lower():
            yield f"the name {name!r} is not of lower-case letters, digits, - and _"


def _size(about: Json) -> int:
    """The longest of each text's languages, over a command and all that is in it."""
    own = sum(_longest(about, name) for name in ("name", "description"))
    choices = sum(_longest(c, "name") + len(str(c["value"])) for c in about.get("choices") or ())
    return own + choices + sum(_size(option) for option in about.get("options") or ())


def _longest(about: Json, name: str) -> int:
    texts = (about.get(f"{name}_localizations") or {}).values()
    return max(len(text) for text in (about.get(name) or "", *texts))
