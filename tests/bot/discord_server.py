"""A small Discord on this machine: as much of its REST API and gateway as the bot speaks.

The real discord.py logs in to it once `Route.BASE` says where it is. By hand, with the real bot and
a library in PULLQUOTE_HOME: ``python -m tests.bot.discord_server``.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import discord
from aiohttp import WSMessage, web
from aiohttp.test_utils import TestServer

from bot.discord_app.app import serve
from bot.discord_app.rooms import Rooms
from bot.session import load_models
from bot.settings import Settings

TOKEN = "MTAw.token.of-the-test"  # noqa: S105 (opens nothing but this server)
APPLICATION = "1000"
EPHEMERAL = 64
PATIENCE = 30.0  # seconds after which a test gives up; nothing is measured by it
_SUB_COMMAND, _ATTACHMENT = 1, 11
_USER = {"id": "42", "username": "reader", "discriminator": "0", "avatar": None}
_BOT = {
    "id": APPLICATION,
    "username": "pullquote",
    "discriminator": "0",
    "avatar": None,
    "bot": True,
}

Json = dict[str, Any]


@dataclass(frozen=True)
class File:
    """What a person attaches; `size` is what Discord says of it."""

    name: str
    data: bytes
    size: int = -1


@dataclass
class Invocation:
    """One command of a person, and what they see of it."""

    id: str
    token: str
    acknowledged: asyncio.Future[Json]
    messages: list[Json] = field(default_factory=list)
    loading: bool = False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def shown(self, enough: Callable[[list[Json]], bool] = bool) -> list[Json]:
        """The messages with words in them, once they are enough."""

        def visible() -> list[Json]:
            return [m for m in self.messages if m["content"]]

        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: visible() and enough(visible()))
        return visible()

    async def text(self) -> str:
        """The words of its one message, as a person reads them."""
        [message] = await self.shown()
        return displayed(message["content"]).text


class DiscordServer:
    """Serves; `invoke` and `complete` do what a person does, the rest is what was seen."""

    def __init__(self) -> None:
        self.commands: list[Json] = []
        self.identified: list[Json] = []
        self.bodies: list[tuple[str, str, Json]] = []
        """Method, route and body of every request that had one."""
        self.downloads: list[str] = []
        self.online = asyncio.Event()
        self.hold_downloads = asyncio.Event()
        self.hold_downloads.set()
        self.fetching = asyncio.Event()
        self._ids = count(5000)
        self._invocations: dict[str, Invocation] = {}
        self._files: dict[str, File] = {}
        self._sockets: list[web.WebSocketResponse] = []
        self._sequence = count(1)
        self._server = TestServer(self._application())

    @property
    def url(self) -> str:
        """What `discord.http.Route.BASE` has to be."""
        return str(self._server.make_url("/api/v10"))

    async def start(self) -> None:
        await self._server.start_server()

    async def close(self) -> None:
        self.hold_downloads.set()
        for socket in self._sockets:
            await socket.close()
        await self._server.close()

    async def invoke(self, name: str, guild: int = 1, **options: object) -> Invocation:
        """A person sends a command (“article add” for one of a group) in a server."""
        return await self._interaction(2, name, guild, options)

    async def complete(self, name: str, option: str, typed: str, guild: int = 1) -> list[Json]:
        """The choices that a person sees while typing."""
        invocation = await self._interaction(4, name, guild, {option: typed}, focused=option)
        async with asyncio.timeout(PATIENCE):
            answer = await invocation.acknowledged
        choices: list[Json] = answer["data"]["choices"]
        return choices

    async def _interaction(
        self, kind: int, name: str, guild: int, options: dict[str, object], focused: str = ""
    ) -> Invocation:
        number = str(next(self._ids))
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        invocation = Invocation(number, f"interaction-{number}", future)
        self._invocations[number] = self._invocations[invocation.token] = invocation
        await self.online.wait()
        payload = _about(number, invocation.token, guild)
        payload |= {"type": kind, "data": self._data(name, options, focused)}
        await self._dispatch(self._sockets[-1], "INTERACTION_CREATE", payload)
        return invocation

    def _data(self, name: str, given: dict[str, object], focused: str) -> Json:
        """The command as the client sends it, by what the bot has registered."""
        first, _, second = name.partition(" ")
        command = next(c for c in self.commands if c["name"] == first)
        known = command["options"]
        if second:
            known = next(o for o in known if o["name"] == second)["options"]
        kinds = {option["name"]: option["type"] for option in known}
        resolved: dict[str, Json] = {}
        options = []
        for key, value in given.items():
            if isinstance(value, File):
                value = self._attach(value, resolved)
            options.append({"name": key, "type": kinds[key], "value": value})
            options[-1] |= {"focused": True} if key == focused else {}
        if second:
            options = [{"name": second, "type": _SUB_COMMAND, "options": options}]
        data = {"id": command["id"], "name": first, "type": 1, "options": options}
        return data | ({"resolved": {"attachments": resolved}} if resolved else {})

    def _attach(self, file: File, resolved: dict[str, Json]) -> str:
        number = str(next(self._ids))
        self._files[number] = file
        url = str(self._server.make_url(f"/attachments/{number}/file"))
        size = len(file.data) if file.size < 0 else file.size
        resolved[number] = {"id": number, "filename": file.name, "size": size}
        resolved[number] |= {"url": url, "proxy_url": url, "content_type": "text/plain"}
        return number

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._checked])
        app.add_routes(
            [
                web.get("/api/v10/users/@me", self._me),
                web.get("/api/v10/oauth2/applications/@me", self._about_application),
                web.get("/api/v10/applications/@me", self._about_application),
                web.get("/api/v10/gateway/bot", self._gateway_address),
                web.put("/api/v10/applications/{application}/commands", self._register),
                web.post("/api/v10/interactions/{id}/{token}/callback", self._callback),
                web.post("/api/v10/webhooks/{application}/{token}", self._followup),
                web.patch("/api/v10/webhooks/{application}/{token}/messages/@original", self._edit),
                web.delete(
                    "/api/v10/webhooks/{application}/{token}/messages/@original", self._delete
                ),
                web.get("/attachments/{number}/file", self._download),
                web.get("/gateway/", self._gateway),
            ]
        )
        return app

    @web.middleware
    async def _checked(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """The bot's own routes need its token; interactions carry theirs in the path."""
        own = not re.search("/(interactions|webhooks|attachments|gateway/$)", request.path)
        if own and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return _json({"code": 0, "message": "401: Unauthorized"}, status=401)
        if request.can_read_body:
            self.bodies.append((request.method, request.path, await request.json()))
        response: web.StreamResponse = await handler(request)
        return response

    async def _me(self, request: web.Request) -> web.Response:
        return _json(_BOT)

    async def _about_application(self, request: web.Request) -> web.Response:
        about = {"id": APPLICATION, "name": "Pullquote", "description": "", "icon": None}
        flags = {"bot_public": True, "bot_require_code_grant": False, "verify_key": "", "flags": 0}
        return _json(about | flags | {"owner": _USER, "summary": ""})

    async def _gateway_address(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        url = str(self._server.make_url("/gateway/")).replace("http", "ws", 1)
        return _json({"url": url, "shards": 1, "session_start_limit": limit})

    async def _register(self, request: web.Request) -> web.Response:
        about = {"application_id": APPLICATION, "version": "1"}
        commands = await request.json()
        self.commands = [c | about | {"id": str(next(self._ids))} for c in commands]
        return _json(self.commands)

    async def _callback(self, request: web.Request) -> web.Response:
        invocation = self._invocations[request.match_info["id"]]
        if invocation.acknowledged.done():
            return _refused(40060, "Interaction has already been acknowledged.")
        answer = await request.json()
        data = answer.get("data") or {}
        async with invocation.changed:
            if answer["type"] in (4, 5):
                invocation.loading = answer["type"] == 5
                invocation.messages.append(self._message(data, data.get("flags", 0)))
            invocation.acknowledged.set_result(answer)
            invocation.changed.notify_all()
        about = {"id": invocation.id, "type": 2, "activity_instance_id": None}
        about |= {"response_message_id": "1", "response_message_loading": invocation.loading}
        callback = {"interaction": about, "resource": {"type": answer["type"]}}
        return _json(callback) if request.query.get("with_response") else web.Response(status=204)

    async def _followup(self, request: web.Request) -> web.Response:
        invocation, body = self._invocations[request.match_info["token"]], await request.json()
        if not _fits(body):
            return _refused(50035, "Invalid Form Body")
        async with invocation.changed:
            if invocation.loading:  # then it is an edit, and stays as private as it was deferred
                return await self._set(invocation, body)
            invocation.messages.append(self._message(body, body.get("flags", 0)))
            invocation.changed.notify_all()
            return _json(invocation.messages[-1])

    async def _edit(self, request: web.Request) -> web.Response:
        invocation, body = self._invocations[request.match_info["token"]], await request.json()
        if not _fits(body):
            return _refused(50035, "Invalid Form Body")
        async with invocation.changed:
            return await self._set(invocation, body)

    async def _set(self, invocation: Invocation, body: Json) -> web.Response:
        invocation.messages[0] |= {"content": body["content"], "body": body}
        invocation.loading = False
        invocation.changed.notify_all()
        return _json(invocation.messages[0])

    async def _delete(self, request: web.Request) -> web.Response:
        invocation = self._invocations[request.match_info["token"]]
        invocation.loading = False
        del invocation.messages[0]
        return web.Response(status=204)

    def _message(self, body: Json, flags: int) -> Json:
        about = {"id": str(next(self._ids)), "channel_id": "300", "author": _BOT, "type": 0}
        about |= {"timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False}
        about |= {"mention_everyone": False, "mentions": [], "mention_roles": [], "embeds": []}
        about |= {"attachments": [], "pinned": False, "components": [], "flags": flags}
        return about | {"content": body.get("content", ""), "body": body}

    async def _download(self, request: web.Request) -> web.Response:
        file = self._files[request.match_info["number"]]
        self.downloads.append(file.name)
        self.fetching.set()
        await self.hold_downloads.wait()
        return web.Response(body=file.data)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        self._sockets.append(socket)
        async for message in socket:
            await self._hear(socket, message)
        return socket

    async def _hear(self, socket: web.WebSocketResponse, message: WSMessage) -> None:
        heard = json.loads(message.data)
        if heard["op"] == 1:
            await socket.send_json({"op": 11})
        elif heard["op"] == 2:
            self.identified.append(heard["d"])
            await self._welcome(socket)

    async def _welcome(self, socket: web.WebSocketResponse) -> None:
        address = str(self._server.make_url("/gateway/")).replace("http", "ws", 1)
        ready = {"v": 10, "user": _BOT, "session_id": "s", "resume_gateway_url": address}
        ready |= {"guilds": [{"id": str(200 + n), "unavailable": True} for n in (1, 2)]}
        ready |= {"shard": [0, 1], "application": {"id": APPLICATION, "flags": 0}}
        await self._dispatch(socket, "READY", ready)
        for number in (1, 2):
            await self._dispatch(socket, "GUILD_CREATE", _guild(number))
        self.online.set()

    async def _dispatch(self, socket: web.WebSocketResponse, event: str, data: Json) -> None:
        await socket.send_json({"op": 0, "t": event, "s": next(self._sequence), "d": data})


def _json(data: object, status: int = 200) -> web.Response:
    # discord.py parses a body only if its type is this to the letter, without a charset.
    headers = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=headers)


def _refused(code: int, message: str) -> web.Response:
    return _json({"code": code, "message": message}, status=400)


def _fits(body: Json) -> bool:
    """Discord's limits on a message's words."""
    return 1 <= len(body.get("content") or "") <= 2000


def _guild(number: int) -> Json:
    everyone = {"id": str(200 + number), "name": "@everyone", "permissions": "0", "position": 0}
    everyone |= {"color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0}
    about = {
        "id": str(200 + number),
        "name": f"Server {number}",
        "owner_id": "42",
        "roles": [everyone],
    }
    levels = {"verification_level": 0, "default_message_notifications": 0, "nsfw_level": 0}
    more = {"explicit_content_filter": 0, "mfa_level": 0, "afk_timeout": 60, "premium_tier": 0}
    none = dict.fromkeys(("emojis", "features", "members", "channels", "threads", "stickers"), ())
    return about | levels | more | none | {"preferred_locale": "en-US", "system_channel_flags": 0}


def _about(number: str, token: str, guild: int) -> Json:
    """What every interaction carries."""
    member = {"user": _USER, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "flags": 0}
    member |= {"deaf": False, "mute": False, "permissions": "8192", "avatar": None}
    channel = {"id": "300", "type": 0, "name": "general", "position": 0, "permissions": "0"}
    where = {"guild_id": str(200 + guild), "channel_id": "300", "channel": channel, "context": 0}
    where |= {"guild": {"id": str(200 + guild), "locale": "en-US", "features": []}}
    about = {"id": number, "application_id": APPLICATION, "token": token, "version": 1}
    about |= {"locale": "en-US", "guild_locale": "en-US", "app_permissions": "0", "member": member}
    return about | where | {"entitlements": [], "attachment_size_limit": 10_000_000}


@dataclass(frozen=True)
class Displayed:
    """A message as Discord shows it; `live` is what it would act on rather than show."""

    text: str
    bold: list[str]
    live: list[str]


_SHOWN = re.compile(
    r"\\(?P<plain>[^0-9A-Za-z\s])|(?P<bold>\*\*)|<(?P<link>https?://[^>\s]+)>"
    r"|(?P<live><(?:[@#/:]|[at]:)[^>]*>|@everyone|@here|\]\(|\|\||~~|[*_`]|discord\.(?:gg|com)/)|."
)
_LAYOUT = re.compile(r"(?:>>> |> |-# |#{1,3} |[-*+] |\d+[.)] )")


def displayed(content: str) -> Displayed:
    """Reads Discord's markup, strictly: what may be acted on counts as live."""
    text, bold, live = [], [""], []
    inside = False
    for line in content.split("\n"):
        line = line.removeprefix("> ").removeprefix("-# ")
        if layout := _LAYOUT.match(line):
            live.append(layout[0])
        for found in _SHOWN.finditer(line):
            if found["bold"]:
                inside = not inside
                bold += [""] if inside else []
                continue
            shown = found["plain"] or found["link"] or found[0]
            live += [found["live"]] if found["live"] else []
            text.append(shown)
            bold[-1] += shown if inside else ""
        text.append("\n")
    return Displayed("".join(text).strip("\n"), bold[1:], live + ["**"] * inside)


@asynccontextmanager
async def discord_server() -> AsyncIterator[DiscordServer]:
    """A server that runs for as long as the context lasts."""
    server = DiscordServer()
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def _by_hand() -> None:
    """A prompt that sends commands to the real bot and shows its messages."""
    with closing(Rooms(settings := Settings(), load_models(settings))) as rooms:
        async with discord_server() as server:
            discord.http.Route.BASE = server.url
            stop = asyncio.Event()
            bot = asyncio.create_task(serve(TOKEN, rooms, stop))
            await server.online.wait()
            print(f"Libraries in {settings.home}. /ask QUESTION, /article list, /article remove N,")
            print("/article add PATH, /article paste TEXT; @2 first: in server 2. Ctrl-D ends.")
            while line := await asyncio.to_thread(_prompt):
                try:
                    await _send(server, line)
                except OSError as error:
                    print(error)
            stop.set()
            await bot


def _prompt() -> str:
    try:
        return input("> ") or " "
    except EOFError:
        return ""


async def _send(server: DiscordServer, line: str) -> None:
    guild = 2 if line.startswith("@2 ") else 1
    command, _, rest = line.removeprefix("@2 ").strip().removeprefix("/").partition(" ")
    if command == "ask":
        invocation = await server.invoke("ask", guild, question=rest)
    elif command == "article" and rest.startswith(("add ", "paste ", "list", "remove ")):
        verb, _, argument = rest.partition(" ")
        name, options = _article_command(verb, argument)
        invocation = await server.invoke(name, guild, **options)
    else:
        return
    for message in await invocation.shown():
        private = " (only you see this)" if message["flags"] & EPHEMERAL else ""
        print(re.sub(r"\*\*(.*?)\*\*", "\033[1m\\1\033[0m", message["content"]) + private)


def _article_command(verb: str, argument: str) -> tuple[str, dict[str, object]]:
    if verb == "add":
        path = Path(argument)
        return "article add", {"file": File(path.name, path.read_bytes())}
    if verb == "paste":
        return "article add", {"text": argument}
    return f"article {verb}", {"article": argument} if verb == "remove" else {}


if __name__ == "__main__":
    asyncio.run(_by_hand())
