"""Questions on Discord, as those who ask them see it."""

import simcord

from tests.behaviour.world import (
    BRIDGE,
    FLOWERS,
    QUESTION,
    SENTENCE,
    GatedEncoder,
    World,
    add,
    messages,
    quoted,
    text,
)


async def test_an_answer_is_a_sentence_for_all_to_see(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    asked = await ann.slash(server.general, "ask", question=QUESTION)
    assert quoted(text(asked)) == SENTENCE
    assert not asked.ephemeral
    assert server.general.last_message.content == text(asked)


async def test_what_the_articles_do_not_say_is_not_answered(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    question = "At what temperature does tungsten melt?"
    said = text(await mara.slash(server.general, "ask", question=question))
    assert "does not say" in said
    assert "confidence" not in said.split("\n")[0]


async def test_without_articles_it_says_how_to_add_one(world: World) -> None:
    server = world.server()
    ann = world.member(server, "Ann")
    assert "/article add" in text(await ann.slash(server.general, "ask", question=QUESTION))


async def test_one_article_is_asked_if_it_is_chosen(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await add(mara, server.general, "The garden", FLOWERS)
    [choice] = await mara.autocomplete(server.general, "ask", "article", "GARD")
    assert "The garden" in choice["name"]
    chosen = choice["value"]
    question = "How many kinds of roses?"
    found = await mara.slash(server.general, "ask", question=question, article=chosen)
    assert "212 kinds" in quoted(text(found))
    other = await mara.slash(server.general, "ask", question=QUESTION, article=chosen)
    assert "Stoyan" not in text(other)


async def test_choices_are_the_newest_first_and_at_most_25(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    assert await mara.autocomplete(server.general, "ask", "article", "") == []
    for number in range(1, 28):
        await add(mara, server.general, f"Note {number}", f"There are {number} swans on the pond.")
    choices = await mara.autocomplete(server.general, "ask", "article", "")
    assert [choice["value"] for choice in choices] == [str(n) for n in range(27, 2, -1)]
    by_number = await mara.autocomplete(server.general, "ask", "article", "2")
    assert "2" in [choice["value"] for choice in by_number]
    assert await mara.autocomplete(server.general, "ask", "article", "heron") == []


async def test_a_mistake_is_told_to_the_asker_alone(world: World) -> None:
    server = world.server()
    ann, ben = world.member(server, "Ann"), world.member(server, "Ben")
    await add(world.manager(server), server.general, "The bridge", BRIDGE)
    seen = len(server.general.history(viewer=ben))
    for options in ({"question": QUESTION, "article": "The castle"}, {"question": "?!"}):
        asked = await ann.slash(server.general, "ask", **options)
        [told] = messages(asked)
        assert told.ephemeral
    assert len(server.general.history(viewer=ben)) == seen


async def test_who_asks_while_it_is_busy_sees_that_it_is_at_work(
    world: World, env: simcord.Env, gate: GatedEncoder
) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    gate.open.clear()
    with world.unsettled():
        asked = [await mara.slash(server.general, "ask", question=QUESTION) for _ in range(2)]
    await world.until(lambda: all(each.deferred for each in asked))
    assert [text(each) for each in asked] == ["", ""]
    gate.open.set()
    await env.settle()
    assert [quoted(text(each)) for each in asked] == [SENTENCE, SENTENCE]


async def test_after_a_restart_it_answers_as_before(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    before = text(await mara.slash(server.general, "ask", question=QUESTION))
    await world.restart()
    assert text(await mara.slash(server.general, "ask", question=QUESTION)) == before


async def test_after_it_was_out_of_the_server_for_a_while(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await world.leave(server)
    await world.join(server)
    again = await mara.slash(server.general, "ask", question=QUESTION)
    assert quoted(text(again)) == SENTENCE
