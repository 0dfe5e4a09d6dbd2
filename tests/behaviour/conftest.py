"""The bot in a simulated Discord: real discord.py, the real encoder, the baseline answerer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import simcord

from bot.discord_app.app import Bot
from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.encoder import Encoder
from tests.behaviour.world import GatedEncoder, World
from tests.conftest import baseline


@pytest.fixture
def gate(bundled: Encoder) -> GatedEncoder:
    """The encoder that the bot uses; open, unless a test shuts it."""
    return GatedEncoder(bundled)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The operator's; a class or module of tests may override it."""
    return Settings(home=tmp_path)


@pytest.fixture
async def world(settings: Settings, gate: GatedEncoder) -> AsyncIterator[World]:
    """A Discord without servers; the bot is online."""

    def start() -> tuple[Rooms, Bot]:
        rooms = Rooms(settings, baseline(gate))
        return rooms, Bot(rooms)

    world = World(start)
    await world.open()
    yield world
    await world.close()


@pytest.fixture(autouse=True)
def env(world: World) -> simcord.Env:
    """simcord's plugin shows the transcript of a test that fails, and sets its clocks by this."""
    return world.env
