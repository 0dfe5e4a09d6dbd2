"""HTTP: the bot itself, its commands, its servers and direct channels."""

from __future__ import annotations

from tests.wire import payloads
from tests.wire.command_limits import command_problems
from tests.wire.rest import Call, Refused, Reply, answers, refuse_form
from tests.wire.state import Json, Member


@answers("get_my_user")
def get_my_user(call: Call) -> Reply:
    return payloads.me(call.world.bot)


@answers("get_my_application")
@answers("get_my_oauth2_application")
def get_my_application(call: Call) -> Reply:
    world = call.world
    guilds = sum(guild.has_bot for guild in world.guilds.values())
    return payloads.application(world.bot, world.admin, world.application_flags, guilds)


@answers("get_bot_gateway")
def get_bot_gateway(call: Call) -> Reply:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    world = call.world
    return {"url": world.gateway_url, "shards": world.shards, "session_start_limit": limit}


@answers("bulk_set_application_commands")
def bulk_set_application_commands(call: Call) -> Reply:
    require_application(call)
    refuse_form(*command_problems(call.body))
    known = {(c["type"], c["name"]): c["id"] for c in call.world.commands}
    call.world.commands = [_command(call, command, known) for command in call.body]
    return call.world.commands


@answers("list_application_commands")
def list_application_commands(call: Call) -> Reply:
    require_application(call)
    return call.world.commands


@answers("get_user")
def get_user(call: Call) -> Reply:
    person = call.world.people.get(int(call.path["user_id"]))
    if person is None:
        raise Refused(404, 10013, "Unknown User")
    return payloads.user(person)


@answers("create_dm")
def create_dm(call: Call) -> Reply:
    person = call.world.people.get(int(call.body["recipient_id"]))
    if person is None or person.bot:
        raise Refused(400, 50033, "Invalid Recipient(s)", "nobody can be written to there")
    return payloads.channel(call.world.direct(person))


@answers("get_guild")
def get_guild(call: Call) -> Reply:
    return payloads.guild(call.guild)


@answers("list_guild_channels")
def list_guild_channels(call: Call) -> Reply:
    return [payloads.channel(channel) for channel in call.guild.channels.values()]


@answers("get_active_guild_threads")
def get_active_guild_threads(call: Call) -> Reply:
    threads = [t for t in call.guild.threads.values() if not t.archived]
    mine = call.world.bot.id
    members = [payloads.thread_member(t, mine) for t in threads if mine in t.followers]
    return {
        "threads": [payloads.channel(t) for t in threads],
        "members": members,
        "has_more": False,
    }


@answers("get_guild_member")
def get_guild_member(call: Call) -> Reply:
    entry = call.guild.members.get(int(call.path["user_id"]))
    if entry is None:
        raise Refused(404, 10007, "Unknown Member")
    return payloads.member(entry)


@answers("update_my_guild_member")
def update_my_guild_member(call: Call) -> Reply:
    entry: Member = call.guild.members[call.world.bot.id]
    entry.nick = call.body.get("nick", entry.nick)
    return payloads.member(entry)


@answers("leave_guild")
def leave_guild(call: Call) -> Reply:
    guild = call.guild
    call.world.leave(guild)
    return None


def require_application(call: Call) -> None:
    given = call.path.get("application_id") or call.path["webhook_id"]
    if given != str(call.world.bot.id):
        raise Refused(404, 10002, "Unknown Application", "that is another application")


def _command(call: Call, command: Json, known: dict[tuple[int, str], str]) -> Json:
    """As Discord keeps it; a command of the same name keeps its id."""
    kind = command.get("type") or 1
    own = {key: value for key, value in command.items() if value is not None}
    about: Json = {"application_id": str(call.world.bot.id), "version": str(call.world.ids.next())}
    about |= {"id": known.get((kind, command["name"])) or str(call.world.ids.next())}
    asked = command.get("default_member_permissions")
    about |= {"default_member_permissions": None if asked is None else str(asked)}
    return {"description": "", "options": [], "nsfw": False} | own | about | {"type": kind}
