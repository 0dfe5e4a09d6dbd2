"""What the real bot logs while much goes well and much goes wrong: no secret and nobody's words."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.discord_app import logs
from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.encoder import Encoder
from tests.behaviour.world import BRIDGE, QUESTION, GatedEncoder
from tests.conftest import baseline
from tests.discord_app.test_logs import hear_all, restored  # noqa: F401 (a fixture)
from tests.wire.people import File
from tests.wire.running import running
from tests.wire.server import DiscordServer
from tests.wire.world import TOKEN

WORDS = ("Stoyan", "engineer", "designed", "Lom", "bridge", "1931", "ada", "grace")


@pytest.fixture
def gate(bundled: Encoder) -> GatedEncoder:
    return GatedEncoder(bundled)


@pytest.fixture(params=["text", "json"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, log_format=request.param)


async def use(settings: Settings, gate: GatedEncoder) -> list[str]:
    """A bot's life, from its start to its stop; returns the secrets of it."""
    with closing(Rooms(settings, baseline(gate))) as rooms:
        async with running(rooms) as server:
            await go_well(server)
            await go_wrong(server, gate)
    return [TOKEN, *server.tokens]


async def go_well(server: DiscordServer) -> None:
    file = File("bridge.txt", BRIDGE.encode())
    await server.slash("article add", None, server.admin, file=file).shown()
    asked = server.slash("ask", question=QUESTION)
    await asked.shown()
    await server.click(await asked.message(), "Why?").shown()
    server.rate_limit("update_original_webhook_message")
    await server.slash("ask", question=QUESTION).shown()


async def go_wrong(server: DiscordServer, gate: GatedEncoder) -> None:
    async with server.offline():
        server.expire(server.slash("ask", question=QUESTION))
    gate.encode = broken  # type: ignore[method-assign]
    await server.slash("ask", question=QUESTION).shown()
    del gate.encode
    server.fail("update_original_webhook_message", times=9, status=400)
    await server.slash("ask", question=QUESTION).answered()


def broken(texts: Any) -> Any:
    raise KeyError(*texts)


async def test_nobody_s_words_and_no_secret_at_the_usual_level(
    settings: Settings, gate: GatedEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(settings, TOKEN)
    secrets = await use(settings, gate)
    said = capsys.readouterr().err
    for told in ("before it could be acknowledged", "a command failed", "could not be shown"):
        assert told in said
    assert "KeyError" in said
    assert not [word for word in WORDS if re.search(rf"\b{word}\b", said)]
    assert not [secret for secret in secrets if secret in said]


async def test_no_secret_at_any_level(
    settings: Settings, gate: GatedEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(settings, TOKEN)
    hear_all()
    secrets = await use(settings, gate)
    said = capsys.readouterr().err
    for told in ("WebSocket Event", "Webhook ID", logs.REDACTED):
        assert told in said
    assert not [secret for secret in secrets if secret in said]
