"""A simulated Discord around the real bot, and what simcord leaves to be said about its clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import discord
import numpy as np
import simcord
from numpy.typing import NDArray
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.builders import ChannelHandle, GuildHandle, UserHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.discord_app.app import Bot
from bot.discord_app.rooms import Rooms
from index.encoder import Encoder

BRIDGE = (
    "The river Lom was first crossed in 1931. The bridge was designed by the engineer Vera "
    "Stoyan, then 29 years old. Its middle span is 84 metres long."
)
SENTENCE = "The bridge was designed by the engineer Vera Stoyan, then 29 years old."
QUESTION = "Which engineer designed the bridge?"
FLOWERS = "The garden of Tessin has 212 kinds of roses. They bloom in June."

PATIENCE = 60.0
"""Seconds until a test gives up on work that does not end; nothing waits for so long."""


class GatedEncoder(Encoder):
    """The real encoder, which waits while `open` is cleared."""

    def __init__(self, real: Encoder) -> None:
        self._real = real
        self.id, self.dimension, self.window = real.id, real.dimension, real.window
        self.open = threading.Event()
        self.open.set()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self.open.wait(PATIENCE)
        return self._real.encode(texts)

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return self._real.count_pieces(texts)


@dataclass
class Server:
    """A server with one channel, #general."""

    guild: GuildHandle
    general: ChannelHandle

    @property
    def id(self) -> int:
        return self.guild.id


@dataclass
class Client:
    """What a person's own Discord client says of itself."""

    locale: str = "en-US"
    has_app: bool = False
    """Whether they use the bot as their own, where no server has installed it."""


@dataclass
class World:
    """One Discord, and the bot on it; `start` makes a bot, as a new process would."""

    start: Callable[[], tuple[Rooms, Bot]]
    _clients: dict[int, Client] = field(default_factory=dict)
    _without_bot: set[int] = field(default_factory=set)
    _happened: asyncio.Event = field(default_factory=asyncio.Event)
    _online: bool = False
    _letting_in: bool = True

    async def open(self) -> None:
        self.rooms, self.bot = self.start()
        self.env = simcord.Env(self.bot, shard_count=1, settle_timeout=PATIENCE)
        self._emit = self.env.backend.emit
        self.env.backend.emit = self._completed  # type: ignore[method-assign]
        await self.env.start()
        self._online = True

    async def close(self) -> None:
        """Raises what the bot raised, if the test has not looked at `env.errors`."""
        try:
            await self.env.shutdown()
        finally:
            await asyncio.to_thread(self.rooms.close)
        self.env._raise_errors_since(self.env._errors_acknowledged)

    async def restart(self) -> None:
        """Stops the bot and starts a new one, which finds what is on disk."""
        await self.env.settle()
        await asyncio.to_thread(self.rooms.close)
        self.rooms, self.bot = self.start()
        self._online = False
        await self.env.restart_bot(self.bot)
        self._online = True

    def server(self, name: str = "Readers", with_bot: bool = True) -> Server:
        """A server. What the bot does on joining it is done after the next thing that is awaited
        of `env` or of a member. Without the bot, it only sees what its users' clients send."""
        self._letting_in = with_bot
        guild = self.env.create_guild(name)
        self._letting_in = True
        return Server(guild, guild.create_text_channel("general"))

    async def leave(self, server: Server) -> None:
        """The server's admins remove the bot."""
        self.env.backend.emit("GUILD_DELETE", {"id": str(server.id)})
        self._without_bot.add(server.id)
        await self.env.settle()

    async def join(self, server: Server) -> None:
        """They let it in again."""
        self._without_bot.discard(server.id)
        backend = self.env.backend
        guild = serializers.guild_create_payload(backend, backend.guilds[server.id])
        backend.emit("GUILD_CREATE", guild)
        await self.env.settle()

    def member(
        self, server: Server, name: str, locale: str = "en-US", **allowed: bool
    ) -> MemberActor:
        """A person in a server; `allowed` are permissions beyond everybody's."""
        person = self.person(name, locale)
        roles = []
        if allowed:
            permissions = discord.Permissions(**allowed)
            roles = [server.guild.create_role(f"role of {name}", permissions=permissions)]
        return server.guild.add_member(person, roles=roles)

    def manager(self, server: Server, name: str = "Mara") -> MemberActor:
        """Someone who may manage messages and the server."""
        return self.member(server, name, manage_messages=True, manage_guild=True)

    def person(self, name: str, locale: str = "en-US", has_app: bool = False) -> UserHandle:
        """Someone in no server, who may write the bot direct messages."""
        person = self.env.create_user(name)
        self._clients[person.id] = Client(locale, has_app)
        return person

    @contextmanager
    def unsettled(self) -> Iterator[None]:
        """In it, actors do not wait for the bot: several can be at work. Then `env.settle()`."""

        async def at_once(**_: Any) -> None:
            await asyncio.sleep(0)

        settle = self.env._settle_internal
        self.env._settle_internal = at_once  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            self.env._settle_internal = settle  # type: ignore[method-assign]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits, while actors are unsettled, for something that shows on Discord."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._happened.clear()
                await self._happened.wait()

    def _completed(self, event: str, payload: Any) -> None:
        """Says to the bot what Discord says and simcord does not."""
        self._happened.set()
        guild = int(payload.get("id" if event == "GUILD_CREATE" else "guild_id") or 0)
        if event == "GUILD_CREATE" and not self._letting_in:
            self._without_bot.add(guild)
        if event == "INTERACTION_CREATE":
            payload = {**payload, **self._said_by_client(payload)}
        elif guild in self._without_bot:
            return
        if event == "GUILD_CREATE" and self._online:  # it was let in; at start that is no news
            payload = {k: v for k, v in payload.items() if k != "unavailable"}
        if event == "MESSAGE_DELETE" and self.env._operation_label != "delete":
            self._end_thinking(int(payload["id"]))
        self._emit(event, payload)

    def _end_thinking(self, message: int) -> None:
        """What follows a deferred response that the bot deleted is a message of its own, since
        https://github.com/discord/discord-api-docs/issues/2739; simcord knows it as an error."""
        for interaction in self.env.backend.interactions.values():
            if interaction.loading and interaction.message_id == message:
                interaction.complete_deferred()

    def _said_by_client(self, payload: dict[str, Any]) -> dict[str, Any]:
        guild = payload.get("guild_id")
        user = (payload.get("member") or payload)["user"]["id"]
        client = self._clients.get(int(user), Client())
        owners = {}
        if guild is None or int(guild) not in self._without_bot:
            owners["0"] = guild or "0"
        if client.has_app:
            owners["1"] = user
        assert owners, "nobody has installed the bot here, so Discord offers no command"
        there = {"guild": {"id": guild, "locale": "en-US", "features": []}} if guild else {}
        return {"locale": client.locale, "authorizing_integration_owners": owners, **there}


def messages(result: InteractionResult) -> list[ResponseMessage]:
    """What a command was answered by and what is still there, in order."""
    first = [result.response] if result.response else []
    return [*first, *result.followups]


def text(result: InteractionResult) -> str:
    """The words of the one message that a command was answered by."""
    [message] = messages(result)
    return message.content


def quoted(content: str) -> str:
    """The quote that a message shows, without the bold."""
    lines = [line[2:] for line in content.split("\n") if line.startswith("> ")]
    return " ".join(lines).replace("**", "")


async def add(member: MemberActor, channel: ChannelHandle, title: str, words: str) -> None:
    """Adds a text by attaching it."""
    file = (f"{title}.txt", words.encode())
    result = await member.slash(channel, "article add", file=file, title=title)
    assert title in text(result)
