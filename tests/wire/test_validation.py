"""What the double does not take by Discord's description of its API, and what it answers."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import payloads
from tests.wire.conftest import Connected
from tests.wire.posting import post
from tests.wire.server import DiscordServer, discord_server
from tests.wire.state import COMPONENTS_V2, Json
from tests.wire.validation import operations, schema
from tests.wire.world import World

Answer = tuple[int, dict[str, Any]]


async def asked_of(
    server: DiscordServer, method: str, path: str, body: object = None, token: str = ""
) -> Answer:
    """Status and JSON of a request by the bot's hand."""
    headers = {"Authorization": f"Bot {token or server.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, server.base + path, json=body) as answer,
    ):
        return answer.status, await answer.json()


def place(server: DiscordServer) -> str:
    return f"/channels/{next(iter(server.guilds.values())).channel().id}/messages"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"content": 5}, "$.content: 5 is not of type 'string', 'null'"),
        ({"content": "x" * 2001}, "content: 2001 characters are more than 2000"),
        ({"content": "😀" * 1001}, "content: 2002 characters are more than 2000"),
        ({"content": "hi", "allowed_mentions": {"parse": ["all"]}}, "$.allowed_mentions.parse[0]"),
        ({"content": "hi", "message_reference": {}}, "'message_id' is a required property"),
        ({"content": "hi", "embeds": [{"title": "x" * 257}]}, "$.embeds[0].title"),
        ({"content": "  "}, "the message is empty"),
        (None, "a body of application/json"),
    ],
)
async def test_a_body_that_does_not_fit(body: Json, reason: str, small: Connected) -> None:
    server, _ = small
    status, answer = await asked_of(server, "POST", place(server), body)
    assert (status, answer["code"]) in ((400, 50035), (400, 50006))
    [violation] = server.take_violations()
    assert (violation.method, reason in violation.reason) == ("POST", True), violation


async def test_numbers_are_taken_for_ids(small: Connected) -> None:
    server, _ = small
    _, sent = await asked_of(server, "POST", place(server), {"content": "hello"})
    reply = {"content": "hi", "message_reference": {"message_id": int(sent["id"])}}
    status, answer = await asked_of(server, "POST", place(server), reply)
    assert (status, answer["referenced_message"]["id"]) == (200, sent["id"])


async def test_an_address_that_does_not_fit(small: Connected) -> None:
    server, _ = small
    assert (await asked_of(server, "GET", "/channels/x7"))[0] == 400
    assert (await asked_of(server, "GET", "/voice/regions"))[0] == 404
    assert (await asked_of(server, "GET", f"{place(server)}?limit=500"))[0] == 400
    reasons = [violation.reason for violation in server.take_violations()]
    assert reasons[1] == "no such route is known here"
    assert reasons[0].startswith("channel_id: ")
    assert reasons[2].startswith("limit: ")


async def test_what_is_not_there_is_no_violation(small: Connected) -> None:
    server, _ = small
    assert (await asked_of(server, "GET", "/channels/7"))[1]["code"] == 10003
    assert (await asked_of(server, "GET", f"{place(server)}/7"))[1]["code"] == 10008
    assert (await asked_of(server, "GET", "/users/@me", token="x"))[0] == 401  # noqa: S106
    assert server.traffic.invalid == 1


async def test_violations_fail_a_test() -> None:
    with pytest.raises(AssertionError, match="no such route"):
        async with discord_server() as server:
            await asked_of(server, "GET", "/voice/regions")


async def test_an_answer_of_the_wrong_kind(small: Connected) -> None:
    server, _ = small
    async with server.holding("create_interaction_response") as held:
        asked = server.slash("echo", text="hello")
        await held.arrived()
        path = f"/interactions/{asked.id}/{asked.token}/callback"
    await asked.message()
    status, _ = await asked_of(server, "POST", path, {"type": 8, "data": {"choices": []}})
    assert status == 400


