"""The log: one line an event, with neither secrets nor what people write in it.

An event is a constant text; what differs goes into fields, as in
``log.info("answered", extra={"guild": 1, "ms": 20})``.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from typing import Literal

import discord
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from bot.settings import Settings

NAME = "pullquote"
OURS = ("bot", "index", "discord")
REDACTED = "[redacted]"

log = logging.getLogger(__name__)

# What opens something on Discord, known by its looks, with what is kept of it.
_SECRETS = (
    (r"(/(?:webhooks|interactions)/\d+/)[^/?#\s\"'\\]+", r"\1"),
    (r"[\w-]{20,}\.[\w-]{5,8}\.[\w-]{25,}", ""),  # a bot's token
    (r"aW50ZXJhY3Rpb246[\w+/=-]+", ""),  # an interaction's: base64 of "interaction:…"
    (r"""(["']\w*token\\?["']\s*:\s*\\?["'])[^"'\\]+""", r"\1"),
    (
        r"""(?i)(authorization["'\\]*\s*[:=,]\s*(?:b(?=["']))?["'\\]*)"""
        r"""((?:bot|bearer|basic) )?[^\s"',\\})>]+""",
        r"\1",
    ),
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_OF_TASK = re.compile(r"(exception=\w+)\(.*\)(?=>)", re.DOTALL)  # as asyncio shows a task's error


def set_up(settings: Settings, token: str) -> None:
    """Logs to standard error, as text or as JSON; `token` is in no line of it.

    Other libraries are heard only when something is wrong. What ends a thread or the program
    unforeseen is logged too.
    """
    handler = logging.StreamHandler()
    handler.set_name(NAME)
    handler.setLevel(logging.INFO)  # below it, discord.py logs whole messages
    handler.setFormatter(formatter(settings.log_format))
    root = logging.getLogger()
    for former in [each for each in root.handlers if each.name == NAME]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    discreet = Discreet(token)
    for each in root.handlers:
        each.addFilter(discreet)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nothing here speaks
    logging.raiseExceptions = False  # what cannot be written would be shown with all that it holds
    sys.excepthook = lambda _, error, __: _uncaught(error)
    threading.excepthook = lambda thrown: _uncaught(thrown.exc_value)


def formatter(form: Literal["text", "json"]) -> logging.Formatter:
    """What makes a line of a record."""
    if form == "text":
        return Text()
    names = {"levelname": "level", "name": "logger", "message": "event"}
    return JsonFormatter(
        ["levelname", "name", "message"],
        rename_fields=names | {"exc_info": "exception", "stack_info": "stack"},
        timestamp="time",
        json_ensure_ascii=False,
    )


class Discreet(logging.Filter):
    """Takes secrets out of a record, and of an exception all but its type and where it was raised:
    its message may hold what somebody wrote."""

    def __init__(self, token: str) -> None:
        super().__init__()
        own = [(re.escape(token), "")] if token else []
        self._secrets = [(re.compile(looks), kept + REDACTED) for looks, kept in (*own, *_SECRETS)]

    def filter(self, record: logging.LogRecord) -> Literal[True]:
        record.msg, record.args = _message(record), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = outline(record.exc_info[1])
        record.exc_info = None
        for name, value in list(vars(record).items()):
            if not (value is None or isinstance(value, bool | int | float)):
                setattr(record, name, self._redacted(str(value)))
        return True

    def _redacted(self, text: str) -> str:
        for secret, kept in self._secrets:
            text = secret.sub(kept, text)
        return text


class Text(logging.Formatter):
    """For people: when, how grave, who says it, what, and the fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        fields = [f"{k}={v}" for k, v in vars(record).items() if k not in RESERVED_ATTRS]
        return " ".join([super().formatMessage(record), *fields])


def outline(error: BaseException) -> str:
    """Where an exception and those behind it were raised, and what they are; no messages."""
    lines: list[str] = []
    for each in _chain(error):
        lines += traceback.format_tb(each.__traceback__)
        kind = f"{type(each).__module__}.{type(each).__qualname__}".removeprefix("builtins.")
        lines.append(" ".join([kind, *_numbers(each)]) + "\n")
    return "".join(lines).rstrip()


def _chain(error: BaseException) -> list[BaseException]:
    """An exception, after those which it came from or consists of."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is None or any(each is known for known in found):
            continue
        found.append(each)
        left += [each.__cause__, None if each.__suppress_context__ else each.__context__]
        left += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
    return found[::-1]


def _numbers(error: BaseException) -> list[str]:
    """Those that tell what kind of error it is, as in “status 404”."""
    known = vars(error) | ({"errno": error.errno} if isinstance(error, OSError) else {})
    numbers = ((name, known.get(name)) for name in ("status", "code", "errno"))
    return [f"{name} {value}" for name, value in numbers if isinstance(value, int)]


def _message(record: logging.LogRecord) -> str:
    """A record's message on one line; of a mistaken call of the log, what there is."""
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - a line of the log never breaks what it tells about
        text = str(record.msg)
    if record.name == "asyncio":
        text = _OF_TASK.sub(r"\1(…)", text)
    return _BREAKS.sub(" ", text)


def _uncaught(error: BaseException | None) -> None:
    log.critical("ended unforeseen", exc_info=error)
