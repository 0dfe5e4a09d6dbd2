"""Messages, threads, direct messages and permissions."""

from __future__ import annotations

import discord
import pytest

from tests.wire.conftest import Connect, Connected
from tests.wire.forms import File
from tests.wire.server import DiscordServer
from tests.wire.small_bot import SmallBot
from tests.wire.state import Channel


def general(server: DiscordServer) -> Channel:
    return next(iter(server.guilds.values())).channel()


async def heard(bot: SmallBot, count: int) -> list[discord.Message]:
    """What people have written, once it is so much."""
    while len(found := [m for m in bot.heard if not m.author.bot]) < count:
        await bot.wait_for("message", timeout=30)
    return found


async def test_a_mention_is_answered_by_a_reply(small: Connected) -> None:
    server, _ = small
    written = server.send(general(server), "hello", mention=True)
    [answer] = await written.channel.said(after=written)
    assert answer.content == f"you said {server.bot.mention} hello"
    assert (answer.kind, answer.reference, answer.pings) == (19, written, [])
    assert written.channel.typing == 1


async def test_what_the_bot_may_read(small: Connected) -> None:
    """Without the intent: what mentions it, replies to it, is direct, or its own."""
    server, bot = small
    channel, alone = general(server), server.direct(server.reader)
    server.send(channel, "a secret", attachments=[File("secret.txt", b"")])
    own = server.send(channel, "hello", mention=True)
    [answer] = await channel.said(after=own)
    server.send(channel, "a reply", reply_to=answer)
    server.send(channel, "a quiet reply", reply_to=answer, ping=False)
    server.send(alone, "direct")
    found = await heard(bot, 5)
    texts = [message.content for message in found]
    assert texts == ["", f"{server.bot.mention} hello", "a reply", "", "direct"]
    assert found[0].attachments == []
    assert found[3].reference.resolved.content == answer.content


async def test_with_the_intent_it_reads_everything(connect: Connect) -> None:
    wanted = discord.Intents(guilds=True, messages=True, message_content=True)
    async with connect(SmallBot(intents=wanted), intents=wanted.value) as (server, bot):
        assert bot.application_flags.gateway_message_content_limited
        written = server.send(general(server), "no secret")
        [message] = await heard(bot, 1)
        assert message.content == "no secret"
        again = await bot.get_channel(written.channel.id).fetch_message(written.id)
        assert again.content == "no secret"


async def test_a_person_in_private(small: Connected) -> None:
    server, bot = small
    person = await bot.fetch_user(server.admin.id)
    await person.send("a word in private")
    [message] = server.direct(server.admin).by_bot()
    assert message.content == "a word in private"
    server.close_messages(server.admin)
    with pytest.raises(discord.Forbidden):
        await person.send("another")


async def test_a_thread_under_an_answer(small: Connected) -> None:
    server, bot = small
    message = await server.slash("thread", name="About it").message()
    await message.until(lambda m: m.thread and m.thread.by_bot())
    assert message.thread
    [first] = message.thread.by_bot()
    assert (message.thread.name, first.content) == ("About it", "the first")
    assert message.thread.id == message.id
    written = server.send(message.thread, "and then?", mention=True)
    [answer] = await message.thread.said(after=written)
    assert answer.channel is message.thread
    with pytest.raises(discord.HTTPException, match="already been created"):
        await (
            bot.get_channel(message.channel.id)
            .get_partial_message(message.id)
            .create_thread(name="x")
        )


async def test_a_thread_by_itself_and_its_end(small: Connected) -> None:
    server, bot = small
    channel = bot.get_channel(general(server).id)
    thread = await channel.create_thread(name="Alone", type=discord.ChannelType.public_thread)
    await thread.join()
    await thread.edit(name="Renamed", archived=True)
    kept = server.channels[thread.id]
    assert (kept.name, kept.archived) == ("Renamed", True)
    with pytest.raises(discord.Forbidden):
        await thread.delete()


