"""What the bot is told through the gateway, by the shard and the intents of its sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import discord

from tests.wire import gateway, payloads, permissions
from tests.wire.gateway import Gateway, Session
from tests.wire.state import Channel, Guild, Json, Member, Message, Person

if TYPE_CHECKING:
    from tests.wire.world import World

CONTENT = discord.Intents(message_content=True).value
GUILDS = discord.Intents(guilds=True).value
_MESSAGES = discord.Intents(guild_messages=True).value, discord.Intents(dm_messages=True).value
_REACTIONS = discord.Intents(guild_reactions=True).value, discord.Intents(dm_reactions=True).value


class Teller:
    """Speaks to the bot; also decides which connections are taken."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.gateway = Gateway(self._refusal, self._welcome, self._wrong)

    def message(self, event: str, message: Message) -> None:
        """Without its content to whom may not read it."""
        where: Json = {}
        if guild := message.channel.guild:
            entry = guild.members.get(message.author.id) or Member(message.author)
            where = {"guild_id": str(guild.id), "member": payloads.member(entry, with_user=False)}
        self._in(message.channel, event, lambda s: self.seen(message, s.intents) | where, _MESSAGES)

    def message_gone(self, message: Message) -> None:
        about = {"id": str(message.id)} | _place(message.channel)
        self._in(message.channel, "MESSAGE_DELETE", about, _MESSAGES)

    def reaction(self, event: str, message: Message, person: Person, emoji: str) -> None:
        about: Json = {"user_id": str(person.id), "message_id": str(message.id), "type": 0}
        about |= {"emoji": {"id": None, "name": emoji}, "burst": False} | _place(message.channel)
        if event == "MESSAGE_REACTION_ADD" and (guild := message.channel.guild):
            entry = guild.members.get(person.id) or Member(person)
            about |= {"member": payloads.member(entry), "message_author_id": str(message.author.id)}
        self._in(message.channel, event, about, _REACTIONS)

    def seen(self, message: Message, intents: int) -> Json:
        """A message as the bot gets it with some intents."""
        granted = bool(intents & self._world.intents & CONTENT)
        own = message.author.bot or self._world.bot in message.mentions
        readable = granted or own or message.channel.guild is None
        return payloads.message(message, readable)

    def channel(self, event: str, channel: Channel, **more: object) -> None:
        self.gateway.dispatch(event, payloads.channel(channel) | more, channel.guild, GUILDS)

    def guild(self, guild: Guild, *, joined: bool) -> None:
        about = payloads.guild_create(guild, self._world.bot, joined=joined)
        self.gateway.dispatch("GUILD_CREATE", about, guild, GUILDS)

    def guild_gone(self, guild: Guild, unavailable: bool = False) -> None:
        about: Json = {"id": str(guild.id)} | ({"unavailable": True} if unavailable else {})
        self.gateway.dispatch("GUILD_DELETE", about, guild, GUILDS)

    def _in(
        self,
        channel: Channel,
        event: str,
        data: Json | Callable[[Session], Json],
        intents: tuple[int, int],
    ) -> None:
        """To who may see a channel; `intents` are those for servers and for direct ones."""
        bot, guild = self._world.bot, channel.guild
        if guild is None and bot in channel.recipients:
            self.gateway.dispatch(event, data, None, intents[1])
        elif guild and guild.has_bot and permissions.may(channel, bot, "view_channel"):
            self.gateway.dispatch(event, data, guild, intents[0])

    def _refusal(self, data: Json) -> int:
        """The code to close a connection with; 0 if it is welcome."""
        shard, shards = data.get("shard", (0, 1))
        if data["token"] != self._world.token:
            return gateway.BAD_TOKEN
        if not 0 <= shard < shards:
            return gateway.BAD_SHARD
        if not isinstance(data.get("intents"), int):
            return gateway.BAD_INTENTS
        refused = data["intents"] & gateway.PRIVILEGED & ~self._world.intents
        return gateway.DISALLOWED_INTENTS if refused else 0

    def _welcome(self, session: Session) -> None:
        world = self._world
        mine = [g for g in world.guilds.values() if g.has_bot and session.has(g)]
        ready: Json = {"v": 10, "user": payloads.me(world.bot), "session_id": session.id}
        ready |= {"guilds": [{"id": str(g.id), "unavailable": True} for g in mine]}
        ready |= {"resume_gateway_url": world.gateway_url, "shard": [session.shard, session.shards]}
        about = {"id": str(world.bot.id), "flags": world.application_flags}
        session.send("READY", ready | {"application": about})
        for guild in mine if session.intents & GUILDS else ():
            session.send("GUILD_CREATE", payloads.guild_create(guild, world.bot))
        if all((n, session.shards) in self.gateway.current for n in range(session.shards)):
            world.online.set()

    def _wrong(self, reason: str) -> None:
        self._world.violation("GATEWAY", "/gateway", reason)


def _place(channel: Channel) -> Json:
    about = {"channel_id": str(channel.id)}
    return about | ({"guild_id": str(channel.guild.id)} if channel.guild else {})
