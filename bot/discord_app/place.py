"""Who asks, where, in which language, and of which library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

Interaction = discord.Interaction[Any]


@dataclass(frozen=True)
class Place:
    """Where something was said or pressed. `channel` may be a thread; `parent` is its channel then,
    and the channel itself elsewhere. `language` is Discord's locale, as in "es-ES"."""

    collection: str
    user: int
    channel: int
    parent: int
    language: str
    is_server: bool
    manages_messages: bool = False
    manages_server: bool = False
    roles: frozenset[int] = frozenset()


def place_of(interaction: Interaction) -> Place:
    """The place of a command, a button or a form.

    The library follows from where Discord says that it happened, and from nothing that a person
    types or that a component's id carries: the server's, if the server has installed the bot, and
    else the person's own.
    """
    in_server = interaction.guild_id is not None and interaction.is_guild_integration()
    channel = interaction.channel_id or 0
    member = interaction.user if isinstance(interaction.user, discord.Member) else None
    permissions = interaction.permissions
    return Place(
        collection=_collection(interaction.guild_id if in_server else None, interaction.user.id),
        user=interaction.user.id,
        channel=channel,
        parent=_parent(interaction.channel) or channel,
        language=str(interaction.locale),
        is_server=in_server,
        manages_messages=not in_server or permissions.manage_messages,
        manages_server=not in_server or permissions.manage_guild,
        roles=frozenset(role.id for role in member.roles) if member else frozenset(),
    )


def place_of_message(message: discord.Message) -> Place:
    """The place of a message. What language its author's client speaks is not told, so a server's
    own stands in."""
    guild, author = message.guild, message.author
    permissions = discord.Permissions.none()
    if isinstance(author, discord.Member) and isinstance(
        message.channel, discord.abc.GuildChannel | discord.Thread
    ):
        permissions = message.channel.permissions_for(author)
    return Place(
        collection=_collection(guild.id if guild else None, author.id),
        user=author.id,
        channel=message.channel.id,
        parent=_parent(message.channel) or message.channel.id,
        language=str(guild.preferred_locale) if guild else "en-US",
        is_server=guild is not None,
        manages_messages=guild is None or permissions.manage_messages,
        manages_server=guild is None or permissions.manage_guild,
        roles=frozenset(r.id for r in author.roles)
        if isinstance(author, discord.Member)
        else frozenset(),
    )


def server_collection(guild: int) -> str:
    """The collection of a server."""
    return f"discord:{guild}"


def user_collection(user: int) -> str:
    """The collection of a person: for direct messages, and where only they have the bot."""
    return f"discord:user-{user}"


def _collection(guild: int | None, user: int) -> str:
    return server_collection(guild) if guild else user_collection(user)


def _parent(channel: object) -> int:
    return channel.parent_id if isinstance(channel, discord.Thread) else 0
