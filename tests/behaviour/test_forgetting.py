"""What is forgotten leaves no trace, and what should stay stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import simcord

from bot.settings import Settings
from tests.behaviour.world import BRIDGE, QUESTION, World, add, text

DAY = 86_400.0
CANARY = "Which engineer with the codename Periwinkle designed the bridge?"


def traces(home: Path, words: str) -> list[Path]:
    """The files that have these words."""
    files = [file for file in home.rglob("*") if file.is_file()]
    return [file for file in files if words.encode() in file.read_bytes()]


async def test_forget_me_forgets_a_person_in_every_server(world: World, settings: Settings) -> None:
    ours, theirs = world.server("Ours"), world.server("Theirs")
    mara = world.manager(ours)
    there = theirs.guild.add_member(mara.user)
    await add(mara, ours.general, "The bridge", BRIDGE)
    await mara.slash(ours.general, "ask", question=CANARY)
    await there.slash(theirs.general, "ask", question=CANARY)
    assert len(traces(settings.home, "Periwinkle")) >= 2
    form = await mara.slash(ours.general, "forget me")
    assert traces(settings.home, "Periwinkle")  # it asks once more
    done = await mara.click(form.response, label="Delete it all")
    assert "2" in text(done)
    assert not traces(settings.home, "Periwinkle")
    assert "Stoyan" in text(await mara.slash(ours.general, "ask", question=QUESTION))


async def test_forget_server_forgets_all_of_it(world: World, settings: Settings) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    await mara.slash(server.general, "settings limits", user_daily=7)
    refused = await ann.slash(server.general, "forget server")
    assert not refused.response.components
    form = await mara.slash(server.general, "forget server")
    await mara.click(form.response, label="Delete it all")
    assert not traces(settings.home, "Stoyan")
    assert "Stoyan" not in text(await ann.slash(server.general, "ask", question=QUESTION))
    assert "100" in text(await mara.slash(server.general, "settings show"))


@pytest.mark.parametrize(("away", "kept"), [(6.0, True), (8.0, False)])
async def test_a_server_that_comes_back_in_time_keeps_its_articles(
    world: World, env: simcord.Env, settings: Settings, away: float, kept: bool
) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await world.leave(server)
    await env.advance_time(away * DAY)
    assert bool(traces(settings.home, "Stoyan")) == kept
    await world.join(server)
    await env.advance_time(8 * DAY)
    assert ("Stoyan" in text(await mara.slash(server.general, "ask", question=QUESTION))) == kept


async def test_questions_are_forgotten_after_their_time(
    world: World, env: simcord.Env, settings: Settings
) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await mara.slash(server.general, "settings limits", retention_days=2)
    await mara.slash(server.general, "ask", question=CANARY)
    assert traces(settings.home, "Periwinkle")
    await env.advance_time(4 * DAY)
    assert not traces(settings.home, "Periwinkle")
    assert traces(settings.home, "Stoyan")
