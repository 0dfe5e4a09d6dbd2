"""The log: canaries for secrets and for what people write, through real discord.py and aiohttp."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.http import Route
from discord.webhook.async_ import async_context, interaction_response_params
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app import logs
from bot.settings import Settings

BOT = "MTA0NDE4NzQ2NTg2NjAzMTEw.Gx4nAr.canaryCanaryCanaryCanaryCanary12"
INTERACTION = base64.b64encode(b"interaction:1234567890:canaryCanaryCanaryCanary").decode()
HOOK = "canaryHook-68_letters"
SECRETS = (BOT, INTERACTION, HOOK)
QUESTION = "How many canaries sang in the mine?"

log = logging.getLogger("bot.discord_app.test_logs")


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `set_up` changes for the whole process is as before afterwards."""
    root = logging.getLogger()
    known = [
        root,
        *map(logging.getLogger, (*logs.OURS, "discord.http", "discord.webhook", "discord.gateway")),
    ]
    levels, handlers = [each.level for each in known], root.handlers[:]
    filters = [each.filters[:] for each in handlers]
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    root.handlers[:] = handlers
    for handler, before in zip(handlers, filters, strict=True):
        handler.filters[:] = before
    for logger, level in zip(known, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(params=["text", "json"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, log_format=request.param)


def hear_all() -> None:
    """Also what is below the level at which the log begins."""
    for name in (None, "discord", *logs.OURS):
        logging.getLogger(name).setLevel(logging.DEBUG)
    [ours] = [each for each in logging.getLogger().handlers if each.name == logs.NAME]
    ours.setLevel(logging.DEBUG)


async def refuse(request: web.Request) -> web.Response:
    status = 401 if request.path.endswith("/users/@me") else 404
    body = json.dumps({"code": 10015, "message": f"Unknown {request.path}"})
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


async def use_discord(url: str) -> None:
    """What goes wrong with a Discord that refuses everything, each told to the log."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await use_client(client, url)


async def use_client(client: discord.Client, url: str) -> None:
    with suppress(discord.LoginFailure):
        await client.login(BOT)
    client.http.token = BOT
    session: aiohttp.ClientSession = client.http._HTTPClient__session  # type: ignore[attr-defined]
    hook = discord.Webhook.partial(7, HOOK, session=session)
    path = "/webhooks/{webhook_id}/{webhook_token}"
    callback = async_context.get().create_interaction_response(
        8, INTERACTION, session=session, params=interaction_response_params(5)
    )
    for attempt in (
        hook.send("hello"),
        callback,
        client.http.request(Route("POST", path, webhook_id=7, webhook_token=INTERACTION)),
        session.get(f"{url}/interactions/8/{HOOK}/callback", raise_for_status=True),
        session.get(url, headers={"Authorization": f"Bot {BOT[:-9]}"}, raise_for_status=True),
        session.get(f"http://127.0.0.1:1/webhooks/7/{HOOK}?wait=true"),
    ):
        try:
            await attempt
        except (discord.HTTPException, aiohttp.ClientError) as error:
            log.exception("it failed: %s", error)  # noqa: TRY401 - that is tried here
            log.warning("%r", error, extra={"error": error, "guild": 1}, stack_info=True)


async def test_no_secret_comes_out_of_discord_py(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(settings, BOT)
    hear_all()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app) as server:
        monkeypatch.setattr(discord.http.Route, "BASE", str(server.make_url("/api/v10")))
        await use_discord(str(server.make_url("/api/v10")))
    said = capsys.readouterr().err
    assert said.count(logs.REDACTED) > 10
    assert "Webhook ID 7 with POST http" in said  # of level DEBUG, and with the secret in it
    assert "returned 401" in said
    assert "discord.errors.NotFound status 404 code 10015" in said
    assert BOT[:-9] not in said
    assert not [secret for secret in SECRETS if secret in said]


PLACES = {
    "message": lambda text: log.info(text.replace("%", "%%")),
    "argument": lambda text: log.info("it is %s", text),
    "object": lambda text: log.info("it is %s", {"token": [text]}),
    "field": lambda text: log.info("it is so", extra={"guild": text}),
    "object in a field": lambda text: log.info("it is so", extra={"error": OSError(text)}),
    "mistaken call": lambda text: log.info("%d %s" + text.replace("%", "%%"), "a"),
    "exception": lambda text: log.error("it failed", exc_info=OSError(text)),
    "stack": lambda text: log.makeRecord("bot", 20, "f", 1, "m", (), None, sinfo=text),
}  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20)
URL_SAFE = st.text("abcXYZ019-_", min_size=1)


@given(place=st.sampled_from(sorted(PLACES)), before=WORDS, after=WORDS, data=st.data())
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_taken_out_wherever_it_stands(
    form: str, place: str, before: str, after: str, data: st.DataObject
) -> None:
    secret = f"canary{data.draw(URL_SAFE)}"
    shown = data.draw(
        st.sampled_from(
            [
                f"{before}/webhooks/12/{secret}/messages",
                f"{before}/interactions/12/{secret}/callback",
                f"Authorization: Bot {secret}",
                f"{{'Authorization': 'Bot {secret}', 'a': 'b'}}",
                json.dumps({"authorization": f"Bearer {secret}"}),
                str({"op": 0, "d": {"token": secret, "a": "b"}}),
                f"{before} {BOT.replace('canary', secret)} {after}",
                f"{before}{OWN}{after}",
            ]
        )
    )
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(form))
    handler.addFilter(logs.Discreet(OWN))
    log.addHandler(handler)
    log.propagate, log.level = False, logging.INFO
    try:
        if record := PLACES[place](shown):
            handler.handle(record)
    finally:
        log.removeHandler(handler)
        log.propagate = True
    assert stream.getvalue()
    assert "canary" not in stream.getvalue()
    assert OWN not in stream.getvalue()


OWN = "own-canary"


def raise_with_content() -> None:
    try:
        {}[QUESTION]
    except KeyError as error:
        raise ValueError(f"no {QUESTION}") from ExceptionGroup(
            QUESTION, [error, OSError(2, QUESTION)]
        )


def test_of_an_exception_the_log_has_type_and_place_but_no_message(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(settings, "")
    try:
        raise_with_content()
    except ValueError:
        log.exception("a command failed")
    said = capsys.readouterr().err
    for there in ("KeyError", "ExceptionGroup", "FileNotFoundError errno 2", "ValueError"):
        assert there in said
    assert "in raise_with_content" in said
    assert QUESTION not in said


async def test_a_task_that_nobody_looks_after_is_logged_without_its_message(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail() -> None:
        raise KeyError(f"({QUESTION})")

    logs.set_up(settings, "")
    task = asyncio.ensure_future(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    said = capsys.readouterr().err
    assert "never retrieved" in said
    assert "exception=KeyError(…)" in said
    assert QUESTION not in said


def test_a_log_that_cannot_be_written_shows_nothing_elsewhere(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = io.StringIO()
    full.close()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", full)
        logs.set_up(settings, "")
    try:
        raise_with_content()
    except ValueError:
        log.exception("a command failed")
    assert capsys.readouterr().err == ""


def test_what_may_hold_messages_is_not_logged(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(settings, "")
    logging.getLogger("discord.gateway").setLevel(logging.DEBUG)
    logging.getLogger("discord.gateway").debug("WebSocket Event: %s", QUESTION)
    logging.getLogger("httpx2").info("HTTP Request: GET %s", QUESTION)
    logging.getLogger("httpx2").warning("something is wrong")
    logging.getLogger("discord.gateway").info("has connected")
    said = capsys.readouterr().err
    assert QUESTION not in said
    assert [line.partition("httpx2")[2] != "" for line in said.splitlines()] == [True, False]


def test_an_event_is_one_line_with_its_fields(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(settings, "")
    logs.set_up(settings, "")  # again: still one line
    log.info("answered\nor so", extra={"guild": 12, "ms": 20})
    [line] = capsys.readouterr().err.splitlines()
    if settings.log_format == "text":
        assert line.endswith("INFO    bot.discord_app.test_logs: answered or so guild=12 ms=20")
        return
    said = json.loads(line)
    assert said.pop("time")
    assert said == {
        "level": "INFO",
        "logger": log.name,
        "event": "answered or so",
        "guild": 12,
        "ms": 20,
    }


def test_json_has_an_exception_on_the_same_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(Settings(home=tmp_path, log_format="json"), "")
    with suppress(ZeroDivisionError):
        try:
            1 / 0  # noqa: B018
        except ZeroDivisionError:
            log.exception("a command failed", stack_info=True)
            raise
    [line] = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["exception"].endswith("ZeroDivisionError")
    assert said["stack"].startswith("Stack")


@pytest.mark.parametrize("where", ["fail()", "t = Thread(target=fail); t.start(); t.join()"])
def test_what_ends_a_thread_or_the_program_is_logged_too(where: str) -> None:
    code = (
        "from threading import Thread\n"
        "from bot.discord_app.logs import set_up\n"
        "from bot.settings import Settings\n"
        f"def fail(): raise KeyError({QUESTION!r})\n"
        f"set_up(Settings(), '')\n{where}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)  # noqa: S603
    assert "ended unforeseen" in done.stderr
    assert done.stderr.rstrip().endswith("KeyError")
    assert QUESTION not in done.stderr
