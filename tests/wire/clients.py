"""Any discord.py client on this Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

import discord
import yarl
from discord.gateway import DiscordWebSocket

from tests.wire.server import DiscordServer


@contextmanager
def redirected(base: str) -> Iterator[None]:
    """discord.py talks to the server at `base` (its `base`) for as long as the context lasts."""
    gateway = yarl.URL(base.replace("http", "ws", 1)).with_path("/gateway/")
    with (
        patch.object(discord.http.Route, "BASE", base),
        patch.object(DiscordWebSocket, "DEFAULT_GATEWAY", gateway),
        patch.object(discord.Client, "before_identify_hook", _at_once),
    ):
        yield


async def _at_once(client: discord.Client, shard: int | None, *, initial: bool = False) -> None:
    """discord.py would wait for 5 s before each identification but the first."""


@asynccontextmanager
async def online(
    server: DiscordServer, bot: Coroutine[Any, Any, None], stop: asyncio.Event
) -> AsyncIterator[None]:
    """`bot` runs, and is told to stop in the end. Raises what it dies of before it is online."""
    with redirected(server.base):
        running = asyncio.create_task(bot)
        waiting = asyncio.create_task(server.online.wait())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
                raise AssertionError("the bot stopped before it was online")
            yield
        finally:
            waiting.cancel()
            stop.set()
            await running
