"""Linked schemas as functions that say whether a value fits, so that hundreds of requests a second
can be judged. What is wrong with one that does not fit is for jsonschema to tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.wire.state import Json

Fits = Callable[[Any], bool]
BY_TYPE = "x-by-type"  # alternatives by the value of their property “type”
_KINDS: dict[str, Fits] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}
_is_number = _KINDS["number"]


class Fitting:
    """Makes each schema into a function once; schemas may contain themselves."""

    def __init__(self) -> None:
        self._made: dict[int, Fits] = {}

    def fits(self, schema: Json) -> Fits:
        if found := self._made.get(id(schema)):
            return found
        made: list[Fits] = []
        self._made[id(schema)] = lambda value: made[0](value)
        made.append(_all(list(self._parts(schema))))
        self._made[id(schema)] = made[0]
        return made[0]

    def _parts(self, schema: Json) -> Iterator[Fits]:
        for keyword, wanted in schema.items():
            if keyword in _OWN:
                yield _OWN[keyword](wanted)
            elif keyword != "additionalProperties":
                yield getattr(self, f"_{keyword.replace('-', '_')}")(wanted)
        if isinstance(wanted := schema.get("additionalProperties"), dict):
            yield self._additional(wanted, set(schema.get("properties", ())))

    def _properties(self, schemas: dict[str, Json]) -> Fits:
        wanted = {name: self.fits(schema) for name, schema in schemas.items()}

        def fits(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(wanted[name](inner) for name, inner in value.items() if name in wanted)

        return fits

    def _additional(self, schema: Json, known: set[str]) -> Fits:
        inner = self.fits(schema)
        return lambda value: (
            not isinstance(value, dict) or all(inner(value[n]) for n in value if n not in known)
        )

    def _items(self, schema: Json) -> Fits:
        inner = self.fits(schema)
        return lambda value: not isinstance(value, list) or all(map(inner, value))

    def _oneOf(self, schemas: list[Json]) -> Fits:  # noqa: N802 (the keyword)
        choices = [self.fits(schema) for schema in schemas]
        return lambda value: sum(choice(value) for choice in choices) == 1

    def _anyOf(self, schemas: list[Json]) -> Fits:  # noqa: N802 (the keyword)
        choices = [self.fits(schema) for schema in schemas]
        return lambda value: any(choice(value) for choice in choices)

    def _allOf(self, schemas: list[Json]) -> Fits:  # noqa: N802 (the keyword)
        return _all([self.fits(schema) for schema in schemas])

    def _x_by_type(self, schemas: dict[int, Json]) -> Fits:
        choices = {kind: self.fits(schema) for kind, schema in schemas.items()}

        def fits(value: Any) -> bool:
            kind = value.get("type") if isinstance(value, dict) else None
            return isinstance(kind, int) and kind in choices and choices[kind](value)

        return fits


def _all(parts: list[Fits]) -> Fits:
    if len(parts) == 1:
        return parts[0]
    return lambda value: all(part(value) for part in parts)


def _type(wanted: str | list[str]) -> Fits:
    kinds = [_KINDS[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted)]
    return kinds[0] if len(kinds) == 1 else lambda value: any(kind(value) for kind in kinds)


def _enum(wanted: list[int | str]) -> Fits:
    values = frozenset(wanted)
    return lambda value: (
        isinstance(value, int | str) and not isinstance(value, bool) and value in values
    )


def _required(names: list[str]) -> Fits:
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _pattern(wanted: str) -> Fits:
    found = re.compile(wanted).search
    return lambda value: not isinstance(value, str) or found(value) is not None


def _size(
    of: type[str | list[Any] | Json], fits: Callable[[int, int], bool]
) -> Callable[[int], Fits]:
    def check(wanted: int) -> Fits:
        return lambda value: not isinstance(value, of) or fits(len(value), wanted)

    return check


def _distinct(wanted: bool) -> Fits:
    def fits(value: Any) -> bool:
        if not wanted or not isinstance(value, list):
            return True
        return len({json.dumps(item, sort_keys=True) for item in value}) == len(value)

    return fits


_OWN: dict[str, Callable[[Any], Fits]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda wanted: _enum([wanted]),
    "required": _required,
    "pattern": _pattern,
    "minLength": _size(str, lambda size, least: size >= least),
    "maxLength": _size(str, lambda size, most: size <= most),
    "minItems": _size(list, lambda size, least: size >= least),
    "maxItems": _size(list, lambda size, most: size <= most),
    "minProperties": _size(dict, lambda size, least: size >= least),
    "maxProperties": _size(dict, lambda size, most: size <= most),
    "uniqueItems": _distinct,
    "minimum": lambda least: lambda value: not _is_number(value) or value >= least,
    "maximum": lambda most: lambda value: not _is_number(value) or value <= most,
}
