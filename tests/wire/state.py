"""What there is on a Discord: people, servers, channels, threads, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.wire.waiting import Changes

if TYPE_CHECKING:
    from tests.wire.interactions import Interaction

Json = dict[str, Any]

TEXT, DIRECT, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12  # types of channels
SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING, SILENT = 1 << 2, 1 << 5, 1 << 6, 1 << 7, 1 << 12
COMPONENTS_V2 = 1 << 15
BUTTON = 2  # type of a component
REPLY, THREAD_OPENED, THREAD_STARTED = 19, 18, 21  # types of messages


@dataclass(eq=False)
class Person:
    """A user, or the bot itself."""

    id: int
    name: str
    locale: str = "en-US"
    bot: bool = False
    installed: bool = False
    """Has the app for themselves, so that its commands go with them everywhere."""
    takes_messages: bool = True
    """Takes direct messages of the bot."""

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int
    position: int = 0


@dataclass(eq=False)
class Member:
    person: Person
    roles: set[int] = field(default_factory=set)
    nick: str | None = None


@dataclass
class Overwrite:
    """What a channel allows and denies a role or a person, as permission bits."""

    is_role: bool
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Guild:
    """A server. `has_bot` false: people there have the app only for themselves."""

    id: int
    name: str
    owner: Person
    locale: str = "en-US"
    has_bot: bool = True
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)

    def channel(self, name: str = "") -> Channel:
        """The channel or thread of that name; its first channel without one."""
        everything = [*self.channels.values(), *self.threads.values()]
        return next(channel for channel in everything if name in ("", channel.name))


@dataclass(eq=False)
class Channel:
    """A text channel, a thread (`parent` is its channel) or a direct channel (`recipients`)."""

    id: int
    name: str
    kind: int = TEXT
    guild: Guild | None = None
    parent: Channel | None = None
    owner: Person | None = None
    recipients: list[Person] = field(default_factory=list)
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    followers: set[int] = field(default_factory=set)
    """Ids of the people who are in a thread."""
    archived: bool = False
    locked: bool = False
    kept_open: int = 1440  # minutes without a message, after which a thread is archived
    refused: int = 0
    """Permissions that Discord refuses the bot without the bot's having been told."""
    typing: int = 0
    """How often the bot has shown that it types."""
    deleted: bool = False
    changes: Changes = field(default_factory=Changes, repr=False)

    @property
    def is_thread(self) -> bool:
        return self.kind in (PUBLIC_THREAD, PRIVATE_THREAD)

    async def said(
        self, after: Message | None = None, enough: Callable[[list[Message]], bool] = bool
    ) -> list[Message]:
        """The bot's messages here (after another message), once they are enough."""

        def found() -> list[Message]:
            messages = self.by_bot(after)
            return messages if enough(messages) else []

        return await self.changes.until(found)

    def by_bot(self, after: Message | None = None) -> list[Message]:
        first = after.id if after else 0
        return [m for m in self.messages.values() if m.author.bot and m.id > first and not m.notice]


@dataclass(frozen=True)
class Attachment:
    id: int
    name: str
    data: bytes
    size: int
    """What Discord says of it, which may differ from the length of `data` in a test."""
    content_type: str
    url: str


@dataclass(frozen=True)
class Button:
    """`label`: its words, or its emoji if it has none."""

    label: str
    custom_id: str
    url: str
    disabled: bool


@dataclass(eq=False)
class Message:
    """`components` and `embeds` are as Discord returns them. `kind` is Discord's message type."""

    id: int
    channel: Channel
    author: Person
    content: str = ""
    kind: int = 0
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[Person] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reference: Message | None = None
    interaction: Interaction | None = None
    thread: Channel | None = None
    reactions: dict[str, set[int]] = field(default_factory=dict)
    edited: str | None = None
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Shows only that an answer is being thought of."""
        return bool(self.flags & LOADING)

    @property
    def notice(self) -> bool:
        """Written by Discord, in the name of who did it: that a thread was opened."""
        return self.kind in (THREAD_OPENED, THREAD_STARTED)

    @property
    def pings(self) -> list[str]:
        """Whom it notifies: names of people, ids of roles, “everyone”."""
        people = [person.name for person in self.mentions]
        return people + [str(r) for r in self.mention_roles] + ["everyone"] * self.mention_everyone

    @property
    def buttons(self) -> list[Button]:
        return [_button(part) for part in parts_of(self.components) if part["type"] == BUTTON]

    async def until(self, found: Callable[[Message], Any]) -> Message:
        """The message, once something is true of it."""
        await self.channel.changes.until(lambda: found(self))
        return self


def _button(part: Json) -> Button:
    label = part.get("label") or part.get("emoji", {}).get("name", "")
    url, disabled = part.get("url") or "", bool(part.get("disabled"))
    return Button(label, part.get("custom_id", ""), url, disabled)


def parts_of(components: list[Json]) -> Iterator[Json]:
    """All components, those inside of others too, from the top down."""
    for component in components:
        yield component
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from parts_of([*(component.get("components") or []), *inner])
