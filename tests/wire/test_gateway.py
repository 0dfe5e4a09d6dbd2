"""The gateway: compression, shards, drops and resumes, refusals."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import aiohttp
import discord
import pytest

from tests.wire.conftest import Connect, Connected, connected
from tests.wire.server import DiscordServer, discord_server
from tests.wire.small_bot import SmallBot


def zlib_context() -> Any:
    """What discord.py uses where zstandard is not installed."""
    spec = importlib.util.spec_from_file_location(
        "discord.utils_without_zstd", discord.utils.__file__
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "zstandard", None)
        spec.loader.exec_module(module)
    return module._ActiveDecompressionContext


@pytest.mark.parametrize("compression", ["zstd-stream", "zlib-stream"])
async def test_both_compressions(
    compression: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    if compression == "zlib-stream":
        monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", zlib_context())
    async with connect() as (server, _):
        for n in range(30):
            assert await server.slash("echo", text=f"hello {n} ✓").text() == f"hello {n} ✓"
        assert server.gateway.compressions == [compression]


async def test_events_go_to_the_shard_of_their_server(connect: Connect) -> None:
    async with connect(guilds=4, shards=2) as (server, bot):
        assert sorted(data["shard"][0] for data in server.gateway.identified) == [0, 1]
        for n, guild in enumerate(server.guilds.values()):
            assert bot.get_guild(guild.id).shard_id == n % 2
            assert await server.slash("echo", guild.channel(), text=guild.name).text() == guild.name
        assert (
            await server.slash("echo", server.direct(server.reader), text="direct").text()
            == "direct"
        )


async def test_a_dropped_socket_is_resumed_and_each_event_comes_once(small: Connected) -> None:
    server, bot = small
    asked = [server.slash("echo", text="before")]
    await asked[0].message()
    async with server.offline():
        asked += [server.slash("echo", text=f"meanwhile {n}") for n in range(3)]
    asked.append(server.slash("echo", text="after"))
    texts = [await each.text() for each in asked]
    assert bot.seen == texts == ["before", *(f"meanwhile {n}" for n in range(3)), "after"]
    assert len(server.gateway.identified) == 1
    assert len(server.gateway.resumed) == 1


async def test_an_answer_in_the_middle_of_a_drop_arrives(small: Connected) -> None:
    server, bot = small
    async with server.holding("create_interaction_response") as held:
        asked = server.slash("echo", text="hello")
        await held.arrived()
        server.drop()
        await bot.wait_for("resumed", timeout=30)
    assert await asked.text() == "hello"
    assert bot.seen == ["hello"]


async def test_asked_to_reconnect_it_resumes(small: Connected) -> None:
    server, bot = small
    server.ask_to_reconnect()
    await bot.wait_for("resumed", timeout=30)
    assert await server.slash("echo", text="hello").text() == "hello"


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session(resumable: bool, small: Connected) -> None:
    server, bot = small
    server.invalidate(resumable=resumable)
    await bot.wait_for("resumed" if resumable else "shard_ready", timeout=30)
    assert len(server.gateway.identified) == (1 if resumable else 2)
    assert await server.slash("echo", text="hello").text() == "hello"
    assert bot.seen == ["hello"]


async def test_too_much_was_missed_to_resume(small: Connected) -> None:
    server, bot = small
    async with server.offline():
        server.gateway.forget(server.session())
    await bot.wait_for("shard_ready", timeout=30)
    assert [len(server.gateway.resumed), len(server.gateway.identified)] == [1, 2]


async def test_a_heartbeat_is_sent_when_asked_for(small: Connected) -> None:
    server, _ = small
    before = server.gateway.heartbeats
    server.ask_for_heartbeat()
    await server.slash("echo", text="hello").message()
    assert server.gateway.heartbeats == before + 1


async def test_a_bad_token_is_refused_at_login() -> None:
    with pytest.raises(discord.LoginFailure):
        async with connected(before=DiscordServer.refuse_token):
            pass


async def test_intents_that_were_not_granted_are_refused() -> None:
    bot = SmallBot(intents=discord.Intents(guilds=True, message_content=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(bot):
            pass


async def test_servers_come_and_go(small: Connected) -> None:
    server, bot = small
    guild = server.add_guild("New")
    joined = await bot.wait_for("guild_join", timeout=30)
    assert (joined.id, joined.name) == (guild.id, "New")
    server.outage(guild)
    await bot.wait_for("guild_unavailable", timeout=30)
    server.outage_ends(guild)
    await bot.wait_for("guild_available", timeout=30)
    server.guild_leave(guild)
    assert (await bot.wait_for("guild_remove", timeout=30)).id == guild.id


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"token": "x"}, 4004), ({"shard": [2, 2]}, 4010), ({"intents": None}, 4013)],
)
async def test_an_identification_that_is_refused(changed: dict[str, object], code: int) -> None:
    async with (
        discord_server() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.gateway_url) as socket,
    ):
        assert (await socket.receive_json())["op"] == 10
        about = {"token": server.token, "intents": 1, "shard": [0, 1]} | changed
        await socket.send_json({"op": 2, "d": about})
        assert (await socket.receive()).type == aiohttp.WSMsgType.CLOSE
        assert socket.close_code == code


async def test_an_opcode_that_is_none(small: Connected) -> None:
    server, _ = small
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.gateway_url) as socket,
    ):
        await socket.send_json({"op": 77})
        await socket.send_json({"op": 1, "d": None})
        assert [(await socket.receive_json())["op"] for _ in range(2)] == [10, 11]
    assert "opcode 77" in server.take_violations()[0].reason
