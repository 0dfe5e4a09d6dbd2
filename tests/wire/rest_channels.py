"""HTTP: channels, their messages and threads."""

from __future__ import annotations

from tests.wire import payloads
from tests.wire.posting import fill, post
from tests.wire.rest import Call, Refused, Reply, answers
from tests.wire.state import REPLY, TEXT, Channel, Json, Message

_PUBLIC = "create_public_threads"


@answers("get_channel")
def get_channel(call: Call) -> Reply:
    return payloads.channel(call.channel)


@answers("update_channel")
def update_channel(call: Call) -> Reply:
    """Threads only: their name, and whether they are archived or locked."""
    thread = _thread(call)
    if thread.owner is not call.world.bot or "locked" in call.body:
        call.require(thread, "manage_threads")
    thread.name = call.body.get("name") or thread.name
    thread.archived = call.body.get("archived", thread.archived)
    thread.locked = call.body.get("locked", thread.locked)
    thread.kept_open = call.body.get("auto_archive_duration") or thread.kept_open
    call.world.tell.channel("THREAD_UPDATE", thread)
    thread.changes.happened()
    return payloads.channel(thread)


@answers("delete_channel")
def delete_channel(call: Call) -> Reply:
    """Threads only."""
    thread = _thread(call)
    call.require(thread, "manage_threads")
    about = payloads.channel(thread)
    call.world.remove_thread(thread)
    return about


@answers("trigger_typing_indicator")
def trigger_typing_indicator(call: Call) -> Reply:
    channel = call.channel
    _require_sending(call, channel)
    channel.typing += 1
    channel.changes.happened()
    return None


@answers("list_messages")
def list_messages(call: Call) -> Reply:
    """The newest first."""
    channel = call.channel
    call.require(channel, "read_message_history")
    before, after = int(call.query.get("before", 1 << 63)), int(call.query.get("after", 0))
    found = [m for m in channel.messages.values() if after < m.id < before]
    limit = int(call.query.get("limit", 50))
    chosen = found[:limit] if "after" in call.query else found[-limit:]
    return [_shown(call, message) for message in reversed(chosen)]


@answers("get_message")
def get_message(call: Call) -> Reply:
    message = call.message
    call.require(message.channel, "read_message_history")
    return _shown(call, message)


@answers("create_message")
def create_message(call: Call) -> Reply:
    channel = call.channel
    _require_sending(call, channel)
    call.check_message(call.body)
    if call.files:
        call.require(channel, "attach_files")
    person = next((p for p in channel.recipients if not p.bot), None)
    if person and not person.takes_messages:
        raise Refused(403, 50007, "Cannot send messages to this user")
    reference = _reference(call, channel)
    kind = REPLY if reference else 0
    sent = post(
        call.world, channel, call.world.bot, call.body, call.files, kind=kind, reference=reference
    )
    return _shown(call, call.world.put(sent), call.body.get("nonce"))


@answers("update_message")
def update_message(call: Call) -> Reply:
    message = call.message
    if message.author is not call.world.bot:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    call.check_message(call.body, message.flags, new=False)
    fill(call.world, message, call.body, call.files)
    call.world.edited(message)
    return _shown(call, message)


@answers("delete_message")
def delete_message(call: Call) -> Reply:
    message = call.message
    if message.author is not call.world.bot:
        call.require(message.channel, "manage_messages")
    call.world.remove(message)
    return None


@answers("add_my_message_reaction")
def add_my_message_reaction(call: Call) -> Reply:
    message = call.message
    call.require(message.channel, "read_message_history", "add_reactions")
    call.world.react(message, call.world.bot, call.path["emoji_name"])
    return None


@answers("delete_my_message_reaction")
def delete_my_message_reaction(call: Call) -> Reply:
    message = call.message
    call.world.unreact(message, call.world.bot, call.path["emoji_name"])
    return None


@answers("create_thread_from_message")
def create_thread_from_message(call: Call) -> Reply:
    message = call.message
    if message.channel.kind != TEXT:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    call.require(message.channel, _PUBLIC)
    if message.thread:
        raise Refused(400, 160004, "A thread has already been created for this message")
    return _opened(call, message.channel, message)


@answers("create_thread")
def create_thread(call: Call) -> Reply:
    channel = call.channel
    private = call.body.get("type") in (None, 12)
    call.require(channel, "create_private_threads" if private else _PUBLIC)
    if channel.kind != TEXT:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    return _opened(call, channel)


@answers("join_thread")
def join_thread(call: Call) -> Reply:
    _thread(call).followers.add(call.world.bot.id)
    return None


@answers("leave_thread")
def leave_thread(call: Call) -> Reply:
    _thread(call).followers.discard(call.world.bot.id)
    return None


@answers("add_thread_member")
def add_thread_member(call: Call) -> Reply:
    thread = _thread(call)
    _require_sending(call, thread)
    thread.followers.add(int(call.path["user_id"]))
    return None


@answers("list_thread_members")
def list_thread_members(call: Call) -> Reply:
    thread = _thread(call)
    return [payloads.thread_member(thread, person) for person in sorted(thread.followers)]


def _opened(call: Call, channel: Channel, start: Message | None = None) -> Reply:
    world, name = call.world, call.body["name"]
    kind = call.body.get("type") or (11 if start else 12)
    thread = world.make_thread(channel, name, world.bot, start, kind=kind)
    thread.kept_open = call.body.get("auto_archive_duration") or thread.kept_open
    return payloads.channel(thread) | {"member": payloads.thread_member(thread, world.bot.id)}


def _thread(call: Call) -> Channel:
    channel = call.channel
    if not channel.is_thread:
        raise Refused(400, 50024, "Cannot execute action on this channel type")
    return channel


def _require_sending(call: Call, channel: Channel) -> None:
    if channel.locked:
        raise Refused(403, 50083, "Thread is archived")
    channel.archived = False  # Discord opens a thread again that is written in
    call.require(channel, "send_messages_in_threads" if channel.is_thread else "send_messages")


def _reference(call: Call, channel: Channel) -> Message | None:
    if not (given := call.body.get("message_reference")):
        return None
    call.require(channel, "read_message_history")
    message = channel.messages.get(int(given["message_id"]))
    if message is None and given.get("fail_if_not_exists", True):
        raise Refused(400, 50035, "Invalid Form Body\nIn message_reference: Unknown message")
    return message


def _shown(call: Call, message: Message, nonce: object = None) -> Json:
    """As the newest session may read it."""
    intents = max((s.intents for s in call.world.gateway.current.values()), default=0)
    return call.world.tell.seen(message, intents) | ({"nonce": nonce} if nonce else {})
