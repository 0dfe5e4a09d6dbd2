"""Interactions as the gateway sends them."""

from __future__ import annotations

from tests.wire import payloads, permissions
from tests.wire.interactions import Interaction
from tests.wire.state import Channel, Json, Member
from tests.wire.world import World

_IN_GUILD, _WITH_BOT, _ELSEWHERE = 0, 1, 2  # contexts
_LARGEST_FILE = 10 * 1024 * 1024


def context_of(world: World, where: Channel) -> int:
    if where.guild:
        return _IN_GUILD
    return _WITH_BOT if world.bot in where.recipients else _ELSEWHERE


def _of_app(world: World, where: Channel) -> int:
    """What the bot itself may do there."""
    if where.guild and not where.guild.has_bot:
        return permissions.IN_USER_INSTALL
    return permissions.in_channel(where, world.bot)


def interaction_payload(world: World, interaction: Interaction) -> Json:
    """As the gateway sends it."""
    where, by = interaction.channel, interaction.by
    about: Json = {"id": str(interaction.id), "application_id": str(world.bot.id), "version": 1}
    about |= {"type": interaction.kind, "token": interaction.token, "data": interaction.data}
    about |= {"channel_id": str(where.id), "channel": payloads.interaction_channel(where, by)}
    about |= {"context": context_of(world, where), "locale": by.locale, "entitlements": []}
    about |= {"app_permissions": str(_of_app(world, where))}
    about |= {"authorizing_integration_owners": interaction.owners}
    about |= {"attachment_size_limit": _LARGEST_FILE}
    if interaction.source:
        about["message"] = payloads.message(interaction.source)
    if not (guild := where.guild):
        return about | {"user": payloads.user(by)}
    entry = guild.members.get(by.id) or Member(by)
    allowed = {"permissions": str(permissions.in_channel(where, by))}
    about |= {"guild_id": str(guild.id), "guild_locale": guild.locale}
    about |= {"guild": {"id": str(guild.id), "locale": guild.locale, "features": []}}
    return about | {"member": payloads.member(entry) | allowed}
