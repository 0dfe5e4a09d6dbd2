"""What there is, as the JSON that Discord sends."""

from __future__ import annotations

from tests.wire import permissions
from tests.wire.clock import timestamp
from tests.wire.state import (
    HAS_THREAD,
    THREAD_OPENED,
    Attachment,
    Channel,
    Guild,
    Json,
    Member,
    Message,
    Person,
    Role,
)

_JOINED = "2026-01-01T00:00:00+00:00"
_GUILD_NOTHING = """icon description home_header splash discovery_splash banner afk_channel_id
    system_channel_id widget_channel_id max_presences vanity_url_code rules_channel_id
    safety_alerts_channel_id public_updates_channel_id incidents_data application_id""".split()
_GUILD_ZERO = """system_channel_flags verification_level default_message_notifications mfa_level
    explicit_content_filter premium_tier premium_subscription_count nsfw_level""".split()


def user(person: Person) -> Json:
    about: Json = {"id": str(person.id), "username": person.name, "discriminator": "0"}
    about |= {"global_name": None if person.bot else person.name.title(), "avatar": None}
    about |= {"public_flags": 0, "flags": 0, "primary_guild": None}
    return about | ({"bot": True} if person.bot else {})


def me(person: Person) -> Json:
    return user(person) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def member(entry: Member, with_user: bool = True) -> Json:
    nothing = ("avatar", "banner", "communication_disabled_until", "premium_since")
    about: Json = dict.fromkeys(nothing) | {"nick": entry.nick, "joined_at": _JOINED, "flags": 0}
    about |= {"roles": [str(role) for role in sorted(entry.roles)], "pending": False}
    about |= {"mute": False, "deaf": False}
    return about | ({"user": user(entry.person)} if with_user else {})


def role(given: Role) -> Json:
    about: Json = {"id": str(given.id), "name": given.name, "permissions": str(given.permissions)}
    about |= {"position": given.position, "color": 0, "hoist": False, "managed": False, "flags": 0}
    about |= {"mentionable": False, "icon": None, "unicode_emoji": None}
    colours = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    return about | {"colors": colours}


def channel(given: Channel) -> Json:
    newest = next(reversed(given.messages), None)
    about: Json = {"id": str(given.id), "type": given.kind, "flags": 0}
    about |= {"last_message_id": str(newest) if newest else None}
    if given.guild is None:
        return about | {"recipients": [user(p) for p in given.recipients if not p.bot]}
    about |= {"guild_id": str(given.guild.id), "name": given.name, "rate_limit_per_user": 0}
    if given.is_thread:
        return about | _thread(given)
    about |= {"position": list(given.guild.channels).index(given.id), "topic": None, "nsfw": False}
    return about | {"parent_id": None, "permission_overwrites": _overwrites(given)}


def _overwrites(given: Channel) -> list[Json]:
    return [
        {"id": str(i), "type": int(not o.is_role), "allow": str(o.allow), "deny": str(o.deny)}
        for i, o in given.overwrites.items()
    ]


def _thread(given: Channel) -> Json:
    assert given.parent
    assert given.owner
    kept = {"archived": given.archived, "locked": given.locked, "archive_timestamp": timestamp()}
    kept |= {"auto_archive_duration": given.kept_open, "create_timestamp": timestamp(given.id)}
    count = len(given.messages)
    about: Json = {"parent_id": str(given.parent.id), "owner_id": str(given.owner.id)}
    about |= {"message_count": count, "total_message_sent": count, "thread_metadata": kept}
    return about | {"member_count": len(given.followers)}


def thread_member(thread: Channel, person: int) -> Json:
    about = {"id": str(thread.id), "user_id": str(person), "flags": 0}
    return about | {"join_timestamp": timestamp(thread.id)}


def guild(given: Guild) -> Json:
    about: Json = {"id": str(given.id), "name": given.name, "owner_id": str(given.owner.id)}
    about |= dict.fromkeys(_GUILD_NOTHING) | dict.fromkeys(_GUILD_ZERO, 0)
    about |= {"features": [], "emojis": [], "stickers": [], "region": "deprecated"}
    about |= {"roles": [role(r) for r in given.roles.values()], "preferred_locale": given.locale}
    about |= {"afk_timeout": 300, "widget_enabled": False, "premium_progress_bar_enabled": False}
    about |= {"max_members": 500_000, "max_video_channel_users": 25, "nsfw": False}
    return about | {"max_stage_video_channel_users": 50}


