"""What goes wrong between the real bot and Discord, over a real websocket and real HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.encoder import Encoder
from tests.behaviour.world import BRIDGE, PATIENCE, QUESTION, SENTENCE, GatedEncoder, quoted
from tests.conftest import baseline
from tests.wire.interactions import Interaction
from tests.wire.people import File
from tests.wire.running import running
from tests.wire.server import DiscordServer
from tests.wire.state import Channel


@pytest.fixture
def gate(bundled: Encoder) -> GatedEncoder:
    return GatedEncoder(bundled)


@pytest.fixture
async def server(tmp_path: Path, gate: GatedEncoder) -> AsyncIterator[DiscordServer]:
    """A Discord with the bot in it, and an article about a bridge in its first server."""
    with closing(Rooms(Settings(home=tmp_path), baseline(gate))) as rooms:
        async with running(rooms) as server:
            file = File("bridge.txt", BRIDGE.encode())
            await server.slash("article add", None, server.admin, file=file).shown()
            yield server


async def said(asked: Interaction) -> str:
    return quoted(await asked.text())


def general(server: DiscordServer) -> Channel:
    return next(iter(server.guilds.values())).channel("general")


@contextmanager
def logged(words: str) -> Iterator[asyncio.Event]:
    """An event that is set when the bot logs these words, in the event loop."""
    heard = asyncio.Event()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                heard.set()

    ear = Ear()
    logging.getLogger("bot").addHandler(ear)
    try:
        yield heard
    finally:
        logging.getLogger("bot").removeHandler(ear)


async def answers(server: DiscordServer) -> bool:
    return await said(server.slash("ask", question=QUESTION)) == SENTENCE


async def test_a_connection_lost_in_the_middle_of_an_answer(
    server: DiscordServer, gate: GatedEncoder
) -> None:
    gate.open.clear()
    asked = server.slash("ask", question=QUESTION)
    await asked.answered()
    async with server.offline():
        gate.open.set()
        assert await said(asked) == SENTENCE
    assert await answers(server)
    assert server.gateway.resumed


async def test_a_command_sent_while_the_bot_is_away_is_answered_once(
    server: DiscordServer,
) -> None:
    async with server.offline():
        asked = server.slash("ask", question=QUESTION)
    assert await said(asked) == SENTENCE
    assert await answers(server)
    assert len(asked.messages) == 1
    own = [r for r in server.requests if f"/{asked.id}/" in r.path]
    assert len(own) == 1


@pytest.mark.parametrize("how", ["reconnect", "resumable", "not resumable"])
async def test_discord_asks_for_a_new_connection(server: DiscordServer, how: str) -> None:
    connected = len(server.gateway.identified) + len(server.gateway.resumed)
    if how == "reconnect":
        server.ask_to_reconnect()
    else:
        server.invalidate(resumable=how == "resumable")
    await server.gateway.changes.until(
        lambda: len(server.gateway.identified) + len(server.gateway.resumed) > connected
    )
    assert await answers(server)


@pytest.mark.parametrize(
    "route", ["update_original_webhook_message", "create_interaction_response"]
)
@pytest.mark.parametrize("fault", ["429", "500"])
async def test_discord_is_busy_for_a_moment(server: DiscordServer, route: str, fault: str) -> None:
    if fault == "429":
        server.rate_limit(route, times=2, retry_after=0.01)
    else:
        server.fail(route, times=1)
    assert await answers(server)


async def test_a_message_that_cannot_be_sent_at_once_is_sent(server: DiscordServer) -> None:
    channel = general(server)
    server.rate_limit("create_message", times=1, retry_after=0.01)
    asked = server.send(channel, QUESTION, mention=True)
    [answer] = await channel.said(after=asked)
    assert quoted(answer.content) == SENTENCE


async def test_a_first_response_that_comes_too_late_is_given_up(
    server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with server.holding("create_interaction_response") as held:
        late = server.slash("ask", question=QUESTION)
        await held.arrived()
        server.expire(late)
    assert await answers(server)
    assert late.messages == []
    assert "over before it could be acknowledged" in caplog.text


async def test_an_answer_whose_token_has_expired_goes_to_the_channel(
    server: DiscordServer, gate: GatedEncoder
) -> None:
    channel = general(server)
    gate.open.clear()
    asked = server.slash("ask", channel, question=QUESTION)
    await asked.answered()
    before = list(channel.messages.values())[-1]
    server.expire(asked)
    gate.open.set()
    [answer] = await channel.said(after=before)
    assert quoted(answer.content) == SENTENCE


async def test_a_private_answer_whose_token_has_expired_is_given_up(
    server: DiscordServer, gate: GatedEncoder
) -> None:
    gate.open.clear()
    asked = server.slash("ask", question=QUESTION, private=True)
    await asked.answered()
    server.expire(asked)
    with logged("an answer could not be shown") as heard:
        gate.open.set()
        await asyncio.wait_for(heard.wait(), PATIENCE)
    assert not any("Stoyan" in message.content for message in general(server).by_bot())


async def test_a_worker_that_dies_takes_no_one_with_it(
    server: DiscordServer, gate: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(gate, "encode", die)
        told = server.slash("ask", question=QUESTION)
        assert "Stoyan" not in await told.text()
    assert await answers(server)


async def test_what_it_may_not_post_it_tells_the_asker(server: DiscordServer) -> None:
    channel = general(server)
    server.refuse(channel, "send_messages", announced=True)
    server.send(channel, QUESTION, mention=True)
    direct = server.direct(server.reader)
    [told] = await direct.said()
    assert "Send Messages" in told.content


async def test_answers_in_hand_are_finished_before_it_stops(
    tmp_path: Path, gate: GatedEncoder
) -> None:
    stop = asyncio.Event()
    with closing(Rooms(Settings(home=tmp_path), baseline(gate))) as rooms:
        async with running(rooms, stop) as server:
            file = File("bridge.txt", BRIDGE.encode())
            await server.slash("article add", None, server.admin, file=file).shown()
            gate.open.clear()
            asked = [server.slash("ask", question=QUESTION) for _ in range(2)]
            for each in asked:
                await each.answered()
            stop.set()
            late = server.slash("ask", question=QUESTION)
            await late.answered()
            gate.open.set()
            assert [await said(each) for each in asked] == [SENTENCE, SENTENCE]
            assert "Stoyan" not in await late.text()
