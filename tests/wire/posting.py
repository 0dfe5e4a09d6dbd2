"""Messages out of what the bot or a person sends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.wire.components import returned_components, returned_embeds
from tests.wire.interactions import Interaction
from tests.wire.permissions import may
from tests.wire.state import (
    COMPONENTS_V2,
    REPLY,
    SILENT,
    SUPPRESS_EMBEDS,
    Channel,
    Json,
    Message,
    Person,
    parts_of,
)
from tests.wire.world import World

_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE_MENTION = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(?:everyone|here)")
_SENT_FLAGS = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2


@dataclass(frozen=True)
class Upload:
    """A file of a request of several parts; `index` is the number in the part's name."""

    index: int
    name: str
    data: bytes
    content_type: str


def post(
    world: World,
    channel: Channel,
    author: Person,
    body: Json,
    files: Sequence[Upload] = (),
    *,
    kind: int = 0,
    flags: int = 0,
    reference: Message | None = None,
    interaction: Interaction | None = None,
) -> Message:
    """A new message, not shown yet; `flags` beside those of the body that anybody may set."""
    message = Message(world.ids.next(), channel, author, kind=kind, reference=reference)
    message.flags = flags | ((body.get("flags") or 0) & _SENT_FLAGS)
    message.interaction = interaction
    fill(world, message, body, files)
    return message


def fill(world: World, message: Message, body: Json, files: Sequence[Upload] = ()) -> None:
    """Sets what the body names, as an edit does."""
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = returned_embeds(body["embeds"])
    if "components" in body:
        message.components = returned_components(body["components"])
    if "attachments" in body:
        kept = {str(entry["id"]) for entry in body["attachments"] or ()}
        message.attachments = [a for a in message.attachments if str(a.id) in kept]
    message.attachments += [world.keep_file(f.name, f.data, f.content_type) for f in files]
    message.flags |= (body.get("flags") or 0) & COMPONENTS_V2
    _mention(world, message, body.get("allowed_mentions"))


def _mention(world: World, message: Message, allowed: Json | None) -> None:
    texts = "\n".join(_texts(message))
    kinds = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    users = {int(number) for number in _MENTION.findall(texts)}
    roles = {int(number) for number in _ROLE_MENTION.findall(texts)}
    if "users" not in kinds:
        users &= {int(number) for number in (allowed or {}).get("users") or ()}
    if "roles" not in kinds:
        roles &= {int(number) for number in (allowed or {}).get("roles") or ()}
    replied = allowed is None or allowed.get("replied_user")
    if message.kind == REPLY and replied and message.reference:
        users.add(message.reference.author.id)
    message.mentions = [world.people[n] for n in sorted(users) if n in world.people]
    known = message.channel.guild.roles if message.channel.guild else {}
    message.mention_roles = sorted(roles & set(known))
    loud = "everyone" in kinds and _EVERYONE.search(texts) is not None
    message.mention_everyone = loud and may(message.channel, message.author, "mention_everyone")


def _texts(message: Message) -> Iterator[str]:
    yield message.content
    for part in parts_of(message.components):
        if "content" in part:
            yield part["content"]
