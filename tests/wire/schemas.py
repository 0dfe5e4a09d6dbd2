"""JSON Schemas of the document, linked to what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

from tests.wire.fitting import BY_TYPE, Fits, Fitting
from tests.wire.state import Json

JSON = "application/json"
Exceptions = Mapping[str, tuple[Json, str]]
"""By a schema's name: what holds instead, and why."""
_KEYWORDS = set(
    """type enum const properties required items oneOf anyOf allOf minLength maxLength minimum
    maximum pattern minItems maxItems uniqueItems additionalProperties minProperties
    maxProperties""".split()
)


@dataclass(frozen=True)
class Judge:
    """One schema. `fits` is quick."""

    schema: Json
    fits: Fits

    def complaint(self, value: object) -> str:
        """Where a value differs from the schema, and how; "" if it does not."""
        return "" if self.fits(value) else self.explained(value)

    def explained(self, value: object) -> str:
        """The same, slowly."""
        error = best_match(_Validator(self.schema).iter_errors(value))
        return f"{error.json_path}: {error.message[:300]}" if error else ""


class Schemas:
    """Schemas with what they refer to in its place, so that a reference costs nothing.

    Alternatives that differ in their `type` are chosen between by it: quicker, and what is wrong
    is told of the one that was meant.
    """

    def __init__(self, document: Json, exceptions: Exceptions) -> None:
        self._document = document
        self._linked = {f"#/components/schemas/{n}": link for n, (link, _) in exceptions.items()}
        self._fitting = Fitting()

    def judge(self, schema: Json) -> Judge:
        linked = self._link(schema)
        return Judge(linked, self._fitting.fits(linked))

    def reply(self, answer: Json) -> Judge | None:
        if "$ref" in answer:
            answer = self._find(answer["$ref"])
        content = answer.get("content", {}).get(JSON)
        return self.judge(content["schema"]) if content else None

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
            yield BY_TYPE, {kind: schema for group, schema in chosen for kind in group}
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


_Validator = extend(Draft202012Validator, {BY_TYPE: _by_type})
