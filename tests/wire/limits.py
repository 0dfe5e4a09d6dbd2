"""Discord's limits on messages and forms that openapi.json does not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.wire.state import BUTTON, COMPONENTS_V2, Json, parts_of

LONGEST_CONTENT, LONGEST_TEXT_V2, LONGEST_EMBEDS = 2000, 4000, 6000
MOST_COMPONENTS_V2, MOST_ROWS, MOST_IN_FORM = 40, 5, 5
LONGEST_CHOICE = 100
LARGEST_FILES = 10 * 1024 * 1024  # bytes of all files of a message
_ROW, _SELECTS, _TEXT_INPUT, _TEXT, _LABEL = 1, (3, 5, 6, 7, 8), 4, 10, 18
_LINK, _PREMIUM = 5, 6  # styles of buttons


def length(text: str | None) -> int:
    """Characters as Discord counts them at its strictest: in UTF-16 code units."""
    return len((text or "").encode("utf-16-le", "surrogatepass")) // 2


def message_problems(body: Json, flags: int = 0) -> Iterator[str]:
    """What Discord would not take of a message's body; `flags` are those that it will have."""
    components = body.get("components") or []
    yield from _embeds(body.get("embeds") or [])
    yield from _unique(components)
    yield from _buttons(components)
    if flags & COMPONENTS_V2:
        yield from _version_2(body, components)
    else:
        yield from _classic(body, components)


def is_empty(body: Json, files: int = 0) -> bool:
    """There is nothing in it that a message could consist of."""
    if (body.get("flags") or 0) & COMPONENTS_V2 and body.get("components"):
        return False
    parts = ("embeds", "sticker_ids", "poll")
    return not (files or (body.get("content") or "").strip() or any(body.get(p) for p in parts))


def _classic(body: Json, components: list[Json]) -> Iterator[str]:
    if (size := length(body.get("content"))) > LONGEST_CONTENT:
        yield f"content: {size} characters are more than {LONGEST_CONTENT}"
    if len(components) > MOST_ROWS:
        yield f"components: {len(components)} rows are more than {MOST_ROWS}"
    if any(component["type"] != _ROW for component in components):
        yield "components: only rows can stand in a message that is not of Components V2"


def _version_2(body: Json, components: list[Json]) -> Iterator[str]:
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            yield f"{name}: cannot stand in a message of Components V2"
    parts = list(parts_of(components))
    if len(parts) > MOST_COMPONENTS_V2:
        yield f"components: {len(parts)} are more than {MOST_COMPONENTS_V2}"
    size = sum(length(part["content"]) for part in parts if part["type"] == _TEXT)
    if size > LONGEST_TEXT_V2:
        yield f"components: {size} characters of text are more than {LONGEST_TEXT_V2}"


def _embeds(embeds: list[Json]) -> Iterator[str]:
    total = sum(length(text) for embed in embeds for text in _texts(embed))
    if total > LONGEST_EMBEDS:
        yield f"embeds: {total} characters are more than {LONGEST_EMBEDS}"


def _texts(embed: Json) -> Iterator[str | None]:
    yield embed.get("title")
    yield embed.get("description")
    yield (embed.get("footer") or {}).get("text")
    yield (embed.get("author") or {}).get("name")
    for entry in embed.get("fields") or ():
        yield from (entry["name"], entry["value"])


def _unique(components: list[Json]) -> Iterator[str]:
    parts = list(parts_of(components))
    for name in ("custom_id", "id"):
        for value, times in Counter(part[name] for part in parts if part.get(name)).items():
            if times > 1:
                yield f"components: {name} {value!r} occurs {times} times"


def _buttons(components: list[Json]) -> Iterator[str]:
    for part in parts_of(components):
        if part["type"] == _ROW:
            kinds = [inner["type"] for inner in part["components"]]
            if any(kind in _SELECTS for kind in kinds) and len(kinds) > 1:
                yield "components: a menu stands in a row with something else"
        elif part["type"] == BUTTON:
            yield from _button(part)


def _button(part: Json) -> Iterator[str]:
    name = part.get("label") or part.get("emoji")
    if part["style"] == _PREMIUM:
        return
    if not name:
        yield "components: a button has neither label nor emoji"
    if (part["style"] == _LINK) != bool(part.get("url")):
        yield f"components: the button {name!r} is a link without address, or no link with one"
    if (part["style"] == _LINK) == bool(part.get("custom_id")):
        yield f"components: the button {name!r} needs a custom_id, or is a link that has one"


def form_problems(data: Json) -> Iterator[str]:
    """What Discord would not take of a modal."""
    components = data["components"]
    if len(components) > MOST_IN_FORM:
        yield f"components: {len(components)} are more than {MOST_IN_FORM} of a form"
    yield from _unique(components)
    for component in components:
        inner = component.get("components") or [component.get("component")]
        for part in inner:
            if part and part["type"] == _TEXT_INPUT:
                yield from _input(part, labelled=component["type"] == _LABEL)


def _input(part: Json, labelled: bool) -> Iterator[str]:
    if labelled == bool(part.get("label")):
        yield f"components: {part['custom_id']!r} needs one label, in itself or around it"
    least, most = part.get("min_length") or 0, part.get("max_length") or 4000
    if least > most:
        yield f"components: {part['custom_id']!r} wants at least {least} and at most {most}"
    value = part.get("value")
    if value and not least <= length(value) <= most:
        yield f"components: the text in {part['custom_id']!r} has not {least} to {most} characters"


def choice_problems(choices: Iterable[Json]) -> Iterator[str]:
    """What Discord would not take of the choices of an autocompletion."""
    for choice in choices:
        for name in ("name", "value"):
            value = choice[name]
            if isinstance(value, str) and not 1 <= length(value) <= LONGEST_CHOICE:
                yield f"choices: {name} {value[:20]!r}… is not of 1 to {LONGEST_CHOICE} characters"
