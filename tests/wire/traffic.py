"""Requests that are counted, made to fail, or kept waiting."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.wire.clock import Clock
from tests.wire.validation import Operation
from tests.wire.waiting import Changes

PER_SECOND = 50  # requests of a bot, beside those that answer interactions
MOST_INVALID, INVALID_WINDOW = 10_000, 600.0  # requests in so many seconds
DOWNLOAD = "download"  # of an attachment, which is no operation of the document
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Violation:
    """What Discord would not have taken of the bot, or a mistake of this double."""

    method: str
    path: str
    reason: str


@dataclass(frozen=True)
class Request:
    operation: str
    method: str
    path: str
    body: object
    at: float  # seconds of the traffic's clock
    status: int


@dataclass(frozen=True)
class Failure:
    """`status` 0: the connection breaks off."""

    status: int
    retry_after: float = 0.0
    is_global: bool = False


@dataclass
class Held:
    """Requests that wait to be answered."""

    count: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changes: Changes = field(default_factory=Changes)

    async def arrived(self, count: int = 1) -> None:
        """Waits until so many have come."""
        await self.changes.until(lambda: self.count >= count)

    async def wait(self) -> None:
        self.count += 1
        self.changes.happened()
        await self.released.wait()


class Traffic:
    """Every request passes here first. `limited`: how often it was one too many."""

    def __init__(self) -> None:
        self.limited = 0
        self.clock = Clock(running=True)
        self.changes = Changes()
        """Of what is counted."""
        self.by_status: Counter[int] = Counter()
        self._failures: defaultdict[str, deque[Failure]] = defaultdict(deque)
        self._held: dict[str, Held] = {}
        self._times: deque[float] = deque()
        self._invalid: deque[float] = deque()

    @property
    def invalid(self) -> int:
        """Refused requests of the last ten minutes, as Discord counts them."""
        now = self.clock.now()
        while self._invalid and self._invalid[0] < now - INVALID_WINDOW:
            self._invalid.popleft()
        return len(self._invalid)

    def plan(self, operation: str, failure: Failure, times: int) -> None:
        self._failures[operation].extend([failure] * times)

    @asynccontextmanager
    async def holding(self, operation: str) -> AsyncIterator[Held]:
        self._held[operation] = held = Held()
        try:
            yield held
        finally:
            del self._held[operation]
            held.released.set()

    def release_all(self) -> None:
        for held in self._held.values():
            held.released.set()

    async def instead(self, operation: Operation, request: web.Request) -> web.Response | None:
        """What is answered instead of carrying a request out."""
        if self.invalid >= MOST_INVALID:
            # The network before Discord answers, in no JSON: the bot is shut out.
            return web.Response(status=429, text="error code: 1015", headers={"Retry-After": "60"})
        if failures := self._failures.get(operation.id):
            return _failed(failures.popleft(), request)
        if self._too_many(operation):
            self.limited += 1
            return _failed(Failure(429, 1.0, is_global=True), request)
        await self.held(operation.id)
        return None

    async def held(self, name: str) -> None:
        if waiting := self._held.get(name):
            await waiting.wait()

    def count(self, status: int) -> None:
        self.by_status[status] += 1
        if status in (401, 403, 429):
            self._invalid.append(self.clock.now())
        self.changes.happened()

    def _too_many(self, operation: Operation) -> bool:
        if operation.template.startswith(("/interactions/", "/webhooks/")):
            return False  # these do not count towards the limit
        now = self.clock.now()
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        if len(self._times) >= PER_SECOND:
            return True
        self._times.append(now)
        return False


def _failed(failure: Failure, request: web.Request) -> web.Response:
    if failure.status == 0:
        if request.transport:
            request.transport.abort()
        return web.Response(status=500)
    if failure.status != 429:
        body = {"code": 0, "message": f"{failure.status}: Internal Server Error"}
        return web.Response(status=failure.status, body=json.dumps(body).encode(), headers=_JSON)
    limited = {"message": "You are being rate limited.", "code": 0}
    limited |= {"retry_after": failure.retry_after, "global": failure.is_global}
    scope = "global" if failure.is_global else "user"
    # discord.py takes a 429 for Discord's own only if it came through a proxy.
    headers = _JSON | {"Via": "1.1 google", "X-RateLimit-Scope": scope}
    headers["Retry-After"] = str(failure.retry_after)
    return web.Response(status=429, body=json.dumps(limited).encode(), headers=headers)
