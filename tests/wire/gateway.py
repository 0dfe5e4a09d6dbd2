"""The gateway: sessions of shards, over sockets that may drop and be resumed."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

import discord
import zstandard
from aiohttp import web

from tests.wire.state import Guild, Json
from tests.wire.waiting import Changes

(DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT) = (0, 1, 2, 3, 6, 7)
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11
BAD_TOKEN, BAD_SHARD, BAD_INTENTS, DISALLOWED_INTENTS = 4004, 4010, 4013, 4014
PRIVILEGED = discord.Intents(members=True, presences=True, message_content=True).value
KEPT = 5000  # events of a session that can still be had after a resume
_BEAT = 41_250  # milliseconds between heartbeats

Compress = Callable[[bytes], bytes]


class Connection:
    """One socket. What is put into it is sent in order, by a task of its own."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.session: Session | None = None
        self._request = request
        self._socket = socket
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._compress = _compressor(request.query.get("compress"))

    def put(self, payload: str | Json) -> None:
        self._waiting.put_nowait(payload if isinstance(payload, str) else json.dumps(payload))

    async def write(self) -> None:
        while True:
            text = await self._waiting.get()
            if self._compress:
                await self._socket.send_bytes(self._compress(text.encode()))
            else:
                await self._socket.send_str(text)

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def drop(self) -> None:
        """The line goes dead: no more is sent, and nobody says goodbye."""
        if self.session and self.session.connection is self:
            self.session.connection = None
        if self._request.transport:
            self._request.transport.abort()


@dataclass(eq=False)
class Session:
    shard: int
    shards: int
    intents: int
    id: str = field(default_factory=lambda: uuid4().hex)
    sequence: int = 0
    events: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=KEPT))
    connection: Connection | None = None

    def send(self, event: str, data: Json) -> None:
        """Sent now, or when the session is resumed."""
        self.sequence += 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": self.sequence, "d": data})
        self.events.append((self.sequence, text))
        if self.connection:
            self.connection.put(text)

    def has(self, guild: Guild | None) -> bool:
        """Events of that server come here; direct ones come to the first shard."""
        return (guild.id >> 22 if guild else 0) % self.shards == self.shard

    def can_resume(self, sequence: int) -> bool:
        oldest = self.events[0][0] if self.events else 1
        return oldest - 1 <= sequence <= self.sequence


class Gateway:
    """Takes connections; `welcome` gives a new session's first events."""

    def __init__(
        self,
        refusal: Callable[[Json], int],
        welcome: Callable[[Session], None],
        wrong: Callable[[str], None],
    ) -> None:
        self.identified: list[Json] = []
        self.resumed: list[Json] = []
        self.heartbeats = 0
        self.compressions: list[str] = []
        """Of each connection, as it asked for it."""
        self.sessions: dict[str, Session] = {}
        self.current: dict[tuple[int, int], Session] = {}
        self.changes = Changes()
        """Of what is listed above."""
        self.open = asyncio.Event()
        self.open.set()
        self._refusal, self._welcome, self._wrong = refusal, welcome, wrong
        self._connections: set[Connection] = set()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        await self.open.wait()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.compressions.append(request.query.get("compress", ""))
        connection = Connection(request, socket)
        self._connections.add(connection)
        writing = asyncio.create_task(connection.write())
        connection.put({"op": HELLO, "d": {"heartbeat_interval": _BEAT}, "s": None, "t": None})
        try:
            async for message in socket:
                await self._hear(connection, json.loads(cast("str", message.data)))
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)  # a dead line is no error here
            self._connections.discard(connection)
            if connection.session and connection.session.connection is connection:
                connection.session.connection = None
        return socket

    async def close(self) -> None:
        self.open.set()
        for connection in list(self._connections):
            await connection.close(1001)

    def dispatch(
        self,
        event: str,
        data: Json | Callable[[Session], Json],
        guild: Guild | None,
        intents: int = 0,
    ) -> None:
        """To each session whose shard and intents it is for."""
        for session in self.current.values():
            if session.has(guild) and session.intents & intents == intents:
                session.send(event, data(session) if callable(data) else data)

    async def _hear(self, connection: Connection, heard: Json) -> None:
        code, data = heard["op"], heard.get("d")
        if code == HEARTBEAT:
            self.heartbeats += 1
            connection.put({"op": HEARTBEAT_ACK})
        elif code == IDENTIFY:
            await self._identify(connection, cast("Json", data))
        elif code == RESUME:
            await self._resume(connection, cast("Json", data))
        elif code != PRESENCE:
            self._wrong(f"opcode {code} is none that this gateway knows")

    async def _identify(self, connection: Connection, data: Json) -> None:
        self.identified.append(data)
        if code := self._refusal(data):
            await connection.close(code)
            return
        shard, shards = data.get("shard", (0, 1))
        session = Session(shard, shards, data["intents"])
        _join(session, connection)
        if old := self.current.get((shard, shards)):
            self.sessions.pop(old.id, None)
        self.sessions[session.id] = self.current[shard, shards] = session
        self._welcome(session)
        self.changes.happened()

    async def _resume(self, connection: Connection, data: Json) -> None:
        self.resumed.append(data)
        session = self.sessions.get(data["session_id"])
        if code := self._refusal(data | {"intents": 0}):
            await connection.close(code)
        elif session is None or not session.can_resume(data["seq"] or 0):
            connection.put({"op": INVALID_SESSION, "d": False})
        else:
            for sequence, text in session.events:
                if sequence > (data["seq"] or 0):
                    connection.put(text)
            _join(session, connection)
            session.send("RESUMED", {"_trace": []})
        self.changes.happened()

    def forget(self, session: Session) -> None:
        """It can no longer be resumed."""
        self.sessions.pop(session.id, None)


def _join(session: Session, connection: Connection) -> None:
    connection.session = session
    session.connection = connection


def _compressor(name: str | None) -> Compress | None:
    """One stream for all of a connection's messages, flushed after each."""
    if name == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if name == "zstd-stream":
        stream: Any = zstandard.ZstdCompressor().compressobj()
        block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda data: cast("bytes", stream.compress(data) + stream.flush(block))
    return None
