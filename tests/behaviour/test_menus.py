"""The context menus of messages, and pasted articles."""

from __future__ import annotations

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from tests.behaviour.world import BRIDGE, FLOWERS, QUESTION, SENTENCE, World, add, quoted, text

LONG = f"{BRIDGE} {FLOWERS} " + "There was much more to be said of that day by all who came. " * 2


def fields(form: InteractionResult) -> list[str]:
    """The ids of a form's fields, in order."""
    return [label["component"]["custom_id"] for label in form.modal["components"]]


async def fill(person: MemberActor, form: InteractionResult, *words: str) -> InteractionResult:
    return await person.submit_modal(form, dict(zip(fields(form), words, strict=True)))


async def test_a_long_text_is_asked_by_its_menu(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    written = await world.member(server, "Ann").send(server.general, LONG)
    form = await mara.context_menu(server.general, "Ask about this", written)
    asked = await fill(mara, form, QUESTION)
    assert quoted(text(asked)) == SENTENCE
    assert "**1** · The river Lom" in text(await mara.slash(server.general, "article list"))


async def test_a_file_is_asked_by_its_menu(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    written = await mara.send(server.general, "look", attachments=[("bridge.txt", BRIDGE.encode())])
    form = await mara.context_menu(server.general, "Ask about this", written)
    assert quoted(text(await fill(mara, form, QUESTION))) == SENTENCE


async def test_asking_about_an_answer_follows_it_up(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await add(mara, server.general, "The garden", FLOWERS)
    await mara.slash(server.general, "ask", question=QUESTION)
    form = await mara.context_menu(server.general, "Ask about this", server.general.last_message)
    asked = await fill(mara, form, "How many kinds of roses are there?")
    assert "212" not in text(asked)


@pytest.mark.parametrize("words", ["ok", "that is nice"])
async def test_where_there_is_nothing_to_read_that_is_said(world: World, words: str) -> None:
    server = world.server()
    mara = world.manager(server)
    written = await mara.send(server.general, words)
    form = await mara.context_menu(server.general, "Ask about this", written)
    told = await fill(mara, form, QUESTION)
    added = await mara.context_menu(server.general, "Add as article", written)
    assert text(told) == text(added) != ""
    assert added.ephemeral


async def test_a_text_is_added_by_its_menu(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    written = await mara.send(server.general, LONG)
    added = await mara.context_menu(server.general, "Add as article", written)
    assert added.ephemeral
    assert quoted(text(await mara.slash(server.general, "ask", question=QUESTION))) == SENTENCE


async def test_who_may_not_add_cannot_by_a_menu(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    written = await mara.send(server.general, LONG)
    refused = await ann.context_menu(server.general, "Add as article", written)
    form = await ann.context_menu(server.general, "Ask about this", written)
    assert text(await fill(ann, form, QUESTION)) == text(refused) != ""
    assert "Stoyan" not in text(refused)


async def test_a_pasted_text_becomes_an_article(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    form = await mara.slash(server.general, "article add", title="Over the Lom")
    assert len(form.modal["title"]) <= 45
    added = await fill(mara, form, "Over the Lom", BRIDGE)
    assert "Over the Lom" in text(added)
    assert quoted(text(await mara.slash(server.general, "ask", question=QUESTION))) == SENTENCE
