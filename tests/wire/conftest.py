"""A small bot on the double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from tests.wire.clients import online
from tests.wire.server import DiscordServer, discord_server
from tests.wire.small_bot import SmallBot

Connected = tuple[DiscordServer, SmallBot]
Connect = Callable[..., AbstractAsyncContextManager[Connected]]


@asynccontextmanager
async def connected(
    bot: SmallBot | None = None,
    guilds: int = 1,
    before: Callable[[DiscordServer], object] = DiscordServer.take_violations,
    **options: Any,
) -> AsyncIterator[Connected]:
    """A small bot that is online; options are those of `discord_server`."""
    async with discord_server(guilds, **options) as server:
        bot, stop, token = bot or SmallBot(), asyncio.Event(), server.token
        before(server)

        async def serve() -> None:
            async with bot:
                started = asyncio.create_task(bot.start(token))
                stopped = asyncio.create_task(stop.wait())
                await asyncio.wait({started, stopped}, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
                await bot.close()
                await started

        async with online(server, serve(), stop):
            await bot.wait_until_ready()
            yield server, bot


@pytest.fixture
async def small() -> AsyncIterator[Connected]:
    async with connected() as both:
        yield both


@pytest.fixture
def connect() -> Connect:
    return connected