def guild_create(given: Guild, bot: Person, *, joined: bool = False) -> Json:
    """With what only the gateway tells; `joined`: the bot was invited just now."""
    threads = [channel(t) for t in given.threads.values() if not t.archived]
    about = guild(given) | {"member_count": len(given.members), "large": False, "threads": threads}
    about |= {"channels": [channel(c) for c in given.channels.values()], "joined_at": _JOINED}
    about |= {"members": [member(given.members[bot.id])]}
    about |= {} if joined else {"unavailable": False}
    nothing: Json = {"presences": [], "voice_states": [], "stage_instances": []}
    return about | nothing | {"guild_scheduled_events": [], "soundboard_sounds": []}


def attachment(given: Attachment) -> Json:
    about: Json = {"id": str(given.id), "filename": given.name, "size": given.size}
    return about | {"url": given.url, "proxy_url": given.url, "content_type": given.content_type}


def message(given: Message, content: bool = True, nested: bool = True) -> Json:
    """With `content` false, as an app sees it that may not read messages."""
    about: Json = {"id": str(given.id), "channel_id": str(given.channel.id), "type": given.kind}
    about |= {"author": user(given.author), "timestamp": timestamp(given.id), "tts": False}
    about |= {"edited_timestamp": given.edited, "flags": _flags(given), "pinned": False}
    about |= {"mentions": [user(p) for p in given.mentions], "content": given.content}
    about |= {"mention_roles": [str(r) for r in given.mention_roles], "embeds": given.embeds}
    about |= {"mention_everyone": given.mention_everyone, "components": given.components}
    about |= {"attachments": [attachment(a) for a in given.attachments]}
    if not content:
        about |= {"content": "", "embeds": [], "components": [], "attachments": []}
    return about | _origin(given) | (_reference(given, content) if nested else {})


def _flags(given: Message) -> int:
    return given.flags | (HAS_THREAD if given.thread else 0)


def _origin(given: Message) -> Json:
    about: Json = {"thread": channel(given.thread)} if given.thread else {}
    if given.reactions:
        about["reactions"] = [_reaction(name, people) for name, people in given.reactions.items()]
    if not (interaction := given.interaction):
        return about
    about |= {"application_id": str(given.author.id), "webhook_id": str(given.author.id)}
    return about | {"interaction_metadata": interaction.metadata()}


def _reaction(name: str, people: set[int]) -> Json:
    about: Json = {"emoji": {"id": None, "name": name}, "count": len(people), "me": False}
    about |= {"count_details": {"burst": 0, "normal": len(people)}, "burst_colors": []}
    return about | {"me_burst": False}


def _reference(given: Message, content: bool) -> Json:
    if given.kind == THREAD_OPENED and given.thread and given.thread.guild:
        guild = str(given.thread.guild.id)
        return {
            "message_reference": {"type": 0, "channel_id": str(given.thread.id), "guild_id": guild}
        }
    if not (other := given.reference):
        return {}
    where = {"type": 0, "channel_id": str(other.channel.id), "message_id": str(other.id)}
    if other.channel.guild:
        where["guild_id"] = str(other.channel.guild.id)
    shown = content or other.author.bot
    quoted = None if other.deleted else message(other, shown, nested=False)
    return {"message_reference": where, "referenced_message": quoted}


def interaction_channel(given: Channel, person: Person) -> Json:
    """A channel as interactions carry it."""
    about = channel(given)
    about.pop("permission_overwrites", None)
    return about | {"permissions": str(permissions.in_channel(given, person))}


def application(bot: Person, owner: Person, flags: int, guilds: int) -> Json:
    about: Json = {"id": str(bot.id), "name": bot.name.title(), "description": "", "icon": None}
    about |= {"type": None, "bot": user(bot), "bot_public": True, "bot_require_code_grant": False}
    about |= {"verify_key": "0" * 64, "flags": flags, "flags_new": str(flags), "owner": user(owner)}
    about |= {"redirect_uris": [], "interactions_endpoint_url": None, "team": None}
    about |= {"role_connections_verification_url": None, "explicit_content_filter": 0}
    about |= {"approximate_guild_count": guilds, "approximate_user_install_count": 0}
    about |= {"approximate_user_authorization_count": 0, "eligible_oauth2_scopes": []}
    return about | {"integration_types_config": {"0": {}, "1": {}}}
