"""What one server has, another never sees."""

import pytest

from tests.behaviour.world import BRIDGE, FLOWERS, QUESTION, World, add, messages, text


@pytest.mark.parametrize("restarted", [False, True])
async def test_nothing_crosses_from_one_server_to_another(world: World, restarted: bool) -> None:
    ours, theirs = world.server("Ours"), world.server("Theirs")
    mara, thea = world.manager(ours), world.manager(theirs, "Thea")
    await add(mara, ours.general, "The bridge", BRIDGE)
    await add(thea, theirs.general, "The garden", FLOWERS)
    if restarted:
        await world.restart()

    assert "Stoyan" not in text(await thea.slash(theirs.general, "ask", question=QUESTION))
    for command in ("ask", "article remove"):
        assert await thea.autocomplete(theirs.general, command, "article", "bridge") == []
        [choice] = await thea.autocomplete(theirs.general, command, "article", "")
        assert "The garden" in choice["name"]
    assert "bridge" not in text(await thea.slash(theirs.general, "article list"))

    ways_in = ("The bridge", "2", f"discord:{ours.id}", f"../discord.{ours.id}", "%", "*")
    for name in ways_in:
        for command, options in (("ask", {"question": QUESTION}), ("article remove", {})):
            result = await thea.slash(theirs.general, command, article=name, **options)
            [told] = messages(result)
            assert told.ephemeral
            assert "Stoyan" not in told.content
    assert "The bridge" in text(await mara.slash(ours.general, "article list"))


async def test_one_person_in_two_servers_asks_each_by_itself(world: World) -> None:
    ours, theirs = world.server("Ours"), world.server("Theirs")
    mara = world.manager(ours)
    there = theirs.guild.add_member(mara.user)
    await add(mara, ours.general, "The bridge", BRIDGE)
    assert "Stoyan" not in text(await there.slash(theirs.general, "ask", question=QUESTION))
    assert await there.autocomplete(theirs.general, "ask", "article", "") == []
