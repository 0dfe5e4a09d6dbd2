"""What admins choose, and what comes of it."""

from __future__ import annotations

import pytest
import simcord

from bot.settings import Settings
from tests.behaviour.world import BRIDGE, FLOWERS, QUESTION, World, add, messages, text


async def test_only_who_manages_the_server_is_offered_the_settings(
    world: World, env: simcord.Env
) -> None:
    server = world.server()
    await env.settle()
    offered = [str(c) for c in world.manager(server).available_commands(server.general)]
    assert any("settings" in name for name in offered)
    ann = world.member(server, "Ann")
    assert not any("settings" in str(c) for c in ann.available_commands(server.general))


async def test_they_are_kept(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    set_ = await mara.slash(
        server.general, "settings limits", user_daily=7, server_daily=50, retention_days=3
    )
    assert set_.ephemeral
    await mara.slash(server.general, "settings answers", min_confidence=90, threads=True)
    shown = text(await mara.slash(server.general, "settings show"))
    for number in ("7", "50", "3", "90"):
        assert number in shown
    await world.restart()
    assert text(await mara.slash(server.general, "settings show")) == shown


async def test_private_answers_are_seen_by_who_asked(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    asked = await ann.slash(server.general, "ask", question=QUESTION, private=True)
    assert asked.ephemeral
    assert not (await ann.slash(server.general, "ask", question=QUESTION)).ephemeral
    await mara.slash(server.general, "settings answers", private=True)
    for wish in ({}, {"private": False}):
        asked = await ann.slash(server.general, "ask", question=QUESTION, **wish)
        assert asked.ephemeral


async def test_the_least_confidence_is_the_server_s_own(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    assert "Stoyan" in text(await mara.slash(server.general, "ask", question=QUESTION))
    await mara.slash(server.general, "settings answers", min_confidence=100)
    assert "does not say" in text(await mara.slash(server.general, "ask", question=QUESTION))


async def test_questions_are_answered_where_they_may_be_asked(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    books = server.guild.create_text_channel("books")
    await mara.slash(server.general, "settings access", allow=books)
    refused = await ann.slash(server.general, "ask", question=QUESTION)
    assert "Stoyan" not in text(refused)
    assert messages(refused)[0].ephemeral
    assert "Stoyan" in text(await ann.slash(books, "ask", question=QUESTION))
    await mara.slash(server.general, "settings access", disallow=books)
    assert "Stoyan" in text(await ann.slash(server.general, "ask", question=QUESTION))


async def test_a_channel_has_an_article(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await add(mara, server.general, "The garden", FLOWERS)
    await mara.slash(
        server.general, "settings article", channel=server.general, article="The garden"
    )
    assert "Stoyan" not in text(await mara.slash(server.general, "ask", question=QUESTION))
    named = await mara.slash(server.general, "ask", question=QUESTION, article="The bridge")
    assert "Stoyan" in text(named)
    await mara.slash(server.general, "settings article", channel=server.general)
    assert "Stoyan" in text(await mara.slash(server.general, "ask", question=QUESTION))


@pytest.mark.parametrize("by_role", [True, False])
async def test_who_may_add_articles(world: World, by_role: bool) -> None:
    server = world.server()
    mara, ben = world.manager(server), world.member(server, "Ben", view_channel=True)
    file = ("bridge.txt", BRIDGE.encode())
    assert "Added" not in text(await ben.slash(server.general, "article add", file=file))
    role = ben.roles[-1] if hasattr(ben, "roles") else None
    given = {"role": role} if by_role and role else {"adders": "everyone"}
    await mara.slash(server.general, "settings access", **given)
    assert "Added" in text(await ben.slash(server.general, "article add", file=file))
    refused = await ben.slash(server.general, "article remove", article="1")
    assert "Removed" not in text(refused)


async def test_as_much_as_may_be_asked_in_a_day(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    await mara.slash(server.general, "settings limits", user_daily=1)
    assert "Stoyan" in text(await ann.slash(server.general, "ask", question=QUESTION))
    refused = await ann.slash(server.general, "ask", question=QUESTION)
    assert "Stoyan" not in text(refused)
    assert messages(refused)[0].ephemeral
    assert "Stoyan" in text(await mara.slash(server.general, "ask", question=QUESTION))


class TestReadingRooms:
    """Without the operator's consent there are none."""

    async def test_they_need_the_intent(self, world: World) -> None:
        server = world.server()
        mara = world.manager(server)
        told = text(await mara.slash(server.general, "settings rooms", channel=server.general))
        assert f"<#{server.general.id}>" not in told

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings
