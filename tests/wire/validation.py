"""What Discord has published of its HTTP API, openapi.json.xz, as a judge of what is sent."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.wire.schemas import JSON, Exceptions, Judge, Schemas
from tests.wire.state import Json

_DOCUMENT = Path(__file__).with_name("openapi.json.xz")
_METHODS = ("get", "post", "put", "patch", "delete")

EXCEPTIONS: Exceptions = {
    "ChannelTypes": (
        {"enum": [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16]},
        "Discord's documentation knows media channels (16) as well, and discord.py names them where"
        " an option takes a channel of any type.",
    ),
}
REQUEST_EXCEPTIONS: Exceptions = {
    "SnowflakeType": (
        {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$", "minimum": 0},
        "Discord reads ids that are numbers too, and discord.py sends some so: in references to"
        " messages, allowed mentions and attachments.",
    ),
}


@dataclass(frozen=True)
class Operation:
    """One method of one path. `open`: it needs no token of the bot."""

    id: str
    method: str
    template: str
    open: bool
    path: Mapping[str, Judge]
    query: Mapping[str, Judge]
    bodies: Mapping[str, Judge]
    replies: Mapping[str, Judge | None]

    @property
    def success(self) -> int:
        return int(next(status for status in self.replies if status in ("200", "201", "204")))

    def about_request(
        self, path: Mapping[str, str], query: Mapping[str, str], kind: str, body: object
    ) -> str:
        """What is wrong with a request; "" if nothing is."""
        for judges, given in ((self.path, path), (self.query, query)):
            for name, judge in judges.items():
                if name in given and (wrong := judge.complaint(_read(judge, given[name]))):
                    return f"{name}: {wrong}"
        if body is None:
            return f"a body of {', '.join(self.bodies)} is needed" if JSON in self.bodies else ""
        if kind not in self.bodies:
            return f"a body of {kind} is not taken here"
        return self.bodies[kind].complaint(body)

    def about_reply(self, status: int, reply: object) -> str:
        """What is wrong with a reply; "" if nothing is."""
        wanted = str(status)
        if wanted not in self.replies:
            wanted = "4XX" if 400 <= status < 500 else ""
        if not wanted:
            return f"{status} is none of {', '.join(self.replies)}"
        judge = self.replies[wanted]
        if judge is None:
            return "" if reply is None else f"{status} has no body"
        return judge.complaint(reply)


@cache
def operations() -> dict[str, Operation]:
    """Every operation of the document, by its id."""
    document = json.loads(lzma.decompress(_DOCUMENT.read_bytes()))
    requests = Schemas(document, {**EXCEPTIONS, **REQUEST_EXCEPTIONS})
    replies = Schemas(document, EXCEPTIONS)
    found = [
        _operation(requests, replies, method, template, whole)
        for template, whole in document["paths"].items()
        for method in _METHODS
        if method in whole
    ]
    return {operation.id: operation for operation in found}


def schema(name: str) -> Judge:
    """One schema of the document by its name, as replies have to fit it."""
    return _named()(name)


@cache
def _named() -> Callable[[str], Judge]:
    schemas = Schemas(json.loads(lzma.decompress(_DOCUMENT.read_bytes())), EXCEPTIONS)
    return lambda name: schemas.judge({"$ref": f"#/components/schemas/{name}"})


def _operation(
    requests: Schemas, replies: Schemas, method: str, template: str, whole: Json
) -> Operation:
    about = whole[method]
    places: dict[str, dict[str, Judge]] = {"path": {}, "query": {}, "header": {}}
    for parameter in [*whole.get("parameters", ()), *about.get("parameters", ())]:
        places[parameter["in"]][parameter["name"]] = requests.judge(parameter["schema"])
    content = about.get("requestBody", {}).get("content", {})
    bodies = {kind: requests.judge(body["schema"]) for kind, body in content.items()}
    answers = {status: replies.reply(answer) for status, answer in about["responses"].items()}
    is_open = {} in about.get("security", ())
    ways = (places["path"], places["query"], bodies, answers)
    return Operation(about["operationId"], method.upper(), template, is_open, *ways)


def _read(judge: Judge, text: str) -> object:
    """A value out of an address, by the type that its schema wants."""
    kind = judge.schema.get("type")
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind == "integer" and text.isdecimal():
        return int(text)
    return text
