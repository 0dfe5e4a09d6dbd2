"""Health over real HTTP, of a real bot on a Discord of our own."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from discord.ext import commands

from bot.discord_app.health import Health
from bot.discord_app.metrics import Metrics
from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.encoder import Encoder
from index.errors import SettingsError
from tests.conftest import baseline
from tests.wire.running import online
from tests.wire.server import DiscordServer, discord_server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, health_port=unused_port())


@pytest.fixture
def rooms(settings: Settings, encoder: Encoder) -> Iterator[Rooms]:
    with closing(Rooms(settings, baseline(encoder))) as opened:
        yield opened


@dataclass(frozen=True)
class Told:
    status: int
    kind: str
    text: str


async def ask(settings: Settings, path: str, host: str = "127.0.0.1") -> Told:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{host}:{settings.health_port}{path}") as response,
    ):
        return Told(response.status, response.headers["Content-Type"], await response.text())


def make_bot() -> commands.AutoShardedBot:
    return commands.AutoShardedBot(
        commands.when_mentioned, intents=discord.Intents(guilds=True), guild_ready_timeout=0
    )


@asynccontextmanager
async def connected(rooms: Rooms) -> AsyncIterator[tuple[DiscordServer, commands.AutoShardedBot]]:
    """A bot with two shards, a server in each."""
    bot, stop = make_bot(), asyncio.Event()

    async def serve(token: str) -> None:
        async with bot, Health(bot, Metrics(rooms), rooms.settings):
            running = asyncio.create_task(bot.start(token))
            await stop.wait()
            await bot.close()
            await running

    async with (
        discord_server(guilds=2, shards=2) as server,
        online(server, serve(server.token), stop),
    ):
        await bot.wait_until_ready()
        yield server, bot


async def test_before_it_is_online_it_lives_but_is_not_ready(
    settings: Settings, rooms: Rooms
) -> None:
    async with make_bot() as bot, Health(bot, Metrics(rooms), settings):
        assert (await ask(settings, "/live")).status == 200
        told = await ask(settings, "/ready")
        metrics = await ask(settings, "/metrics")
    assert (told.status, told.text) == (503, '{"ready": false, "missing": ["gateway"]}')
    assert "pullquote_servers 0.0" in metrics.text


async def test_online_it_is_ready(settings: Settings, rooms: Rooms) -> None:
    async with connected(rooms):
        told = await ask(settings, "/ready")
        metrics = await ask(settings, "/metrics")
    assert (told.status, told.text) == (200, '{"ready": true, "missing": []}')
    assert metrics.kind == "text/plain; version=0.0.4; charset=utf-8"
    for line in (
        "pullquote_servers 2.0",
        'pullquote_gateway_up{shard="1"} 1.0',
        'pullquote_gateway_events_total{event="connect",shard="0"} 1.0',
    ):
        assert line in metrics.text
    assert re.search(r'pullquote_gateway_latency_seconds\{shard="0"\} \S+', metrics.text)


async def test_while_a_shard_is_away_it_is_not_ready_and_afterwards_it_is(
    settings: Settings, rooms: Rooms
) -> None:
    async with connected(rooms) as (server, bot):
        lost = asyncio.create_task(bot.wait_for("shard_disconnect"))
        back = asyncio.create_task(bot.wait_for("shard_resumed"))
        async with server.offline(shard=1):
            await lost
            away = await ask(settings, "/ready")
            meanwhile = await ask(settings, "/metrics")
            assert (await ask(settings, "/live")).status == 200
        await back
        again = await ask(settings, "/ready")
        metrics = await ask(settings, "/metrics")
    assert (away.status, away.text) == (503, '{"ready": false, "missing": ["shard 1"]}')
    assert 'pullquote_gateway_up{shard="1"} 0.0' in meanwhile.text
    assert again.status == 200
    assert 'pullquote_gateway_events_total{event="resumed",shard="1"} 1.0' in metrics.text
    assert 'pullquote_gateway_events_total{event="disconnect",shard="1"} 1.0' in metrics.text


async def test_it_answers_while_all_workers_are_busy(settings: Settings, rooms: Rooms) -> None:
    go = threading.Event()
    async with make_bot() as bot, Health(bot, Metrics(rooms), settings):
        jobs = [
            asyncio.create_task(rooms.run("discord:1", lambda _: go.wait(), lane))
            for lane in rooms.lanes
            for _ in range(9)
        ]
        try:
            assert (await ask(settings, "/live")).status == 200
            metrics = await ask(settings, "/metrics")
        finally:
            go.set()
            await asyncio.gather(*jobs)
    waiting = 9 - rooms.lanes["ask"].size.workers
    assert f'pullquote_lane_waiting{{lane="ask"}} {waiting}.0' in metrics.text


async def test_a_port_that_is_in_use_is_one_sentence(settings: Settings, rooms: Rooms) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", settings.health_port))
        other.listen()
        with pytest.raises(SettingsError, match=r"something else does.*PULLQUOTE_HEALTH_PORT"):
            async with make_bot() as bot, Health(bot, Metrics(rooms), settings):
                pass


async def test_an_address_that_is_none_of_this_machine_is_one_sentence(
    tmp_path: Path, rooms: Rooms
) -> None:
    settings = Settings(home=tmp_path, health_port=unused_port(), health_host="192.0.2.1")
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1.*PULLQUOTE_HEALTH_HOST"):
        async with make_bot() as bot, Health(bot, Metrics(rooms), settings):
            pass


async def test_only_this_machine_may_ask_by_default(settings: Settings, rooms: Rooms) -> None:
    async with make_bot() as bot, Health(bot, Metrics(rooms), settings):
        with pytest.raises(aiohttp.ClientConnectorError):
            await ask(settings, "/live", host="127.0.0.2")


async def test_by_default_nothing_listens(
    tmp_path: Path, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(web.TCPSite, "start")
    async with make_bot() as bot, Health(bot, Metrics(rooms), Settings(home=tmp_path)):
        pass