async def test_a_reply_of_the_double_is_judged_too(
    small: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = small
    monkeypatch.setattr(payloads, "me", lambda person: {"id": person.id})
    await asked_of(server, "GET", "/users/@me")
    [violation] = server.take_violations()
    assert violation.reason.startswith("this double's reply: $")


LABELS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
BUTTONS = st.builds(
    lambda label: {"type": 2, "style": 5, "label": label, "url": "https://a.b/"}, LABELS
)
ROWS = st.builds(
    lambda parts: {"type": 1, "components": parts}, st.lists(BUTTONS, min_size=1, max_size=5)
)
TEXTS = st.builds(lambda text: {"type": 10, "content": text}, st.text(min_size=1, max_size=50))
CONTAINERS = st.builds(
    lambda parts: {"type": 17, "components": parts}, st.lists(TEXTS | ROWS, min_size=1)
)
EMBEDS = st.fixed_dictionaries(
    {"title": LABELS},
    optional={
        "description": LABELS,
        "footer": st.fixed_dictionaries({"text": LABELS}),
        "color": st.none(),
    },
)
BODIES = st.fixed_dictionaries(
    {"content": st.text(max_size=50)},
    optional={"components": st.lists(ROWS, max_size=5), "embeds": st.lists(EMBEDS, max_size=3)},
) | st.fixed_dictionaries(
    {
        "components": st.lists(TEXTS | CONTAINERS, min_size=1, max_size=3),
        "flags": st.just(COMPONENTS_V2),
    }
)


@given(BODIES)
def test_what_fits_is_returned_as_discord_would(body: Json) -> None:
    world = World()
    channel = world.make_guild("A server").channel()
    fits = operations()["create_message"].about_request({}, {}, "application/json", body)
    assert fits == ""
    message = post(world, channel, world.bot, body)
    assert schema("MessageResponse").complaint(payloads.message(message)) == ""


async def test_what_the_gateway_tells_fits_as_well() -> None:
    world = World()
    guild = world.make_guild("A server")
    channel = guild.channel()
    first = world.put(post(world, channel, world.reader, {"content": "hello"}))
    thread = world.make_thread(channel, "A thread", world.reader, first)
    reply = world.put(
        post(world, channel, world.reader, {"content": "hi"}, kind=19, reference=first)
    )
    world.react(first, world.reader, "👍")
    told = {"MessageResponse": [payloads.message(m) for m in (first, reply)]}
    told["ThreadResponse"] = [payloads.channel(thread)]
    told["GuildChannelResponse"] = [payloads.channel(channel)]
    told["PrivateChannelResponse"] = [payloads.channel(world.direct(world.reader))]
    told["GuildWithCountsResponse"] = [payloads.guild_create(guild, world.bot)]
    told["GuildMemberResponse"] = [payloads.member(guild.members[world.reader.id])]
    for name, values in told.items():
        assert [schema(name).complaint(value) for value in values] == [""] * len(values), name


def test_discord_py_still_needs_the_exceptions() -> None:
    """An exception that nothing needs any more should go."""
    mentions = discord.AllowedMentions(users=[discord.Object(7)]).to_dict()
    assert mentions["users"] == [7]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.sampled_from(["", "7", "x" * 101]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)


def changed(value: Any, data: st.DataObject) -> Any:
    """The same with something else in one place of it."""
    keys = (
        list(value)
        if isinstance(value, dict)
        else list(range(len(value) if isinstance(value, list) else 0))
    )
    if not isinstance(value, dict | list) or not keys or data.draw(st.integers(0, 5)) == 0:
        return data.draw(JSON)
    key = data.draw(st.sampled_from(keys))
    copy: Any = value.copy()
    if data.draw(st.integers(0, 7)) == 0:
        del copy[key]
    else:
        copy[key] = changed(copy[key], data)
    return copy


@given(BODIES, st.data())
def test_the_quick_judge_agrees_with_the_thorough_one(body: Json, data: st.DataObject) -> None:
    world = World()
    message = post(world, world.make_guild("A server").channel(), world.reader, body)
    reply = changed(payloads.message(message), data)
    request = changed(body | {"message_reference": {"message_id": message.id}}, data)
    for judge, value in (
        (schema("MessageResponse"), reply),
        (operations()["create_message"].bodies["application/json"], request),
    ):
        assert judge.fits(value) == (judge.explained(value) == ""), judge.explained(value)
