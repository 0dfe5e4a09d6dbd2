"""Text that a non-programmer may edit: the bot's own sentences (and, later, prompts)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def message(name: str, **values: object) -> str:
    """A sentence of `messages.toml`, filled in. Raises KeyError for a name or value it lacks."""
    return _messages()[name].format(**values)


@cache
def _messages() -> Mapping[str, str]:
    return tomllib.loads((files("prompts") / "messages.toml").read_text("utf-8"))
