"""The buttons under an answer, as those who press them see it."""

from __future__ import annotations

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.results import InteractionResult, to_discord_message

from tests.behaviour.world import (
    BRIDGE,
    FLOWERS,
    QUESTION,
    SENTENCE,
    Server,
    World,
    add,
    messages,
    text,
)

PARAGRAPHS = "\n\n".join(f"Note {n} is about swan number {n}." for n in range(1, 9))


async def answered(world: World, words: str = BRIDGE) -> tuple[Server, MemberActor]:
    """A server with an article, and someone who manages its messages."""
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", words)
    return server, mara


async def ask(person: MemberActor, server: Server, question: str = QUESTION) -> discord.Message:
    """The last message of an answer, which has the buttons."""
    await person.slash(server.general, "ask", question=question)
    return server.general.last_message


def custom_id(message: discord.Message, verb: str) -> str:
    [found] = [
        child.custom_id
        for row in message.components
        for child in row.children
        if child.custom_id.startswith(f"pq:{verb}:")
    ]
    return found


async def press(person: MemberActor, message: discord.Message, verb: str) -> InteractionResult:
    return await person.click(message, custom_id=custom_id(message, verb))


async def test_context_shows_the_quote_among_its_paragraphs(world: World) -> None:
    server, mara = await answered(world, f"{PARAGRAPHS}\n\n{BRIDGE}\n\n{FLOWERS}")
    ben = world.member(server, "Ben")
    around = await press(ben, await ask(mara, server), "context")
    assert around.ephemeral
    assert f"**{SENTENCE}**" in text(around)
    assert "Tessin" in text(around)
    assert "swan number 8" in text(around)


async def test_context_goes_earlier_and_later_in_place(world: World) -> None:
    many = "\n\n".join(f"Note {n} is about swan number {n}. " + "It swims. " * 60 for n in range(9))
    server, mara = await answered(world, f"{many}\n\n{BRIDGE}")
    around = await press(mara, await ask(mara, server), "context")
    assert f"**{SENTENCE}**" in text(around)
    earlier = await mara.click(around.response, label="Earlier")
    shown = around.response.content if earlier.response is None else earlier.response.content
    assert shown != ""
    assert "Stoyan" not in shown


async def test_why_tells_the_step_with_its_numbers(world: World) -> None:
    server, mara = await answered(world)
    why = await press(mara, await ask(mara, server), "why")
    assert why.ephemeral
    assert QUESTION in text(why)
    assert "%" in text(why)


async def test_more_quotes_are_others_than_the_one_that_was_shown(world: World) -> None:
    server, mara = await answered(world)
    more = await press(mara, await ask(mara, server), "more")
    assert more.ephemeral
    assert "first crossed in 1931" in text(more)
    assert SENTENCE not in text(more).replace("**", "")


async def test_a_vote_is_taken_back_by_pressing_again(world: World) -> None:
    server, mara = await answered(world)
    message = await ask(mara, server)
    said = [text(await press(mara, message, verb)) for verb in ("good", "bad", "bad")]
    assert len(set(said)) == 3
    assert all(said)


@pytest.mark.parametrize("allowed", [True, False])
async def test_who_asked_deletes_an_answer_and_who_manages_messages(
    world: World, allowed: bool
) -> None:
    server, mara = await answered(world)
    ann, ben = world.member(server, "Ann"), world.member(server, "Ben")
    message = await ask(ann, server)
    refused = await press(ben, message, "delete")
    assert refused.ephemeral
    assert server.general.last_message.id == message.id
    await press(ann if allowed else mara, message, "delete")
    assert message.id not in [m.id for m in server.general.history()]


async def test_deleting_an_answer_of_several_messages_deletes_all_of_it(world: World) -> None:
    long = "The engineer Vera Stoyan designed the bridge " + "and rested and worked " * 120 + "."
    server, mara = await answered(world, long)
    before = len(server.general.history())
    message = await ask(mara, server, "Who designed the bridge?")
    assert len(server.general.history()) > before + 1
    await press(mara, message, "delete")
    assert len(server.general.history()) == before


@pytest.mark.parametrize("verb", ["context", "more", "why", "good", "bad"])
async def test_the_buttons_survive_a_restart(world: World, verb: str) -> None:
    server, mara = await answered(world)
    message = await ask(mara, server)
    before = text(await press(mara, message, verb))
    if verb in ("good", "bad"):
        await press(mara, message, verb)
    await world.restart()
    assert text(await press(mara, message, verb)) == before


@pytest.mark.parametrize("verb", ["context:1", "page:1:0:0", "more:1", "why:1", "good:1"])
async def test_a_forged_button_finds_nothing_of_another_server(
    world: World, env: simcord.Env, verb: str
) -> None:
    ours, mara = await answered(world)
    await ask(mara, ours)
    theirs = world.server("Theirs")
    thea = world.manager(theirs, "Thea")
    row = {"type": 1, "components": [{"type": 2, "style": 2, "custom_id": f"pq:{verb}"}]}
    row["components"][0]["label"] = "x"
    forged = env.backend.create_message(theirs.general.id, env.bot.user.id, "x", components=[row])
    pressed = await thea.click(to_discord_message(env, forged), custom_id=f"pq:{verb}")
    said = " ".join(message.content for message in messages(pressed))
    assert "Stoyan" not in said
    assert "bridge" not in said


async def test_a_forged_button_does_not_show_what_another_asked_in_private(
    world: World, env: simcord.Env
) -> None:
    server, mara = await answered(world)
    ben = world.member(server, "Ben")
    await mara.slash(server.general, "ask", question=QUESTION, private=True)
    button = {"type": 2, "style": 2, "custom_id": "pq:why:1", "label": "x"}
    row = {"type": 1, "components": [button]}
    forged = env.backend.create_message(server.general.id, env.bot.user.id, "x", components=[row])
    message = to_discord_message(env, forged)
    assert QUESTION not in text(await ben.click(message, custom_id="pq:why:1"))
    assert QUESTION in text(await mara.click(message, custom_id="pq:why:1"))


async def test_after_its_article_was_removed_a_quote_is_gone(world: World) -> None:
    server, mara = await answered(world)
    message = await ask(mara, server)
    await mara.slash(server.general, "article remove", article="The bridge")
    for verb in ("context", "more"):
        assert "Stoyan" not in text(await press(mara, message, verb))
    assert text(await press(mara, message, "why"))
