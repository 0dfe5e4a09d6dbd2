"""What the bot asks for is what its work needs of Discord: no less, and no more."""

from __future__ import annotations

import asyncio
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from discord.ext import commands
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.permissions import INVITED, NEEDED, Purpose, invite_link, missing
from tests.wire.permissions import bits
from tests.wire.running import online
from tests.wire.server import DiscordServer, discord_server


def test_the_invite_link_asks_for_these_and_nothing_else() -> None:
    query = parse_qs(urlsplit(invite_link(1000)).query)
    assert query["client_id"] == ["1000"]
    assert query["scope"] == ["bot applications.commands"]
    assert int(query["permissions"][0]) == bits(
        "view_channel",
        "send_messages",
        "read_message_history",
        "create_public_threads",
        "send_messages_in_threads",
    )


def test_each_permission_is_asked_for_because_of_some_purpose() -> None:
    assert bits(*(name for names in NEEDED.values() for name in names)) == INVITED.value
    assert {*NEEDED} == {*get_args(Purpose)}


@given(
    had=st.integers(0, discord.Permissions.all().value), purpose=st.sampled_from(get_args(Purpose))
)
def test_missing_names_what_is_needed_and_not_there(had: int, purpose: Purpose) -> None:
    permissions = discord.Permissions(had)
    lacking = missing(permissions, purpose)
    if permissions.administrator:
        assert lacking == []
    else:
        assert {*lacking} == {name for name in NEEDED[purpose] if not bits(name) & had}
    assert missing(discord.Permissions(had | bits(*lacking)), purpose) == []


async def answer(channel: Any, asked: int) -> None:
    """As MessageReply does."""
    await channel.typing()
    reference = channel.get_partial_message(asked).to_reference(fail_if_not_exists=False)
    await channel.send("an answer", reference=reference)


async def open_thread(channel: Any, asked: int) -> None:
    thread = await channel.get_partial_message(asked).create_thread(name="a thread")
    await thread.send("the first")


async def read_link(channel: Any, asked: int) -> None:
    """As ReadingRooms does, for a link that is new and for one that is known."""
    await open_thread(channel, asked)
    await answer(channel, asked)


WORK = {
    "answer": answer,
    "answer_in_thread": answer,
    "thread": open_thread,
    "reading_room": read_link,
}


async def may(server: DiscordServer, bot: discord.Client, purpose: Purpose, *names: str) -> bool:
    """Whether Discord lets the bot do what `purpose` is about with these permissions alone."""
    [guild] = server.guilds.values()
    there = guild.channel()
    if purpose == "answer_in_thread":
        there = next(iter(guild.threads.values()))
    asked = server.send(there, "who?", server.admin)
    known = await bot.fetch_channel(there.id)
    guild.roles[guild.id].permissions = bits(*names)
    try:
        await WORK[purpose](known, asked.id)
    except discord.Forbidden:
        return False
    finally:
        guild.roles[guild.id].permissions = INVITED.value
    return True


@pytest.mark.parametrize("purpose", get_args(Purpose))
async def test_discord_refuses_with_any_of_them_less(purpose: Purpose) -> None:
    bot = commands.AutoShardedBot(
        commands.when_mentioned, intents=discord.Intents(guilds=True), guild_ready_timeout=0
    )
    stop = asyncio.Event()

    async def serve(token: str) -> None:
        async with bot:
            running = asyncio.create_task(bot.start(token))
            await stop.wait()
            await bot.close()
            await running

    async with discord_server() as server, online(server, serve(server.token), stop):
        await bot.wait_until_ready()
        [guild] = server.guilds.values()
        server.open_thread(guild.channel(), "an old thread", server.admin)
        needed = NEEDED[purpose]
        assert await may(server, bot, purpose, *needed)
        for name in needed:
            fewer = [other for other in needed if other != name]
            assert not await may(server, bot, purpose, *fewer), f"{name} is not needed"
