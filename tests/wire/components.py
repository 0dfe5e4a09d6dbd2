"""Embeds and components of a request, as Discord gives them back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from tests.wire.state import Json

_DEFAULTS: dict[int, Json] = {  # type of component: what Discord fills in
    3: {"min_values": 1, "max_values": 1},
    5: {"min_values": 1, "max_values": 1},
    6: {"min_values": 1, "max_values": 1},
    7: {"min_values": 1, "max_values": 1},
    8: {"min_values": 1, "max_values": 1},
    11: {"description": None, "spoiler": False},
    13: {"name": None, "size": None, "spoiler": False},
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}


def returned_components(components: list[Json] | None) -> list[Json]:
    """With ids, and without what was null."""
    numbers = count(1)
    return [_component(component, numbers) for component in components or ()]


def _component(component: Json, numbers: Iterator[int]) -> Json:
    about = _DEFAULTS.get(component["type"], {}) | _given(component)
    about["id"] = component.get("id") or next(numbers)
    if "components" in about:
        about["components"] = [_component(inner, numbers) for inner in about["components"]]
    if "accessory" in about:
        about["accessory"] = _component(about["accessory"], numbers)
    if "emoji" in about:
        about["emoji"] = _given(about["emoji"])
    for name in ("media", "file"):
        if name in about:
            about[name] = _media(about[name])
    if "items" in about:
        empty = {"description": None, "spoiler": False}
        about["items"] = [
            empty | item | {"media": _media(item["media"])} for item in about["items"]
        ]
    return about


def _media(given: Json) -> Json:
    return {"id": "1", "url": given["url"], "proxy_url": given["url"]}


def returned_embeds(embeds: list[Json] | None) -> list[Json]:
    return [_embed(embed) for embed in embeds or ()]


def _embed(embed: Json) -> Json:
    about: Json = {"type": "rich"} | _given(embed)
    if "fields" in about:
        about["fields"] = [{"inline": False} | _given(entry) for entry in about["fields"]]
    return about


def _given(about: Json) -> Json:
    return {key: value for key, value in about.items() if value is not None}
