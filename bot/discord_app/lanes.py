"""Worker threads that collections share fairly.

A collection that has put in a thousand pieces of work delays another's by no more than its turn:
each has a queue of its own, and a free worker takes from them one after another, first from those
that have the fewest workers already.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from index.errors import BusyError, PullquoteError

_NEWEST = 0.1  # weight of the newest duration in their moving average

Out = TypeVar("Out")


@dataclass(frozen=True)
class Size:
    """How much a lane works on at once, and how much may wait: of all collections, and of one.

    `usual`: seconds that a piece of work takes, until some have been measured.
    """

    workers: int
    most_waiting: int
    most_of_one: int
    usual: float


@dataclass(frozen=True, eq=False)
class _Job(Generic[Out]):
    """Work that waits, and where its caller hears of it."""

    collection: str
    work: Callable[[], Out]
    done: asyncio.Future[Out]
    since: float


class Lane:
    """Runs work in at most `size.workers` threads, the collections in turn.

    All but `close` is for the event loop only.
    """

    def __init__(
        self,
        name: str,
        size: Size,
        clock: Callable[[], float] = time.monotonic,
        pool: Executor | None = None,
    ) -> None:
        self.size = size
        self.in_hand = 0
        """How many workers are at work."""
        self.waited: Callable[[float], None] = lambda _: None
        """Is told for how many seconds a piece of work waited, when a worker takes it up."""
        self._clock, self._average = clock, size.usual
        self._pool = pool or ThreadPoolExecutor(size.workers, f"pullquote-{name}")
        self._queues: OrderedDict[str, deque[_Job[Any]]] = OrderedDict()  # whose turn is next first
        self._working: Counter[str] = Counter()  # workers that a collection has
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing, self._closed = Lock(), False

    @property
    def waiting(self) -> int:
        """How much work waits for a worker."""
        return sum(map(len, self._queues.values()))

    def wait(self, collection: str) -> float:
        """About how many seconds work of this collection would wait if it came now."""
        if self.in_hand < self.size.workers:
            return 0.0
        own = len(self._queues.get(collection, ()))
        # While its own work is taken up, piece by piece, each other collection has its turns too.
        ahead = sum(min(len(queue), own + 1) for queue in self._queues.values())
        return self._average * (ahead + self.in_hand) / self.size.workers

    def require_place(self, collection: str) -> None:
        """Raises BusyError if as much is waiting as may wait."""
        own = len(self._queues.get(collection, ()))
        if own < self.size.most_of_one and self.waiting < self.size.most_waiting:
            return
        seconds = max(1, math.ceil(self.wait(collection)))
        raise BusyError(
            f"Too much is being asked just now; please try again in {about(seconds)}.", seconds
        )

    async def run(self, collection: str, work: Callable[[], Out]) -> Out:
        """What `work` returns or raises. A caller that is cancelled gives up its place.

        Raises BusyError if as much is waiting as may wait, PullquoteError once the lane is closed,
        and RuntimeError for what would have ended the worker.
        """
        self.require_place(collection)
        self._loop = asyncio.get_running_loop()
        job: _Job[Out] = _Job(collection, work, self._loop.create_future(), self._clock())
        self._queues.setdefault(collection, deque()).append(job)
        self._take_up()
        try:
            return await job.done
        except asyncio.CancelledError:
            self._give_up(job)
            raise

    def close(self) -> None:
        """Waits for the work in hand and has the rest refused. From any thread."""
        with self._closing:
            self._closed = True
        if self._loop:
            with suppress(RuntimeError):  # the loop is closed, and with it all that waited
                self._loop.call_soon_threadsafe(self._take_up)
        self._pool.shutdown()

    def _take_up(self) -> None:
        """Gives free workers what is next."""
        while self._queues and (self.in_hand < self.size.workers or self._closed):
            job = self._next()
            if not job.done.done() and not self._start(job):
                job.done.set_exception(
                    PullquoteError("The bot is being restarted; please try again in a minute.")
                )

    def _next(self) -> _Job[Any]:
        collection = min(self._queues, key=self._working.__getitem__)  # of several, the first
        queue = self._queues.pop(collection)
        job = queue.popleft()
        if queue:  # behind all others
            self._queues[collection] = queue
        return job

    def _start(self, job: _Job[Out]) -> bool:
        """Whether a worker could be given this."""
        loop, started = job.done.get_loop(), self._clock()

        def tell(ended: Future[Out]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits for this any more
                loop.call_soon_threadsafe(self._end, job, ended, started)

        with self._closing:
            if self._closed:
                return False
            self.in_hand += 1
            self._working[job.collection] += 1
            self._pool.submit(_survive, job.work).add_done_callback(tell)
        self.waited(started - job.since)
        return True

    def _end(self, job: _Job[Out], ended: Future[Out], started: float) -> None:
        self.in_hand -= 1
        self._working -= Counter([job.collection])  # who has none left is forgotten
        self._average += _NEWEST * (self._clock() - started - self._average)
        if not job.done.done():  # else its caller has gone
            if error := ended.exception():
                job.done.set_exception(error)
            else:
                job.done.set_result(ended.result())
        self._take_up()

    def _give_up(self, job: _Job[Any]) -> None:
        queue = self._queues.get(job.collection, deque())
        if job in queue:
            queue.remove(job)
            if not queue:
                del self._queues[job.collection]


def _survive(work: Callable[[], Out]) -> Out:
    """Does some work. What would end the thread, or cannot be handed on to a coroutine, becomes an
    error like others: the worker goes on with the next piece, and the caller is told."""
    try:
        return work()
    except BaseException as error:
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            raise
        raise RuntimeError(f"the work would have ended its worker: {error!r}") from error


def about(seconds: int) -> str:
    """In seconds, minutes or hours, rounded up."""
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds > size:
            return f"{-(-seconds // size)} {name}s"
    return "a second" if seconds == 1 else f"{seconds} seconds"
