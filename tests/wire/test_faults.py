"""What goes wrong when a test says so, as a real discord.py client meets it."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.wire.clock import Clock
from tests.wire.conftest import Connect, Connected
from tests.wire.forms import File
from tests.wire.state import Channel
from tests.wire.traffic import MOST_INVALID, PER_SECOND


def statuses(small: Connected, operation: str) -> list[int]:
    return [r.status for r in small[0].requests if r.operation == operation]


def general(small: Connected) -> tuple[Channel, discord.TextChannel]:
    server, bot = small
    place = next(iter(server.guilds.values())).channel()
    channel = bot.get_channel(place.id)
    assert isinstance(channel, discord.TextChannel)
    return place, channel


@pytest.mark.parametrize("everywhere", [False, True])
async def test_429_then_success(everywhere: bool, small: Connected) -> None:
    server, _ = small
    server.rate_limit("create_message", times=2, everywhere=everywhere)
    await general(small)[1].send("hello")
    assert statuses(small, "create_message") == [429, 429, 200]
    assert server.traffic.invalid == 2


@pytest.mark.parametrize("operation", ["create_interaction_response", "execute_webhook"])
async def test_429_on_a_webhook_then_success(operation: str, small: Connected) -> None:
    server, _ = small
    server.rate_limit(operation)
    await server.slash("think", text="done").shown(lambda m: len(m) > 1)
    assert statuses(small, operation) == [429, 200]


async def test_500_then_success(small: Connected) -> None:
    small[0].fail("create_message")
    await general(small)[1].send("hello")
    assert statuses(small, "create_message") == [500, 200]


async def test_a_connection_that_breaks_off(small: Connected) -> None:
    small[0].fail("create_message", status=0)
    with pytest.raises(aiohttp.ClientError):
        await general(small)[1].send("hello")


async def test_a_first_response_that_comes_late(small: Connected) -> None:
    server, bot = small
    async with server.holding("create_interaction_response") as held:
        asked = server.slash("echo", text="hello")
        await held.arrived()
        server.pass_time(3.1)
    await server.slash("echo", text="another").message()
    error = await bot.failures.get()
    assert isinstance(error, discord.NotFound)
    assert (error.code, asked.response) == (10062, None)


async def test_a_token_that_expired(small: Connected) -> None:
    server, bot = small
    async with server.holding("update_original_webhook_message") as held:
        asked = server.slash("think", text="too late")
        await held.arrived()
        server.expire(asked)
    error = await bot.failures.get()
    assert isinstance(error, discord.HTTPException)
    assert (error.status, error.code) == (401, 50027)
    assert asked.messages[0].loading


async def test_a_token_lives_for_a_quarter_of_an_hour(small: Connected) -> None:
    server, _ = small
    async with server.holding("update_original_webhook_message") as held:
        asked = server.slash("think", text="just in time")
        await held.arrived()
        server.pass_time(899)
    assert (await asked.shown())[0].content == "just in time"


async def test_a_second_first_response(small: Connected) -> None:
    server, _ = small
    asked = server.slash("echo", text="hello")
    await asked.message()
    url = f"{server.base}/interactions/{asked.id}/{asked.token}/callback"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json={"type": 5}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 40060)
        async with session.post(f"{url[:-9]}x/callback", json={"type": 5}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, 10062)


async def test_downloads_can_be_held(small: Connected) -> None:
    server, _ = small
    async with server.holding("download") as held:
        asked = server.slash("read", file=File("a.txt", b"hello"))
        await held.arrived()
        assert asked.response is None
    assert (await asked.message()).attachments[0].data == b"HELLO"


async def test_more_than_fifty_a_second_are_limited(small: Connected) -> None:
    place, channel = general(small)
    traffic = small[0].traffic
    clock = Clock()
    clock.advance(traffic.clock.now() + 1)  # what the bot has sent so far counts no more
    traffic.clock = clock
    sending = asyncio.gather(*(channel.send(str(n)) for n in range(PER_SECOND + 10)))
    await traffic.changes.until(lambda: traffic.limited == 10)
    assert len(place.by_bot()) == PER_SECOND
    clock.advance(1)
    await sending
    assert sorted(int(m.content) for m in place.by_bot()) == list(range(PER_SECOND + 10))


async def test_too_many_invalid_requests_shut_the_bot_out(connect: Connect) -> None:
    async with connect() as small:
        server, _ = small
        for _ in range(MOST_INVALID):
            server.traffic.count(403)
        with pytest.raises(discord.HTTPException) as refused:
            await general(small)[1].send("hello")
        assert (refused.value.status, refused.value.code) == (429, 0)
