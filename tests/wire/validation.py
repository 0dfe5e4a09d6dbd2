"""What Discord has published of its HTTP API, openapi.json.xz, as a judge of what is sent."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tests.wire.state import Json

_DOCUMENT = Path(__file__).with_name("openapi.json.xz")
_JSON = "application/json"
_METHODS = ("get", "post", "put", "patch", "delete")
_KEYWORDS = set(
    """type enum const properties required items oneOf anyOf allOf minLength maxLength minimum
    maximum pattern minItems maxItems uniqueItems additionalProperties maxProperties""".split()
)
_BY_TYPE = "x-by-type"

Exceptions = dict[str, tuple[Json, str]]
"""By a schema's name: what holds instead, and why."""

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
    path: Mapping[str, Validator]
    query: Mapping[str, Validator]
    bodies: Mapping[str, Validator]
    replies: Mapping[str, Validator | None]

    @property
    def success(self) -> int:
        return int(next(status for status in self.replies if status in ("200", "201", "204")))

    def about_request(
        self, path: Mapping[str, str], query: Mapping[str, str], kind: str, body: object
    ) -> str:
        """What is wrong with a request; "" if nothing is."""
        for validators, given in ((self.path, path), (self.query, query)):
            for name, validator in validators.items():
                if name in given and (wrong := complaint(validator, _read(validator, given[name]))):
                    return f"{name}: {wrong}"
        if body is None:
            return f"a body of {', '.join(self.bodies)} is needed" if _JSON in self.bodies else ""
        if kind not in self.bodies:
            return f"a body of {kind} is not taken here"
        return complaint(self.bodies[kind], body)

    def about_reply(self, status: int, reply: object) -> str:
        """What is wrong with a reply; "" if nothing is."""
        wanted = str(status)
        if wanted not in self.replies:
            wanted = "4XX" if 400 <= status < 500 else ""
        if not wanted:
            return f"{status} is none of {', '.join(self.replies)}"
        validator = self.replies[wanted]
        if validator is None:
            return "" if reply is None else f"{status} has no body"
        return complaint(validator, reply)


@cache
def operations() -> dict[str, Operation]:
    """Every operation of the document, by its id."""
    document = json.loads(lzma.decompress(_DOCUMENT.read_bytes()))
    requests = _Schemas(document, EXCEPTIONS | REQUEST_EXCEPTIONS)
    replies = _Schemas(document, EXCEPTIONS)
    found = [
        _operation(requests, replies, method, template, whole)
        for template, whole in document["paths"].items()
        for method in _METHODS
        if method in whole
    ]
    return {operation.id: operation for operation in found}


def schema(name: str) -> Validator:
    """One schema of the document by its name, as replies have to fit it."""
    return _named()(name)


@cache
def _named() -> Callable[[str], Validator]:
    schemas = _Schemas(json.loads(lzma.decompress(_DOCUMENT.read_bytes())), EXCEPTIONS)
    return lambda name: schemas.validator({"$ref": f"#/components/schemas/{name}"})


def complaint(validator: Validator, value: object) -> str:
    """Where a value differs from its schema, and how; "" if it does not."""
    error = best_match(validator.iter_errors(value))
    return f"{error.json_path}: {error.message[:300]}" if error else ""


def _operation(
    requests: _Schemas, replies: _Schemas, method: str, template: str, whole: Json
) -> Operation:
    about = whole[method]
    places: dict[str, dict[str, Validator]] = {"path": {}, "query": {}, "header": {}}
    for parameter in [*whole.get("parameters", ()), *about.get("parameters", ())]:
        places[parameter["in"]][parameter["name"]] = requests.validator(parameter["schema"])
    content = about.get("requestBody", {}).get("content", {})
    bodies = {kind: requests.validator(body["schema"]) for kind, body in content.items()}
    answers = {status: replies.reply(answer) for status, answer in about["responses"].items()}
    is_open = {} in about.get("security", ())
    ways = (places["path"], places["query"], bodies, answers)
    return Operation(about["operationId"], method.upper(), template, is_open, *ways)


class _Schemas:
    """Schemas with what they refer to in its place, so that a reference costs nothing.

    Alternatives that differ in their `type` are chosen between by it: quicker, and what is wrong
    is told of the one that was meant.
    """

    def __init__(self, document: Json, exceptions: Exceptions) -> None:
        self._document = document
        self._linked = {f"#/components/schemas/{n}": link for n, (link, _) in exceptions.items()}

    def validator(self, schema: Json) -> Validator:
        return _Validator(self._link(schema))

    def reply(self, answer: Json) -> Validator | None:
        if "$ref" in answer:
            answer = self._find(answer["$ref"])
        content = answer.get("content", {}).get(_JSON)
        return self.validator(content["schema"]) if content else None

    def _find(self, reference: str) -> Json:
        found = self._document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        return found

    def _link(self, schema: Json) -> Json:
        if (reference := schema.get("$ref")) is None:
            return dict(self._keywords(schema))
        if reference not in self._linked:
            linked: Json = {}
            self._linked[reference] = linked
            linked |= self._link(self._find(reference))
        return self._linked[reference]

    def _keywords(self, schema: Json) -> Iterator[tuple[str, Any]]:
        for keyword, value in schema.items():
            if keyword == "properties":
                yield keyword, {name: self._link(inner) for name, inner in value.items()}
            elif keyword in ("items", "additionalProperties") and isinstance(value, dict):
                yield keyword, self._link(value)
            elif keyword in ("oneOf", "anyOf"):
                yield from self._alternatives(keyword, value)
            elif keyword == "allOf":
                if "enum" not in schema:  # else it repeats, at length, what enum says
                    yield keyword, [self._link(inner) for inner in value]
            elif keyword in _KEYWORDS:
                yield keyword, value

    def _alternatives(self, keyword: str, schemas: list[Json]) -> Iterator[tuple[str, Any]]:
        if all("const" in schema for schema in schemas):
            yield "enum", [schema["const"] for schema in schemas]
            return
        linked = [self._link(schema) for schema in schemas]
        kinds = [schema.get("properties", {}).get("type", {}).get("enum", ()) for schema in linked]
        flat = [kind for group in kinds for kind in group]
        if all(kinds) and len(set(flat)) == len(flat):
            chosen = zip(kinds, linked, strict=True)
            yield _BY_TYPE, {kind: schema for group, schema in chosen for kind in group}
        else:
            yield keyword, linked


def _by_type(
    validator: Any, schemas: dict[int, Json], value: Any, _: Json
) -> Iterator[ValidationError]:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, int) or kind not in schemas:
        yield ValidationError(f"its type {kind!r} is none of {sorted(schemas)}")
    else:
        yield from validator.descend(value, schemas[kind])


_Validator = extend(Draft202012Validator, {_BY_TYPE: _by_type})


def _read(validator: Validator, text: str) -> object:
    """A value out of an address, by the type that its schema wants."""
    kind = validator.schema.get("type") if isinstance(validator.schema, dict) else None
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind == "integer" and text.isdecimal():
        return int(text)
    return text
