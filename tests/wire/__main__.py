"""A Discord to try by hand: `python -m tests.wire`, with the real bot and PULLQUOTE_HOME.

Two people are there, ada and grace, who owns both servers. What the bot shows is printed when it
is shown; `?` tells what can be typed.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shlex
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.discord_app.rooms import Rooms
from bot.session import load_models
from bot.settings import Settings
from tests.wire.forms import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    INTEGER,
    NUMBER,
    TEXT,
    CannotError,
    File,
    command_options,
)
from tests.wire.interactions import FORM, Form, Interaction
from tests.wire.running import running
from tests.wire.server import DiscordServer
from tests.wire.state import Channel, Message, Person
from tests.wire.telling import CONTENT

HELP = """\
  /ask question="Who …?" article=1   a command; file=PATH is attached
  /ask ? article=bri                 the choices while an option is typed
  #3                                 presses button 3; a form is then asked for field by field
  @ text      mentions the bot       > text    replies to its last message       text    writes
  !Add as article                    chooses that of the menu of the last message of a person
  :as grace   :in 2   :in general   :in thread   :alone          who you are, and where
  :drop  :fail create_message  :limit execute_webhook  :requests  what goes wrong; what was sent"""


class ByHand:
    """Where the person at the keyboard is, and what they see."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._by: Person = server.reader
        self._where: Channel = next(iter(server.guilds.values())).channel()
        self._buttons: list[tuple[Message, str]] = []
        self._last: dict[bool, Message] = {}
        server.watchers.append(self._show)

    @property
    def prompt(self) -> str:
        place = self._where.guild.name if self._where.guild else "alone"
        return f"{self._by.name}, {place} #{self._where.name}> "

    async def do(self, line: str) -> None:
        ways: dict[str, Callable[[str], Interaction | Message | None]] = {
            "/": self._command,
            "#": self._press,
            "@": lambda text: self._server.send(self._where, text, self._by, mention=True),
            ">": lambda text: self._server.send(
                self._where, text, self._by, reply_to=self._last[True]
            ),
            "!": lambda name: self._server.context_menu(name, self._last[False], by=self._by),
            ":": self._turn,
        }
        if line.startswith("/") and " ? " in line:
            await self._complete(line)
        elif line[:1] in ways:
            await self._follow(ways[line[0]](line[1:].strip()))
        else:
            self._server.send(self._where, line, self._by)

    def _command(self, text: str) -> Interaction:
        name, given = _command_line(text)
        kinds = {o["name"]: o["type"] for o in command_options(self._server.commands, name)}
        options = {key: self._value(kinds.get(key, TEXT), value) for key, value in given.items()}
        return self._server.slash(name, self._where, self._by, **options)

    def _value(self, kind: int, text: str) -> object:
        """What is typed, as an option of that type takes it."""
        if kind == ATTACHMENT:
            return File(Path(text).name, Path(text).read_bytes())
        if kind in (INTEGER, NUMBER):
            return int(text) if kind == INTEGER else float(text)
        if kind == CHANNEL and self._where.guild:
            return self._where.guild.channel(text.lstrip("#"))
        return text.lower() in ("true", "yes", "on") if kind == BOOLEAN else text

    async def _complete(self, line: str) -> None:
        first, _, rest = line[1:].partition(" ? ")
        (option, typed), *_ = _command_line(rest)[1].items()
        choices = await self._server.complete(first, option, typed, self._where, self._by)
        print("\n".join(f"  {choice['value']}: {choice['name']}" for choice in choices))

    def _press(self, number: str) -> Interaction:
        message, custom_id = self._buttons[int(number) - 1]
        return self._server.click(message, custom_id, self._by)

    def _turn(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        if word == "as":
            self._by = next(p for p in self._server.people.values() if p.name == rest)
        elif word == "alone":
            self._where = self._server.direct(self._by)
        elif word == "in" and rest.isdecimal():
            self._where = list(self._server.guilds.values())[int(rest) - 1].channel()
        elif word == "in":
            places = [c for c in self._server.channels.values() if c.is_thread or c.name == rest]
            self._where = [c for c in places if rest in ("thread", c.name)][-1]
        else:
            self._break(word, rest)

    def _break(self, word: str, operation: str) -> None:
        if word == "drop":
            self._server.drop()
        elif word == "fail":
            self._server.fail(operation)
        elif word == "limit":
            self._server.rate_limit(operation, retry_after=1.0)
        for request in list(self._server.requests)[-20:] if word == "requests" else ():
            print(f"  {request.status} {request.operation}")

    async def _follow(self, done: Interaction | Message | None) -> None:
        if not isinstance(done, Interaction):
            return
        response = await done.answered()
        if response["type"] == FORM:
            form = Form(done, response["data"])
            print(f"  [{form.title}]")
            fields = {
                label: await asyncio.to_thread(input, f"  {label}: ") for label in form.fields
            }
            await self._follow(self._server.submit_modal(form, self._by, **fields))

    def _show(self, message: Message) -> None:
        """Called for every message that is new or has changed."""
        self._last[message.author.bot] = message
        if not message.author.bot or message.loading or message.notice:
            return
        state = [word for word in ("ephemeral", "edited", "deleted") if getattr(message, word)]
        place = f"#{message.channel.name}" if message.channel.guild else "direct"
        print("\n---", place, *state)
        print(shown(message.content))
        for button in message.buttons:
            if button.url:
                print(f"  [{button.label}: {button.url}]")
            elif not button.disabled:
                self._buttons.append((message, button.custom_id))
                print(f"  [#{len(self._buttons)} {button.label}]", end="")
        print()


def shown(content: str) -> str:
    """Bold words bold, small print dim, and no backslashes, on a terminal."""
    text = re.sub(r"\*\*(.*?)\*\*", "\033[1m\\1\033[22m", content)
    text = re.sub(r"(?m)^-# (.*)$", "\033[2m\\1\033[22m", text)
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


def _command_line(text: str) -> tuple[str, dict[str, str]]:
    """The name of a command and its options."""
    words = shlex.split(text)
    options = dict(word.split("=", 1) for word in words if "=" in word)
    return " ".join(word for word in words if "=" not in word), options


async def main() -> None:
    """Runs until the end of the input."""
    logging.disable(logging.INFO)
    settings = Settings()
    with closing(Rooms(settings, load_models(settings))) as rooms:
        async with running(rooms, intents=CONTENT) as server:
            here = ByHand(server)
            print(f"Libraries in {settings.home}.\n{HELP}")
            while (line := await asyncio.to_thread(_line, here.prompt)) is not None:
                try:
                    await here.do(line) if line != "?" else print(HELP)
                except (CannotError, OSError, LookupError, ValueError, StopIteration) as error:
                    print(f"  not possible: {error!r}")
                for wrong in server.take_violations():
                    print(f"  VIOLATION {wrong.method} {wrong.path}: {wrong.reason}")


def _line(prompt: str) -> str | None:
    try:
        return input(prompt) or "?"
    except EOFError:
        return None


if __name__ == "__main__":
    asyncio.run(main())
