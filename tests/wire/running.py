"""The real bot on this Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.discord_app.app import serve
from bot.discord_app.rooms import Rooms
from tests.wire.clients import online
from tests.wire.server import DiscordServer, discord_server


@asynccontextmanager
async def running(
    rooms: Rooms, stop: asyncio.Event | None = None, guilds: int = 2, **options: Any
) -> AsyncIterator[DiscordServer]:
    """The real bot, logged in to a Discord of its own; options are those of `discord_server`."""
    stop = stop or asyncio.Event()
    server = discord_server(guilds, **options)
    async with server as discord, online(discord, serve(discord.token, rooms, stop), stop):
        yield discord
