"""Text that a non-programmer may edit: the bot's own sentences (and, later, prompts)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "uk", "de", "es", "fr")
"""Those that the bot speaks on Discord."""


def message(name: str, **values: object) -> str:
    """A sentence of `messages.toml`, filled in. Raises KeyError for a name or value it lacks."""
    return str(_read("messages.toml")[name]).format(**values)


def discord_messages(language: str) -> Mapping[str, Any]:
    """What `discord.XX.toml` has for one of `LANGUAGES`: sentences by name, tables of their forms
    for numbers, and tables of names."""
    return _read(f"discord.{language}.toml")


@cache
def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("prompts") / name).read_text("utf-8"))
