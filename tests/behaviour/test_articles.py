"""`/article` on Discord: what it does, and for whom."""

from contextlib import suppress

import pytest
import simcord
from discord import PermissionOverwrite
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError

from tests.behaviour.world import (
    BRIDGE,
    FLOWERS,
    QUESTION,
    SENTENCE,
    Server,
    World,
    add,
    messages,
    quoted,
    text,
)


async def listed(member: MemberActor, server: Server) -> str:
    return text(await member.slash(server.general, "article list"))


async def test_an_attached_file_is_added_once(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    file = ("bridge.md", f"# The Lom *bridge*\n\n{BRIDGE}\n".encode())
    assert "The Lom bridge" in text(await mara.slash(server.general, "article add", file=file))
    asked = await mara.slash(server.general, "ask", question=QUESTION)
    assert quoted(text(asked)) == SENTENCE
    before = await listed(mara, server)
    again = await mara.slash(server.general, "article add", file=file)
    assert "already" in text(again)
    assert await listed(mara, server) == before


@pytest.mark.parametrize(
    "given",
    [
        {"link": "file:///etc/passwd"},
        {"link": "/etc/passwd"},
        {"link": "https://a.example/x", "file": ("a.txt", b"Words.")},
        {"file": ("a.exe", b"MZ")},
        {"file": ("a.txt", b"")},
        {"file": ("a.pdf", b"%PDF-1.7 and no more")},
    ],
)
async def test_what_cannot_be_read_is_told_and_not_added(world: World, given: dict) -> None:
    server = world.server()
    mara = world.manager(server)
    [told] = messages(await mara.slash(server.general, "article add", **given))
    assert told.ephemeral
    assert "root:" not in told.content
    assert "no article" in await listed(mara, server)


async def test_the_list_is_for_who_asked_for_it(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    seen = len(server.general.history(viewer=ann))
    result = await mara.slash(server.general, "article list")
    assert result.ephemeral
    assert "The bridge" in text(result)
    assert len(server.general.history(viewer=ann)) == seen


async def test_a_removed_article_is_gone(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    await add(mara, server.general, "The bridge", BRIDGE)
    await add(mara, server.general, "The garden", FLOWERS)
    [choice] = await mara.autocomplete(server.general, "article remove", "article", "bridge")
    removed = await mara.slash(server.general, "article remove", article=choice["value"])
    assert "The bridge" in text(removed)
    assert "The bridge" not in await listed(mara, server)
    assert "The garden" in await listed(mara, server)
    assert "Stoyan" not in text(await mara.slash(server.general, "ask", question=QUESTION))
    assert await mara.autocomplete(server.general, "ask", "article", "bridge") == []


async def test_members_who_may_not_manage_messages_change_nothing(world: World) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await add(mara, server.general, "The bridge", BRIDGE)
    before = await listed(mara, server)
    tries = [
        ("article add", {"file": ("garden.txt", FLOWERS.encode())}),
        ("article remove", {"article": "1"}),
    ]
    for name, options in tries:
        with suppress(SetupError):  # the command is not offered to her
            [told] = messages(await ann.slash(server.general, name, **options))
            assert told.ephemeral
    assert await listed(mara, server) == before
    assert quoted(text(await ann.slash(server.general, "ask", question=QUESTION))) == SENTENCE


async def test_managing_messages_is_enough(world: World) -> None:
    server = world.server()
    cleaner = world.member(server, "Cleo", manage_messages=True)
    await add(cleaner, server.general, "The bridge", BRIDGE)
    await cleaner.slash(server.general, "article remove", article="1")
    assert "no article" in await listed(cleaner, server)


async def test_it_answers_where_it_may_not_write(world: World, env: simcord.Env) -> None:
    """A response to a command needs no permission in the channel."""
    server = world.server()
    await env.settle()
    me = env.bot.get_guild(server.id).me
    quiet = server.guild.create_text_channel(
        "quiet", overwrites={me: PermissionOverwrite(send_messages=False)}
    )
    mara = world.manager(server)
    await add(mara, quiet, "The bridge", BRIDGE)
    assert quoted(text(await mara.slash(quiet, "ask", question=QUESTION))) == SENTENCE


async def test_a_long_list_is_paged(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    for number in range(1, 18):
        await add(mara, server.general, f"Note {number}", f"There are {number} swans on the pond.")
    listed = await mara.slash(server.general, "article list")
    assert "Note 17" in text(listed)
    assert "Note 2 " not in text(listed)
    await mara.click(listed.response, custom_id="pq:list:1")
    assert "Note 2 " in listed.response.content
    assert "Note 17" not in listed.response.content
