"""What a client makes of what a person typed: options of a command, fields of a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.wire import payloads
from tests.wire.interactions import Form
from tests.wire.limits import length
from tests.wire.state import Channel, Guild, Json, Member, Person, Role
from tests.wire.world import World

SUBCOMMAND, GROUP = 1, 2
TEXT, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
_TEXT_INPUT, _FILE_UPLOAD, _LABEL = 4, 19, 18  # types of components


class CannotError(Exception):
    """A person's client does not let them do that."""


@dataclass(frozen=True)
class File:
    """What a person attaches; `size` is what Discord says of it."""

    name: str
    data: bytes
    size: int = -1
    content_type: str = "text/plain"


class Resolved:
    """The things behind the ids of an interaction's options."""

    def __init__(self, world: World, guild: Guild | None) -> None:
        self.found: dict[str, Json] = {}
        self._world, self._guild = world, guild

    def add(self, value: object) -> object:
        """The option's value for a thing: its id."""
        if isinstance(value, File):
            kept = self._world.keep_file(value.name, value.data, value.content_type, value.size)
            return self._put("attachments", kept.id, payloads.attachment(kept))
        if isinstance(value, Role):
            return self._put("roles", value.id, payloads.role(value))
        if isinstance(value, Channel):
            about = payloads.interaction_channel(value, self._world.bot)
            return self._put("channels", value.id, about)
        if isinstance(value, Person):
            if self._guild:
                entry = self._guild.members.get(value.id) or Member(value)
                self._put("members", value.id, payloads.member(entry, with_user=False))
            return self._put("users", value.id, payloads.user(value))
        return value

    def _put(self, kind: str, number: int, about: Json) -> str:
        self.found.setdefault(kind, {})[str(number)] = about
        return str(number)


def command_data(
    commands: Iterable[Json],
    name: str,
    given: Mapping[str, object],
    resolved: Resolved,
    focused: str = "",
) -> Json:
    """The data of “article add” by what the bot has registered. Raises CannotError."""
    first = name.split(" ")[0]
    command, *path = _path(commands, name)
    chosen = [command, *path][-1]
    options = [
        _option(chosen, key, value, resolved, key == focused) for key, value in given.items()
    ]
    if not focused:
        _require(chosen, given)
    for inner in reversed(path):
        options = [{"name": inner["name"], "type": inner["type"], "options": options}]
    data: Json = {"id": command["id"], "name": first, "type": 1, "options": options}
    return data | ({"resolved": resolved.found} if resolved.found else {})


def command_options(commands: Iterable[Json], name: str) -> list[Json]:
    """The options of “article add”, as the bot has registered them. Raises CannotError."""
    return _path(commands, name)[-1].get("options") or []


def _path(commands: Iterable[Json], name: str) -> list[Json]:
    """The command “article”, and its part “add”."""
    first, *rest = name.split(" ")
    path = [command_named(commands, first)]
    for word in rest:
        path.append(_named(path[-1].get("options") or (), word))
    return path


def command_named(commands: Iterable[Json], name: str, kind: int = 1) -> Json:
    return _named((command for command in commands if command["type"] == kind), name)


def _named(things: Iterable[Json], name: str) -> Json:
    found = next((thing for thing in things if thing["name"] == name), None)
    if found is None:
        raise CannotError(f"there is no {name!r}")
    return found


def _option(command: Json, key: str, value: object, resolved: Resolved, focused: bool) -> Json:
    about = _named(command.get("options") or (), key)
    if focused:
        return {"name": key, "type": about["type"], "value": value, "focused": True}
    if about["type"] == TEXT:
        size, least, most = (
            length(str(value)),
            about.get("min_length", 0),
            about.get("max_length", 6000),
        )
        if not least <= size <= most:
            raise CannotError(f"{key!r} takes {least} to {most} characters, not {size}")
    choices = [choice["value"] for choice in about.get("choices") or ()]
    if choices and value not in choices:
        raise CannotError(f"{key!r} is one of {choices}")
    return {"name": key, "type": about["type"], "value": resolved.add(value)}


def _require(command: Json, given: Mapping[str, object]) -> None:
    options = command.get("options") or ()
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
        raise CannotError(f"{command['name']!r} is a group of commands")
    for option in options:
        if option.get("required") and option["name"] not in given:
            raise CannotError(f"{command['name']!r} needs {option['name']!r}")


def form_data(form: Form, given: Mapping[str, object], resolved: Resolved) -> Json:
    """The data of a submitted form, filled in by label or custom id. Raises CannotError."""
    left = dict(given)
    components: list[Json] = []
    for component in form.data["components"]:
        if "component" in component:
            part = component["component"]
            filled = _field(component["label"], part, left, resolved)
            components.append({"type": _LABEL, "id": len(components) + 1, "component": filled})
        for part in component.get("components", ()):
            filled = _field(part.get("label", ""), part, left, resolved)
            components.append({"type": 1, "id": len(components) + 1, "components": [filled]})
    if left:
        raise CannotError(f"the form has no {sorted(left)}")
    data: Json = {"custom_id": form.data["custom_id"], "components": components}
    return data | ({"resolved": resolved.found} if resolved.found else {})


def _field(label: str, part: Json, left: dict[str, object], resolved: Resolved) -> Json:
    about: Json = {"type": part["type"], "custom_id": part["custom_id"], "id": 100 + len(left)}
    value = left.pop(label, left.pop(part["custom_id"], None))
    if part["type"] != _TEXT_INPUT:
        values = value if isinstance(value, list) else [] if value is None else [value]
        return about | {"values": [str(resolved.add(each)) for each in values]}
    text = str(part.get("value") or "") if value is None else str(value)
    least = part.get("min_length") or int(part.get("required", True))
    if text or part.get("required", True):
        most = part.get("max_length") or 4000
        if not least <= length(text) <= most:
            raise CannotError(f"{label!r} takes {least} to {most} characters, not {length(text)}")
    return about | {"value": text}
