"""HTTP: answering interactions, first by their callback, then by their webhook."""

from __future__ import annotations

from tests.wire import payloads
from tests.wire.interactions import (
    AUTOCOMPLETE,
    CHOICES,
    COMMAND,
    COMPONENT,
    DEFERRED,
    DEFERRED_UPDATE,
    FIRST_RESPONSE,
    FORM,
    MESSAGE,
    SUBMIT,
    TOKEN_LIFE,
    UPDATE,
    Interaction,
)
from tests.wire.limits import choice_problems, form_problems
from tests.wire.posting import fill, post
from tests.wire.rest import Call, Refused, Reply, answers, refuse_form
from tests.wire.rest_application import require_application
from tests.wire.state import EPHEMERAL, LOADING, Json, Message

_ALLOWED = {  # type of interaction: types of first responses
    COMMAND: {MESSAGE, DEFERRED, FORM},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, FORM},
    AUTOCOMPLETE: {CHOICES},
    SUBMIT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
}


@answers("create_interaction_response")
def create_interaction_response(call: Call) -> Reply:
    interaction = call.world.interactions.get(int(call.path["interaction_id"]))
    late = interaction and call.world.clock.now() - interaction.begun > FIRST_RESPONSE
    if interaction is None or interaction.token != call.path["interaction_token"] or late:
        raise Refused(404, 10062, "Unknown interaction")
    if interaction.response:
        raise Refused(400, 40060, "Interaction has already been acknowledged.")
    kind, data = call.body["type"], call.body.get("data") or {}
    if kind not in _ALLOWED[interaction.kind] or (kind in (6, 7) and not interaction.source):
        refuse_form(f"an interaction of type {interaction.kind} is not answered by type {kind}")
    _RESPONSES[kind](call, interaction, data)
    interaction.response = call.body
    interaction.changes.happened()
    asked = call.query.get("with_response", "").lower() in ("1", "true")
    return _callback(interaction, kind) if asked else None


def _respond(call: Call, interaction: Interaction, data: Json) -> None:
    call.check_message(data)
    flags = (data.get("flags") or 0) & EPHEMERAL
    _say(call, interaction, data, flags)


def _defer(call: Call, interaction: Interaction, data: Json) -> None:
    flags = (data.get("flags") or 0) & EPHEMERAL
    _say(call, interaction, {}, flags | LOADING)


def _say(call: Call, interaction: Interaction, data: Json, flags: int) -> None:
    """The original message of a response."""
    kind = {COMMAND: 20, COMPONENT: 19}.get(interaction.kind, 0)
    kind = 23 if interaction.data.get("type") in (2, 3) and kind == 20 else kind
    world, source = call.world, interaction.source if kind == 19 else None
    interaction.original = post(
        world, interaction.channel, world.bot, data, call.files,
        kind=kind, flags=flags, reference=source, interaction=interaction,
    )  # fmt: skip
    world.put(interaction.original)


def _update(call: Call, interaction: Interaction, data: Json) -> None:
    assert interaction.source
    interaction.original = interaction.source
    call.check_message(data, interaction.source.flags, new=False)
    _edit(call, interaction, interaction.source, data)


def _defer_update(call: Call, interaction: Interaction, data: Json) -> None:
    interaction.original = interaction.source


def _show_form(call: Call, interaction: Interaction, data: Json) -> None:
    refuse_form(*form_problems(data))


def _complete(call: Call, interaction: Interaction, data: Json) -> None:
    refuse_form(*choice_problems(data.get("choices") or ()))


_RESPONSES = {
    MESSAGE: _respond,
    DEFERRED: _defer,
    DEFERRED_UPDATE: _defer_update,
    UPDATE: _update,
    CHOICES: _complete,
    FORM: _show_form,
}


def _callback(interaction: Interaction, kind: int) -> Json:
    about: Json = {"id": str(interaction.id), "type": interaction.kind}
    about |= {"channel_id": str(interaction.channel.id)}
    if interaction.channel.guild:
        about["guild_id"] = str(interaction.channel.guild.id)
    original = interaction.original
    if original:
        about |= {"response_message_id": str(original.id)}
        about |= {"response_message_loading": original.loading}
        about |= {"response_message_ephemeral": original.ephemeral}
    whole: Json = {"interaction": about}
    if original and kind in (MESSAGE, UPDATE):
        whole["resource"] = {"type": kind, "message": payloads.message(original)}
    return whole


def _of(call: Call) -> Interaction:
    """By the token in the address, which lives for 15 minutes from the interaction on."""
    require_application(call)
    interaction = call.world.tokens.get(call.path["webhook_token"])
    if interaction is None or interaction.response is None:
        raise Refused(404, 10015, "Unknown Webhook")
    if call.world.clock.now() - interaction.begun > TOKEN_LIFE:
        raise Refused(401, 50027, "Invalid Webhook Token")
    return interaction


def _message(call: Call, interaction: Interaction) -> Message:
    """The one that the address names."""
    number = call.path.get("message_id", "@original")
    if number == "@original":
        found = interaction.original
    else:
        known = [interaction.original, *interaction.followups]
        found = next((m for m in known if m and str(m.id) == number), None)
    if found is None or found.deleted:
        raise Refused(404, 10008, "Unknown Message")
    return found


@answers("execute_webhook")
def execute_webhook(call: Call) -> Reply:
    interaction = _of(call)
    call.check_message(call.body)
    original = interaction.original
    if original and original.loading and not original.deleted:
        return _edited(call, interaction, original)  # so it stays as private as it was deferred
    flags = (call.body.get("flags") or 0) & EPHEMERAL
    world = call.world
    message = post(
        world, interaction.channel, world.bot, call.body, call.files,
        kind=19 if original else 0, flags=flags, reference=original, interaction=interaction,
    )  # fmt: skip
    interaction.followups.append(message)
    return payloads.message(world.put(message))


@answers("get_original_webhook_message")
@answers("get_webhook_message")
def get_webhook_message(call: Call) -> Reply:
    return payloads.message(_message(call, _of(call)))


@answers("update_original_webhook_message")
@answers("update_webhook_message")
def update_webhook_message(call: Call) -> Reply:
    interaction = _of(call)
    return _edited(call, interaction, _message(call, interaction))


@answers("delete_original_webhook_message")
@answers("delete_webhook_message")
def delete_webhook_message(call: Call) -> Reply:
    call.world.remove(_message(call, _of(call)))
    return None


def _edited(call: Call, interaction: Interaction, message: Message) -> Reply:
    # What was being thought of becomes a message, so it has to have something in it.
    call.check_message(call.body, message.flags & ~LOADING, new=message.loading)
    message.flags &= ~LOADING
    _edit(call, interaction, message, call.body)
    return payloads.message(message)


def _edit(call: Call, interaction: Interaction, message: Message, body: Json) -> None:
    fill(call.world, message, body, call.files)
    call.world.edited(message)
    interaction.has_updated |= message is interaction.source
    interaction.changes.happened()
