"""HTTP: requests are counted, perhaps made to fail, judged and carried out; replies are judged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.wire import permissions
from tests.wire.limits import LARGEST_FILES, is_empty, message_problems
from tests.wire.posting import Upload
from tests.wire.state import Channel, Guild, Json, Message
from tests.wire.traffic import Request
from tests.wire.validation import Operation, operations
from tests.wire.world import World

Reply = Json | list[Json] | None
PREFIX = "/api/v10"
_JSON, _MULTIPART = "application/json", "multipart/form-data"
_MISSING_ACCESS, _MISSING_PERMISSIONS, _INVALID_FORM, _EMPTY = 50001, 50013, 50035, 50006
_FILE = re.compile(r"files\[(\d)\]")


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818 (Discord refuses; nothing went wrong here)
    """What Discord answers instead. `reason`: why the bot should never have sent this."""

    status: int
    code: int
    message: str
    reason: str = ""


@dataclass
class Call:
    """One request that fits the document."""

    world: World
    path: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: list[Upload] = field(default_factory=list)

    @property
    def guild(self) -> Guild:
        guild = self.world.guilds.get(int(self.path["guild_id"]))
        if guild is None or not guild.has_bot:
            raise Refused(404, 10004, "Unknown Guild")
        return guild

    @property
    def channel(self) -> Channel:
        """The channel of the address, if the bot may see it."""
        channel = self.world.channels.get(int(self.path["channel_id"]))
        if channel is None:
            raise Refused(404, 10003, "Unknown Channel")
        inside = channel.guild.has_bot if channel.guild else self.world.bot in channel.recipients
        if not inside:
            raise Refused(403, _MISSING_ACCESS, "Missing Access")
        self.require(channel, "view_channel")
        return channel

    @property
    def message(self) -> Message:
        message = self.channel.messages.get(int(self.path["message_id"]))
        if message is None:
            raise Refused(404, 10008, "Unknown Message")
        return message

    def require(self, channel: Channel, *names: str) -> None:
        """Raises Refused if the bot lacks one of some permissions."""
        wanted = permissions.bits(*names)
        had = permissions.in_channel(channel, self.world.bot)
        if not had & permissions.bits("view_channel"):
            raise Refused(403, _MISSING_ACCESS, "Missing Access")
        refused = channel.refused | (channel.parent.refused if channel.parent else 0)
        if wanted & ~had or wanted & refused:
            raise Refused(403, _MISSING_PERMISSIONS, "Missing Permissions")

    def check_message(self, body: Json, flags: int = 0, *, new: bool = True) -> None:
        """Raises Refused for what no message may be; `flags` are those that it will have."""
        flags |= body.get("flags") or 0
        refuse_form(*message_problems(body, flags))
        if new and is_empty(body | {"flags": flags}, len(self.files)):
            raise Refused(400, _EMPTY, "Cannot send an empty message", "the message is empty")
        if sum(len(file.data) for file in self.files) > LARGEST_FILES:
            raise Refused(413, 40005, "Request entity too large", "the files are too large")


Handler = Callable[[Call], Reply]
HANDLERS: dict[str, Handler] = {}


def answers(operation: str) -> Callable[[Handler], Handler]:
    """Marks what carries out an operation of the document."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation] = handler
        return handler

    return register


def refuse_form(*problems: str) -> None:
    if problems:
        raise Refused(400, _INVALID_FORM, "Invalid Form Body", "; ".join(problems))


def add_routes(app: web.Application, world: World) -> None:
    """Fixed addresses come before those with a variable in their place."""
    known = [operations()[name] for name in HANDLERS]
    for operation in sorted(known, key=lambda o: o.template.replace("{", "~")):
        route = _Route(world, operation, HANDLERS[operation.id])
        app.router.add_route(operation.method, PREFIX + operation.template, route.answer)
    app.router.add_route("*", PREFIX + "/{rest:.*}", _Unknown(world).answer)


@dataclass(frozen=True)
class _Unknown:
    world: World

    async def answer(self, request: web.Request) -> web.Response:
        self.world.violation(request.method, request.path, "no such route is known here")
        return as_json(404, {"code": 0, "message": "404: Not Found"})


@dataclass(frozen=True)
class _Route:
    world: World
    operation: Operation
    handler: Handler

    async def answer(self, request: web.Request) -> web.Response:
        body: Any = None
        try:
            body, files = await _read(request)
            response = await self.world.traffic.instead(self.operation, request)
            response = response or self._respond(request, body, files)
        except Refused as refused:
            response = self._refuse(request, refused)
        now = self.world.traffic.clock.now()
        id_, method, status = self.operation.id, request.method, response.status
        self.world.requests.append(Request(id_, method, request.path, body, now, status))
        self.world.traffic.count(status)
        return response

    def _respond(self, request: web.Request, body: Any, files: list[Upload]) -> web.Response:
        if (
            not self.operation.open
            and request.headers.get("Authorization") != f"Bot {self.world.token}"
        ):
            raise Refused(401, 0, "401: Unauthorized")
        path, query = dict(request.match_info), dict(request.query)
        wrong = self.operation.about_request(path, query, request.content_type, body)
        if wrong:
            raise Refused(400, _INVALID_FORM, "Invalid Form Body", wrong)
        reply = self.handler(Call(self.world, path, query, body, files))
        status = self.operation.success if reply is not None else 204
        return self._judged(request, status, reply)

    def _refuse(self, request: web.Request, refused: Refused) -> web.Response:
        if refused.reason:
            self.world.violation(request.method, request.path, refused.reason)
        body = {"code": refused.code, "message": refused.message}
        return self._judged(request, refused.status, body)

    def _judged(self, request: web.Request, status: int, reply: Reply) -> web.Response:
        if wrong := self.operation.about_reply(status, reply):
            self.world.violation(request.method, request.path, f"this double's reply: {wrong}")
        return as_json(status, reply, bucket=self.operation.id)


def as_json(status: int, data: object, bucket: str = "") -> web.Response:
    # discord.py parses a body only if its type is this to the letter, without a charset.
    headers = {"Content-Type": _JSON} | ({"X-RateLimit-Bucket": bucket} if bucket else {})
    if bucket:  # as much as to say: no limit but the global one
        headers |= {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "999"}
        headers |= {"X-RateLimit-Reset-After": "1.0"}
    if data is None:
        headers.pop("Content-Type")
        return web.Response(status=status, headers=headers)
    return web.Response(body=json.dumps(data).encode(), status=status, headers=headers)


async def _read(request: web.Request) -> tuple[Any, list[Upload]]:
    """The JSON of a request and its files. Raises Refused for what is neither."""
    if not request.can_read_body:
        return None, []
    try:
        if request.content_type == _MULTIPART:
            return await _read_parts(request)
        return json.loads(await request.read()), []
    except ValueError as error:
        raise Refused(400, 50109, "The request body contains invalid JSON.", str(error)) from error


async def _read_parts(request: web.Request) -> tuple[Any, list[Upload]]:
    body: Any = {}
    files = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "payload_json":
            body = json.loads(await part.text())
        elif found := _FILE.fullmatch(part.name or ""):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append(Upload(int(found[1]), part.filename or "", bytes(await part.read()), kind))
        else:
            raise ValueError(f"the part {part.name!r} is neither payload_json nor a file")
    return body, files
