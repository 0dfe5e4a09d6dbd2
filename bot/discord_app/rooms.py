"""The servers' libraries and the few threads that work on them, away from the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from bot.session import Models, Session, open_session
from bot.settings import Settings
from index.errors import PullquoteError

WORKERS = 4
MOST_WAITING = 64
MOST_OPEN = 32

log = logging.getLogger(__name__)

Out = TypeVar("Out")


class Room:
    """One collection, opened when it is first needed."""

    def __init__(self, settings: Settings, collection: str, models: Models) -> None:
        self._settings, self._collection, self._models = settings, collection, models
        self._turn = threading.Lock()
        self._stack = ExitStack()
        self._session: Session | None = None
        self.users = 0

    def session(self) -> Session:
        """The open collection; raises EncoderError or LibraryError."""
        with self._turn:
            if self._session is None:
                opened = open_session(self._settings, self._collection, self._models)
                self._session = self._stack.enter_context(opened)
            return self._session

    def close(self) -> None:
        """Closes it, if it was opened. What was kept is on disk already."""
        try:
            self._stack.close()
        except PullquoteError as error:
            log.warning("%s was not closed properly: %s", self._collection, error)


class Rooms:
    """Runs work on collections in a bounded pool. The most recently used stay open, and one that
    is in use is never closed; all share the same models."""

    def __init__(
        self,
        settings: Settings,
        models: Models,
        workers: int = WORKERS,
        most_waiting: int = MOST_WAITING,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._settings, self._models = settings, models
        self._most, self._most_open = workers + most_waiting, most_open
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="pullquote")
        self._pending = 0  # touched by the event loop only
        self._turn = threading.Lock()
        self._rooms: OrderedDict[str, Room] = OrderedDict()  # least recently used first

    async def run(self, collection: str, work: Callable[[Session], Out]) -> Out:
        """What `work` returns or raises; raises PullquoteError if too much is waiting already."""
        self.require_place()
        self._pending += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._work, collection, work)
        finally:
            self._pending -= 1

    def require_place(self) -> None:
        """Raises PullquoteError if too much is waiting already."""
        if self._pending >= self._most:
            raise PullquoteError(
                f"{self._pending} questions are being answered just now; please try again in a "
                "minute."
            )

    def close(self) -> None:
        """Waits for the work in hand and closes every collection."""
        self._pool.shutdown()
        while self._rooms:
            self._rooms.popitem()[1].close()

    def _work(self, collection: str, work: Callable[[Session], Out]) -> Out:
        with self._entered(collection) as room:
            return work(room.session())

    @contextmanager
    def _entered(self, collection: str) -> Iterator[Room]:
        with self._turn:
            new = Room(self._settings, collection, self._models)
            room = self._rooms.setdefault(collection, new)
            self._rooms.move_to_end(collection)
            room.users += 1
        try:
            yield room
        finally:
            with self._turn:
                room.users -= 1
                self._close_oldest()

    def _close_oldest(self) -> None:
        idle = [name for name, room in self._rooms.items() if not room.users]
        for name in idle[: max(0, len(self._rooms) - self._most_open)]:
            self._rooms.pop(name).close()
