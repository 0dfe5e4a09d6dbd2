"""A Discord without its wires: what there is, and how it changes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import discord

from tests.wire import permissions
from tests.wire.clock import Clock, Snowflakes, timestamp
from tests.wire.gateway import Gateway
from tests.wire.interactions import Interaction
from tests.wire.state import (
    DIRECT,
    PUBLIC_THREAD,
    THREAD_OPENED,
    THREAD_STARTED,
    Attachment,
    Channel,
    Guild,
    Json,
    Member,
    Message,
    Person,
    Role,
)
from tests.wire.telling import CONTENT, Teller
from tests.wire.traffic import Request, Traffic, Violation

TOKEN = "MTAw.token.of-the-test"  # noqa: S105 (opens nothing but this server)
_FLAGS = {  # what an application may do in up to a hundred servers, by privileged intent
    discord.Intents(presences=True).value: 1 << 13,
    discord.Intents(members=True).value: 1 << 15,
    CONTENT: 1 << 19,
}


@dataclass(eq=False)
class World:
    """`intents`: bits of the privileged ones that the application has been granted."""

    shards: int = 1
    intents: int = 0
    clock: Clock = field(default_factory=Clock)
    token: str = TOKEN
    url: str = ""
    """Where the server listens: http://127.0.0.1:PORT"""

    def __post_init__(self) -> None:
        self.ids = Snowflakes()
        self.people: dict[int, Person] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.files: dict[int, Attachment] = {}
        self.interactions: dict[int, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.commands: list[Json] = []
        self.requests: deque[Request] = deque(maxlen=100_000)
        self.violations: list[Violation] = []
        self.downloads: list[str] = []
        self.watchers: list[Callable[[Message], None]] = []
        """Told of every message that is new or has changed."""
        self.online = asyncio.Event()
        self.traffic = Traffic()
        self.tell = Teller(self)
        self._direct: dict[frozenset[int], Channel] = {}
        # Aligned, so that servers go to the shards in turn; in the past, so that it stays unique.
        self._first_guild = ((self.ids.next() >> 22) // 5040 * 5040 - 50_400) << 22
        self.bot = self.add_person("pullquote", bot=True)
        self.admin = self.add_person("grace")
        self.reader = self.add_person("ada")

    def add_person(self, name: str, *, locale: str = "en-US", bot: bool = False) -> Person:
        person = Person(self.ids.next(), name, locale, bot)
        self.people[person.id] = person
        return person

    def make_guild(self, name: str, *, locale: str = "en-US", has_bot: bool = True) -> Guild:
        """A server of `admin` with `reader` in it and a channel “general”. The bot is not told.

        The first is one of shard 0, the second of shard 1 if there are two, and so on.
        """
        guild = Guild(
            self._first_guild + (len(self.guilds) << 22), name, self.admin, locale, has_bot
        )
        guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.EVERYONE)
        self.guilds[guild.id] = guild
        for person in (self.bot, self.admin, self.reader):
            if has_bot or not person.bot:
                guild.members[person.id] = Member(person)
        self.make_channel(guild, "general")
        return guild

    def make_channel(self, guild: Guild, name: str) -> Channel:
        channel = Channel(self.ids.next(), name, guild=guild)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        return channel

    def make_role(self, guild: Guild, name: str, *allowed: str) -> Role:
        role = Role(self.ids.next(), name, permissions.bits(*allowed), len(guild.roles))
        guild.roles[role.id] = role
        return role

    def make_thread(
        self,
        parent: Channel,
        name: str,
        owner: Person,
        start: Message | None = None,
        kind: int = PUBLIC_THREAD,
    ) -> Channel:
        """A thread under a message, or by itself; a notice tells of it, as on Discord."""
        thread = Channel(
            start.id if start else self.ids.next(), name, kind, parent.guild, parent, owner
        )
        thread.followers.add(owner.id)
        assert parent.guild
        parent.guild.threads[thread.id] = self.channels[thread.id] = thread
        if start:
            start.thread = thread
        self.tell.channel("THREAD_CREATE", thread, newly_created=True)
        self._notice(thread, start)
        return thread

    def _notice(self, thread: Channel, start: Message | None) -> None:
        assert thread.owner
        assert thread.parent
        notice = Message(
            self.ids.next(), thread, thread.owner, kind=THREAD_STARTED, reference=start
        )
        if start is None:
            notice.kind, notice.channel = THREAD_OPENED, thread.parent
            notice.content, notice.thread = thread.name, thread
        if start or thread.kind == PUBLIC_THREAD:
            self.put(notice)
        thread.parent.changes.happened()

    def remove_thread(self, thread: Channel) -> None:
        assert thread.guild
        assert thread.parent
        thread.deleted = True
        del thread.guild.threads[thread.id], self.channels[thread.id]
        if start := thread.parent.messages.get(thread.id):
            start.thread = None
        self.tell.channel("THREAD_DELETE", thread)
        thread.changes.happened()

    def leave(self, guild: Guild) -> None:
        """The bot is no longer in a server."""
        guild.has_bot = False
        guild.members.pop(self.bot.id, None)
        self.tell.guild_gone(guild)

    def direct(self, *people: Person) -> Channel:
        """The direct channel of the bot and a person, or of two people."""
        everybody = [*people, self.bot][:2]
        key = frozenset(person.id for person in everybody)
        if key not in self._direct:
            channel = Channel(self.ids.next(), "", DIRECT, recipients=everybody)
            self._direct[key] = self.channels[channel.id] = channel
        return self._direct[key]

    def keep_file(self, name: str, data: bytes, content_type: str, size: int = -1) -> Attachment:
        number = self.ids.next()
        url = f"{self.url}/attachments/{number}/{quote(name)}"
        size = len(data) if size < 0 else size
        self.files[number] = Attachment(number, name, data, size, content_type, url)
        return self.files[number]

    def put(self, message: Message) -> Message:
        """Shows a new message where it belongs."""
        self.messages[message.id] = message
        if not message.ephemeral:
            message.channel.messages[message.id] = message
            self.tell.message("MESSAGE_CREATE", message)
        self._changed(message)
        return message

    def edited(self, message: Message) -> None:
        message.edited = timestamp()
        if not message.ephemeral:
            self.tell.message("MESSAGE_UPDATE", message)
        self._changed(message)

    def remove(self, message: Message) -> None:
        message.deleted = True
        self.messages.pop(message.id, None)
        if message.channel.messages.pop(message.id, None):
            self.tell.message_gone(message)
        self._changed(message)

    def react(self, message: Message, person: Person, emoji: str) -> None:
        message.reactions.setdefault(emoji, set()).add(person.id)
        self.tell.reaction("MESSAGE_REACTION_ADD", message, person, emoji)
        self._changed(message)

    def unreact(self, message: Message, person: Person, emoji: str) -> None:
        message.reactions.get(emoji, set()).discard(person.id)
        self.tell.reaction("MESSAGE_REACTION_REMOVE", message, person, emoji)
        self._changed(message)

    def violation(self, method: str, path: str, reason: str) -> None:
        self.violations.append(Violation(method, path, reason))

    def take_violations(self) -> list[Violation]:
        """Those so far, which then no longer count."""
        taken, self.violations = self.violations, []
        return taken

    @property
    def gateway(self) -> Gateway:
        return self.tell.gateway

    @property
    def gateway_url(self) -> str:
        return f"{self.url}/gateway/".replace("http", "ws", 1)

    @property
    def application_flags(self) -> int:
        return sum(flag for intent, flag in _FLAGS.items() if self.intents & intent)

    def _changed(self, message: Message) -> None:
        for watch in self.watchers:
            watch(message)
        message.channel.changes.happened()
        if message.channel.parent:
            message.channel.parent.changes.happened()
        if message.interaction:
            message.interaction.changes.happened()
