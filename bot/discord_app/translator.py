"""Names and descriptions of commands, in the languages of `prompts/discord.XX.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from prompts import discord_messages

_LANGUAGES = {
    discord.Locale.ukrainian: "uk",
    discord.Locale.german: "de",
    discord.Locale.spain_spanish: "es",
    discord.Locale.latin_american_spanish: "es",
    discord.Locale.french: "fr",
}
"""English is what the commands are written in."""


class Translator(app_commands.Translator):
    """Finds a command by its qualified English name, an option by its own name inside it, and a
    choice by its value; what is in no file stays English."""

    async def translate(
        self,
        string: app_commands.locale_str,  # noqa: ARG002 - where it stands says more
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        if not (language := _LANGUAGES.get(locale)):
            return None
        messages, about = discord_messages(language), context.data
        if isinstance(about, app_commands.Choice):
            return _text(messages["choices"], str(about.value))
        key = "name" if context.location.name.endswith("_name") else "description"
        return _text(_entry(messages["commands"], about), key)


def _entry(commands: Mapping[str, Any], about: Any) -> Mapping[str, Any]:
    """What a file has for a command, a group, a context menu or an option."""
    if isinstance(about, app_commands.Parameter):
        options = commands.get(about.command.qualified_name, {}).get("options", {})
        return options.get(about.name) or {}
    return commands.get(about.qualified_name) or {}


def _text(entry: Mapping[str, Any], key: str) -> str | None:
    found = entry.get(key)
    return None if found is None else str(found)
