"""Names and descriptions of the real commands, as they are registered with Discord."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import discord
import pytest
from discord import app_commands

from bot.discord_app.admin import Admin
from bot.discord_app.articles import Articles
from bot.discord_app.asking import Asking
from bot.discord_app.desk import Desk
from bot.discord_app.forgetting import Forgetting
from bot.discord_app.info import Info
from bot.discord_app.menus import add_menus
from bot.discord_app.translator import Translator
from prompts import discord_messages

Json = dict[str, Any]
LOCALES = {"uk": "uk", "de": "de", "es-ES": "es", "es-419": "es", "fr": "fr"}
GROUPS = {1, 2}  # of options: those that are commands themselves


@pytest.fixture
async def registered() -> list[Json]:
    """The commands as the bot sends them."""
    desk = cast(Desk, None)  # they are only looked at
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    for cog in (Asking(desk), Articles(desk), Admin(desk), Forgetting(desk), Info(desk)):
        own = [cog.app_command] if cog.app_command else cog.get_app_commands()
        for command in own:
            tree.add_command(command)
    add_menus(tree, desk)
    translator = Translator()
    every = tree.get_commands(type=None)
    return [await command.get_translated_payload(tree, translator) for command in every]


def entries(commands: list[Json], above: str = "") -> Iterator[tuple[str, Json]]:
    """Each command and group with its qualified name."""
    for command in commands:
        name = f"{above} {command['name']}".strip()
        yield name, command
        below = [option for option in command.get("options", []) if option["type"] in GROUPS]
        yield from entries(below, name)


def options_of(command: Json) -> list[Json]:
    return [option for option in command.get("options", []) if option["type"] not in GROUPS]


async def test_the_files_name_the_commands_that_there_are(registered: list[Json]) -> None:
    for language in ("en", *LOCALES.values()):
        commands = discord_messages(language)["commands"]
        assert {name for name, _ in entries(registered)} == set(commands)
        for name, command in entries(registered):
            named = {option["name"] for option in options_of(command)}
            assert named == set(commands[name].get("options", {})), name


async def test_english_is_what_the_commands_say(registered: list[Json]) -> None:
    english = discord_messages("en")["commands"]
    for name, command in entries(registered):
        assert command["name"] == english[name]["name"]
        assert command.get("description", "") == english[name].get("description", ""), name
        for option in options_of(command):
            said = english[name]["options"][option["name"]]
            assert (option["name"], option["description"]) == (said["name"], said["description"])


@pytest.mark.parametrize("locale", LOCALES)
async def test_everything_is_translated(registered: list[Json], locale: str) -> None:
    messages = discord_messages(LOCALES[locale])
    for name, command in entries(registered):
        here = messages["commands"][name]
        for entry, said in [
            (command, here),
            *((option, here["options"][option["name"]]) for option in options_of(command)),
        ]:
            assert entry["name_localizations"][locale] == said["name"]
            if "description" in said:
                assert entry["description_localizations"][locale] == said["description"]
            for choice in entry.get("choices", []):
                translated = choice["name_localizations"][locale]
                assert translated == messages["choices"][choice["value"]]


async def test_other_languages_see_english(registered: list[Json]) -> None:
    for _, command in entries(registered):
        assert set(command["name_localizations"]) == set(LOCALES)


async def test_names_are_as_discord_wants_them(registered: list[Json]) -> None:
    """Its documentation: ^[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]{1,32}$, in lower case."""
    for _, command in entries(registered):
        if command["type"] == discord.AppCommandType.message.value:
            continue
        for entry in (command, *options_of(command)):
            for name in entry["name_localizations"].values():
                assert re.fullmatch(r"(?:[-_']|[^\W_])+", name)
                assert name == name.lower()


async def test_a_command_that_is_in_no_file_stays_english() -> None:
    @app_commands.command(name="unknown", description="Nobody knows it")
    async def unknown(interaction: discord.Interaction[Any], option: str = "") -> None: ...

    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    payload = await unknown.get_translated_payload(tree, Translator())
    assert payload["name_localizations"] == payload["description_localizations"] == {}
    assert "name_localizations" not in payload["options"][0]
