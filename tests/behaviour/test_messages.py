"""Questions in messages: mentions, replies, threads, and direct messages."""

from __future__ import annotations

import discord
import pytest
import simcord
from simcord.actors import MemberActor

from bot.settings import Settings
from tests.behaviour.world import BRIDGE, FLOWERS, QUESTION, SENTENCE, Server, World, add, quoted

ROSES = "How many kinds of roses are there?"


async def two_articles(world: World) -> tuple[Server, MemberActor]:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await add(mara, server.general, "The garden", FLOWERS)
    return server, mara


def mention(world: World, said: str) -> str:
    return f"<@{world.bot.user.id}> {said}"


def replies(server: Server, to: discord.Message) -> list[str]:
    """What the bot said under a message."""
    found = [m for m in server.general.history() if m.reference and m.author.bot]
    return [m.content for m in found if m.reference.message_id == to.id]


async def test_a_mention_is_answered_under_the_question_and_pings_nobody(world: World) -> None:
    server, _ = await two_articles(world)
    ann = world.member(server, "Ann")
    await ann.send(server.general, mention(world, QUESTION))
    asked, answer = server.general.history()[-2:]
    assert quoted(answer.content) == SENTENCE
    assert answer.reference.message_id == asked.id
    assert answer.mentions == []
    assert "Which engineer" not in answer.content  # the question stands right above


async def test_what_is_said_to_others_is_not_answered(world: World) -> None:
    server, _ = await two_articles(world)
    ann = world.member(server, "Ann")
    before = len(server.general.history())
    await ann.send(server.general, QUESTION)
    await ann.send(server.general, f"<@{world.member(server, 'Ben').id}> {QUESTION}")
    assert len(server.general.history()) == before + 2


async def test_a_mention_alone_is_told_what_to_do(world: World) -> None:
    server, _ = await two_articles(world)
    ann = world.member(server, "Ann")
    await ann.send(server.general, mention(world, ""))
    assert server.general.last_message.author.id == world.bot.user.id
    assert server.general.last_message.content


async def test_a_reply_to_an_answer_goes_on_about_its_article(world: World) -> None:
    server, mara = await two_articles(world)
    ann = world.member(server, "Ann")
    await ann.send(server.general, mention(world, QUESTION))
    answer = server.general.last_message
    await mara.send(server.general, mention(world, ROSES), reply_to=answer)
    assert "212" not in server.general.last_message.content
    await mara.send(server.general, mention(world, ROSES))
    assert "212" in server.general.last_message.content


async def test_a_reply_to_someone_s_text_is_about_that_text(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    long = f"@everyone {BRIDGE} {FLOWERS} " + "And much more was said of it that day. " * 3
    written = await ann.send(server.general, mention(world, long))
    await mara.send(server.general, mention(world, QUESTION), reply_to=written)
    assert "Stoyan" in server.general.last_message.content


async def test_who_may_not_add_is_told_so(world: World) -> None:
    server, _ = await two_articles(world)
    ann = world.member(server, "Ann")
    await ann.send(server.general, mention(world, "https://news.example/1 who designed it?"))
    assert "Stoyan" not in server.general.last_message.content
    assert server.general.last_message.author.id == world.bot.user.id


async def test_where_answers_are_private_a_mention_gets_none(world: World) -> None:
    server, mara = await two_articles(world)
    await mara.slash(server.general, "settings answers", private=True)
    await mara.send(server.general, mention(world, QUESTION))
    assert "Stoyan" not in server.general.last_message.content
    assert "/ask" in server.general.last_message.content


async def test_in_a_thread_of_its_own_a_mention_follows_up(world: World) -> None:
    server, mara = await two_articles(world)
    await mara.slash(server.general, "ask", question=QUESTION, thread=True)
    [thread] = server.general.threads
    assert thread.name == QUESTION
    await mara.send(thread, mention(world, ROSES))  # the thread is about the bridge
    assert "212" not in thread.last_message.content
    await mara.send(thread, mention(world, "How long is its middle span?"))
    assert "84 metres" in thread.last_message.content


async def test_thread_mode_answers_a_mention_in_a_new_thread(world: World) -> None:
    server, mara = await two_articles(world)
    await mara.slash(server.general, "settings answers", threads=True)
    await mara.send(server.general, mention(world, QUESTION))
    [thread] = server.general.threads
    assert "Stoyan" in thread.last_message.content


async def test_it_says_which_permission_it_lacks(world: World, env: simcord.Env) -> None:
    server, _ = await two_articles(world)
    ann = world.member(server, "Ann")
    me = env.bot.get_guild(server.id).me
    denied = {me: discord.PermissionOverwrite(send_messages=False)}
    quiet = server.guild.create_text_channel("quiet", overwrites=denied)
    await ann.send(quiet, mention(world, QUESTION))
    assert len(quiet.history()) == 1
    told = ann.user.dm_channel.last_message.content
    assert "#quiet" in told
    assert "Send Messages" in told


async def test_a_direct_message_asks_a_library_of_one_s_own(world: World) -> None:
    await two_articles(world)
    una = world.person("Una")
    await una.send_dm(QUESTION)
    assert "Stoyan" not in una.dm_channel.last_message.content
    await una.slash("article add", file=("bridge.txt", BRIDGE.encode()))
    await una.send_dm(QUESTION)
    assert quoted(una.dm_channel.last_message.content) == SENTENCE
    other = world.person("Olaf")
    await other.send_dm(QUESTION)
    assert "Stoyan" not in other.dm_channel.last_message.content


async def test_who_brings_the_bot_along_asks_their_own_library(world: World) -> None:
    una = world.person("Una", has_app=True)
    await una.send_dm("hello?")
    await una.slash("article add", file=("bridge.txt", BRIDGE.encode()))
    elsewhere = world.server("Elsewhere", with_bot=False)
    there = elsewhere.guild.add_member(una)
    asked = await there.slash(elsewhere.general, "ask", question=QUESTION)
    assert quoted(asked.response.content) == SENTENCE


class TestWithMessageContent:
    """What the privileged intent adds."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"message_content": True})

    async def test_in_its_thread_no_mention_is_needed(self, world: World) -> None:
        server, mara = await two_articles(world)
        await mara.slash(server.general, "ask", question=QUESTION, thread=True)
        [thread] = server.general.threads
        await mara.send(thread, "How long is its middle span?")
        assert "84 metres" in thread.last_message.content

    async def test_what_is_said_elsewhere_stays_unanswered(self, world: World) -> None:
        server, mara = await two_articles(world)
        before = len(server.general.history())
        await mara.send(server.general, QUESTION)
        assert len(server.general.history()) == before + 1