async def test_messages_are_edited_fetched_and_deleted(small: Connected) -> None:
    server, bot = small
    channel = bot.get_channel(general(server).id)
    sent = await channel.send("one", files=[discord.File(__file__, "a.py")])
    await sent.edit(content="two", attachments=[])
    await sent.add_reaction("👍")
    again = await channel.fetch_message(sent.id)
    assert (again.content, again.attachments, len(again.reactions)) == ("two", [], 1)
    server.send(general(server), "three")
    assert [m.content for m in [m async for m in channel.history(limit=5)]] == ["", "two"]
    await sent.delete()
    with pytest.raises(discord.NotFound):
        await channel.fetch_message(sent.id)
    foreign = server.send(general(server), "four")
    with pytest.raises(discord.Forbidden):
        await channel.get_partial_message(foreign.id).delete()


@pytest.mark.parametrize("announced", [True, False])
async def test_a_refused_permission(announced: bool, small: Connected) -> None:
    server, bot = small
    place = general(server)
    server.refuse(place, "send_messages", announced=announced)
    if announced:
        await bot.wait_for("guild_channel_update", timeout=30)
    channel = bot.get_channel(place.id)
    assert channel.permissions_for(channel.guild.me).send_messages is not announced
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("hello")
    assert refused.value.code == 50013
    assert await server.slash("echo", text="still").text() == "still"
    server.refuse(place, "view_channel")
    with pytest.raises(discord.Forbidden) as unseen:
        await channel.send("hello")
    assert unseen.value.code == 50001
    assert server.traffic.invalid == 2


async def test_hidden_channels_are_not_told_of(small: Connected) -> None:
    server, bot = small
    hidden = server.add_channel(general(server).guild, "hidden")
    server.refuse(hidden, "view_channel")
    server.send(hidden, "hello", server.admin, mention=True)
    server.send(general(server), "hello", mention=True)
    [message] = await heard(bot, 1)
    assert message.channel.name == "general"


async def test_only_allowed_mentions_ping(small: Connected) -> None:
    server, bot = small
    channel = bot.get_channel(general(server).id)
    text = f"@everyone <@{server.reader.id}> <@{server.admin.id}>"
    await channel.send(text)
    some = discord.AllowedMentions(everyone=False, users=[discord.Object(server.admin.id)])
    await channel.send(text, allowed_mentions=some)
    await channel.send(text, allowed_mentions=discord.AllowedMentions.all())
    pings = [message.pings for message in general(server).by_bot()]
    assert pings == [[], ["grace"], ["grace", "ada"]]


async def test_it_leaves_a_server(small: Connected) -> None:
    server, bot = small
    guild = general(server).guild
    await bot.get_guild(guild.id).leave()
    assert not guild.has_bot
    with pytest.raises(discord.NotFound):
        await bot.fetch_guild(guild.id)


async def test_the_servers_and_members_that_there_are(small: Connected) -> None:
    server, bot = small
    guild = await bot.fetch_guild(general(server).guild.id)
    member = await guild.fetch_member(server.reader.id)
    assert (guild.name, member.display_name) == ("Server 1", "Ada")
    await bot.get_guild(guild.id).me.edit(nick="Quoter")
    assert [c.name for c in await guild.fetch_channels()] == ["general"]
    assert await bot.get_guild(guild.id).active_threads() == []
    assert [command.name for command in await bot.tree.fetch_commands()][-1] == "Repeat"


async def test_a_thread_is_announced_as_on_discord(small: Connected) -> None:
    server, bot = small
    asked = server.send(general(server), "hello", mention=True)
    [answer] = await general(server).said(after=asked)
    under, alone = server.open_thread(answer, "Under"), server.open_thread(general(server), "Alone")
    _, started, opened = await heard(bot, 3)
    assert started.type is discord.MessageType.thread_starter_message
    assert (started.channel.id, started.reference.message_id) == (under.id, answer.id)
    assert opened.type is discord.MessageType.thread_created
    assert (opened.content, opened.reference.channel_id) == ("", alone.id)


async def test_an_edit_and_a_deletion_of_a_person_are_told(small: Connected) -> None:
    server, bot = small
    written = server.send(general(server), "hello", mention=True)
    server.edit(written, f"{server.bot.mention} goodbye")
    edited = await bot.wait_for("raw_message_edit", timeout=30)
    assert edited.data["content"].endswith("goodbye")
    server.remove(written)
    assert (await bot.wait_for("raw_message_delete", timeout=30)).message_id == written.id
