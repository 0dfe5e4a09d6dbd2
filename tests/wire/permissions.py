"""What a person may do in a channel, computed as Discord documents it."""

from __future__ import annotations

import discord

from tests.wire.state import Channel, Guild, Person

ALL = discord.Permissions.all().value
EVERYONE = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    embed_links=True,
    attach_files=True,
    add_reactions=True,
    read_message_history=True,
    mention_everyone=False,
    use_external_emojis=True,
    use_application_commands=True,
).value
IN_DIRECT = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    add_reactions=True,
    read_message_history=True,
    mention_everyone=True,
    use_external_emojis=True,
).value
IN_USER_INSTALL = discord.Permissions(
    embed_links=True, attach_files=True, mention_everyone=True, use_external_emojis=True
).value
_ADMINISTRATOR = discord.Permissions(administrator=True).value
_VIEW = discord.Permissions(view_channel=True).value


def bits(*names: str) -> int:
    """Permissions by discord.py's names. Raises TypeError for one that there is not."""
    return discord.Permissions(**dict.fromkeys(names, True)).value


def in_guild(guild: Guild, person: Person) -> int:
    if person is guild.owner:
        return ALL
    member = guild.members.get(person.id)
    value = guild.roles[guild.id].permissions if member else 0
    for role in member.roles if member else ():
        value |= guild.roles[role].permissions
    return ALL if value & _ADMINISTRATOR else value


def in_channel(channel: Channel, person: Person) -> int:
    """Permission bits; those of a thread are its channel's."""
    if channel.guild is None:
        return IN_DIRECT if person.bot or person in channel.recipients else 0
    value = in_guild(channel.guild, person)
    if value != ALL:
        value = _overwritten(channel.parent or channel, person, value)
    return value if value & _VIEW else 0


def may(channel: Channel, person: Person, *names: str) -> bool:
    wanted = bits(*names)
    return in_channel(channel, person) & wanted == wanted


def _overwritten(channel: Channel, person: Person, value: int) -> int:
    assert channel.guild
    everyone = channel.overwrites.get(channel.guild.id)
    own = channel.overwrites.get(person.id)
    member = channel.guild.members.get(person.id)
    roles = [
        channel.overwrites[r] for r in (member.roles if member else ()) if r in channel.overwrites
    ]
    for group in ([everyone] if everyone else [], roles, [own] if own else []):
        for overwrite in group:
            value &= ~overwrite.deny
        for overwrite in group:
            value |= overwrite.allow
    return value
