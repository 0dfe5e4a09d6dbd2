"""Hostile text in questions, titles and articles: shown as text, over the real wire."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.encoder import Encoder
from tests.conftest import baseline
from tests.discord_text.markup import require_sound
from tests.wire.people import File
from tests.wire.running import running
from tests.wire.server import DiscordServer

HOSTILE = [
    "@everyone and @here",
    "<@42> <@!42> <@&7> <#300>",
    "</ask:1234>",
    "<t:1618953630:R>",
    "<:smile:123456789012345678>",
    "[free](https://evil.example)",
    "||hidden|| ~~gone~~ **bold** __under__ *it*",
    "```code``` and `more`",
    "# Heading",
    "- item",
    "> quoted",
    "-# small",
    "discord.gg/abcdef",
    "https://evil.example/@everyone",
    "\u202egnitirw\u202c and \u200bzero\u200dwidth",
    "\\@everyone \\<@42>",
]


@pytest.fixture
async def server(tmp_path: Path, bundled: Encoder) -> AsyncIterator[DiscordServer]:
    with closing(Rooms(Settings(home=tmp_path), baseline(bundled))) as rooms:
        async with running(rooms) as server:
            yield server


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_text_is_shown_and_does_nothing(
    server: DiscordServer, hostile: str, caplog: pytest.LogCaptureFixture
) -> None:
    words = f"The keeper of the tower said {hostile} to the crowd of Varna."
    file = File("tower.txt", words.encode())
    await server.slash("article add", None, server.admin, file=file, title=hostile).shown()
    question = f"What did the keeper say {hostile}?"
    with caplog.at_level(logging.DEBUG, logger="bot"):
        shown = [
            await server.slash("ask", question=question).shown(),
            await server.slash("article list").shown(),
            await server.slash("article show", article="1").shown(),
            await server.slash("summary").shown(),
        ]
    for message in (message for messages in shown for message in messages):
        read = require_sound(message.content)
        assert read.mentions == []
        assert read.links == []
        assert message.pings == []
    assert "the crowd of Varna" in require_sound(shown[0][0].content).text
    logged = " ".join(r.getMessage() for r in caplog.records if r.name.startswith("bot"))
    assert logged
    assert "Varna" not in logged
    assert "keeper" not in logged


async def test_nothing_that_was_asked_names_a_person_who_is_then_pinged(
    server: DiscordServer,
) -> None:
    channel = next(iter(server.guilds.values())).channel("general")
    asked = server.send(channel, f"{server.admin.mention} @everyone who?", mention=True)
    [answer] = await channel.said(after=asked)
    assert answer.pings == []
    assert require_sound(answer.content).mentions == []
