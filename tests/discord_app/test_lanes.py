"""Fair worker lanes: whose turn it is, how much may wait, and what becomes of callers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.lanes import Lane, Size
from index.errors import BusyError, PullquoteError

PATIENCE = 60.0
ROOMY = Size(workers=1, most_waiting=9999, most_of_one=9999, usual=1.0)


@dataclass(eq=False)
class Work:
    """Work that a test ends when it likes; it returns itself."""

    collection: str
    own_ahead: int = 0
    """How much of its collection waited when it was put in."""
    put_at: int = 0
    """How much had been begun by then."""
    own_in_hand: int = 0
    """How much of its collection workers had then."""

    def __call__(self) -> Work:
        return self


@dataclass
class Hands(Executor):
    """Workers whose work ends when a test says so."""

    begun: list[Work] = field(default_factory=list)
    held: list[tuple[Future[Any], Callable[[], Any]]] = field(default_factory=list)
    in_hand: list[Work] = field(default_factory=list)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.begun.append(args[0])
        self.held.append((future, lambda: fn(*args)))
        self.in_hand.append(args[0])
        return future

    def end(self, which: int = 0) -> None:
        future, work = self.held.pop(which)
        self.in_hand.pop(which)
        future.set_result(work())


async def settled() -> None:
    """After everything that can happen by itself has happened."""
    for _ in range(9):
        await asyncio.sleep(0)


class Play:
    """A lane whose workers are in the hands of a test, and all that was put into it."""

    def __init__(self, size: Size) -> None:
        self.hands, self.clock = Hands(), 0.0
        self.lane = Lane("test", size, clock=lambda: self.clock, pool=self.hands)
        self.callers: dict[Work, asyncio.Task[Work]] = {}

    def waiting(self) -> list[Work]:
        begun = set(self.hands.begun)
        return [w for w, task in self.callers.items() if w not in begun and not task.done()]

    async def put(self, collection: str, times: int = 1) -> Work:
        for _ in range(times):
            ahead = sum(work.collection == collection for work in self.waiting())
            in_hand = sum(work.collection == collection for work in self.hands.in_hand)
            work = Work(collection, ahead, len(self.hands.begun), in_hand)
            self.callers[work] = asyncio.create_task(self.lane.run(collection, work))
            await settled()
        return work

    async def end(self, which: int = 0, seconds: float = 0.0) -> None:
        self.clock += seconds
        self.hands.end(which)
        await settled()


STEPS = st.lists(
    st.tuples(st.just("put"), st.sampled_from("AABC"))
    | st.tuples(st.sampled_from(["end", "cancel"]), st.integers(0, 9)),
    max_size=60,
)


@given(STEPS, st.integers(1, 3))
def test_turns_are_fair_and_nothing_is_lost(steps: list[tuple[str, Any]], workers: int) -> None:
    asyncio.run(play(steps, Play(Size(workers, 9999, 9999, usual=1.0))))


async def play(steps: list[tuple[str, Any]], it: Play) -> None:
    cancelled = set()
    for step, which in steps:
        if step == "put":
            await it.put(which)
        elif step == "end" and it.hands.held:
            await it.end(which % len(it.hands.held))
        elif step == "cancel" and (waiting := it.waiting()):
            work = waiting[which % len(waiting)]
            it.callers[work].cancel()
            cancelled.add(work)
            await settled()
        assert it.lane.in_hand == len(it.hands.held) <= it.lane.size.workers
        assert it.lane.waiting == len(it.waiting())
        assert not it.lane.waiting or it.lane.in_hand == it.lane.size.workers
    while it.hands.held:
        await it.end()
    for collection in "ABC":  # each first come, first served
        put = [w for w in it.callers if w.collection == collection and w not in cancelled]
        assert [w for w in it.hands.begun if w.collection == collection] == put
    for work in it.callers.keys() - cancelled:
        assert it.callers[work].result() is work
        between = it.hands.begun[work.put_at : it.hands.begun.index(work)]
        for other in {w.collection for w in between} - {work.collection}:
            turns = sum(w.collection == other for w in between)
            assert turns <= work.own_ahead + 1 or it.lane.size.workers > 1
            assert turns <= 1 or work.own_ahead or work.own_in_hand


@pytest.mark.parametrize("workers", [1, 2, 4])
async def test_a_flood_delays_another_by_one_turn(workers: int) -> None:
    it = Play(Size(workers, 9999, 9999, usual=1.0))
    await it.put("flood", times=1000)
    single = await it.put("single")
    assert it.lane.waiting == 1001 - workers
    begun = len(it.hands.begun)
    await it.end()
    await it.end()
    assert it.hands.begun.index(single) == (begun if workers > 1 else begun + 1)
    while it.hands.held:
        await it.end()
    assert all(task.result() is work for work, task in it.callers.items())


async def test_one_collection_has_not_all_workers_while_another_waits() -> None:
    it = Play(Size(2, 9999, 9999, usual=1.0))
    await it.put("slow", times=9)
    await it.put("quick", times=3)
    for _ in range(3):  # one worker stays with what is slow; the other goes on with what is not
        await it.end(1)
        assert [work.collection for work in it.hands.in_hand] == ["slow", "quick"]


class TestFull:
    async def test_one_collection_may_not_fill_it(self) -> None:
        it = Play(Size(workers=1, most_waiting=3, most_of_one=2, usual=2.0))
        await it.put("A", times=3)  # one in hand, two wait
        with pytest.raises(BusyError, match="please try again in 6 seconds") as full:
            await it.lane.run("A", Work("A"))
        assert full.value.seconds == 6  # one in hand and two before it, two seconds each
        await it.put("B")
        with pytest.raises(BusyError):
            it.lane.require_place("C")
        await it.end()
        it.lane.require_place("C")
        it.lane.require_place("A")
        assert len(it.callers) == 4

    async def test_who_is_cancelled_makes_room(self) -> None:
        it = Play(Size(workers=1, most_waiting=1, most_of_one=1, usual=1.0))
        await it.put("A")
        waiting = await it.put("A")
        with pytest.raises(BusyError):
            it.lane.require_place("A")
        it.callers[waiting].cancel()
        await settled()
        it.lane.require_place("A")
        assert it.lane.waiting == 0

    async def test_the_wait_is_told_from_what_work_has_taken(self) -> None:
        it = Play(Size(workers=2, most_waiting=99, most_of_one=99, usual=1.0))
        assert it.lane.wait("A") == 0
        await it.put("A")
        assert it.lane.wait("A") == 0  # a worker is free
        await it.put("A", times=3)
        assert it.lane.wait("B") == (2 + 1) / 2  # in hand, and A's next turn
        assert it.lane.wait("A") == (2 + 2) / 2
        await it.put("B", times=5)
        assert it.lane.wait("A") == (2 + 2 + 3) / 2  # B has three turns by then
        await it.end(seconds=11.0)
        assert it.lane.wait("C") == pytest.approx(2.0 * (2 + 2) / 2)  # 1 + a tenth of 11 - 1


async def test_a_caller_in_hand_may_go_but_its_worker_is_not_free() -> None:
    it = Play(ROOMY)
    gone = await it.put("A")
    next_ = await it.put("A")
    it.callers[gone].cancel()
    await settled()
    assert it.callers[gone].cancelled()
    assert (it.lane.in_hand, it.lane.waiting) == (1, 1)
    await it.end()
    await it.end()
    assert it.callers[next_].result() is next_


# With real threads


async def test_work_runs_in_a_thread_of_its_own_and_its_error_is_the_callers() -> None:
    with closing(Lane("ask", ROOMY)) as lane:
        name = await lane.run("A", lambda: threading.current_thread().name)
        assert name.startswith("pullquote-ask")
        with pytest.raises(ZeroDivisionError):
            await lane.run("A", lambda: 1 // 0)
        assert await lane.run("A", lambda: 5) == 5


@pytest.mark.parametrize(
    "error",
    [SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration, asyncio.CancelledError],
)
async def test_a_worker_that_would_die_is_there_for_the_next(error: type[BaseException]) -> None:
    def die() -> None:
        raise error

    with closing(Lane("ask", ROOMY)) as lane:
        for _ in range(3):
            with pytest.raises(RuntimeError, match=error.__name__):
                await lane.run("A", die)
            assert lane.in_hand == 0
            assert await lane.run("A", lambda: 5) == 5


async def test_an_error_of_the_workers_is_no_cancelling() -> None:
    def die() -> None:
        raise CancelledError

    with closing(Lane("ask", ROOMY)) as lane, pytest.raises(CancelledError):
        await lane.run("A", die)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["loop's thread", "another thread"])
async def test_closing_finishes_what_is_in_hand_and_refuses_the_rest(elsewhere: bool) -> None:
    begun, go = threading.Event(), threading.Event()

    def held() -> int:
        begun.set()
        assert go.wait(PATIENCE)
        return 5

    lane = Lane("ask", ROOMY)
    in_hand, *waiting = (asyncio.create_task(lane.run("A", held)) for _ in range(3))
    await asyncio.to_thread(begun.wait, PATIENCE)
    closing_ = asyncio.create_task(asyncio.to_thread(lane.close)) if elsewhere else None
    if closing_:
        for each in waiting:  # at once, while the work in hand goes on
            with pytest.raises(PullquoteError, match="is being restarted"):
                await each
    go.set()
    await closing_ if closing_ else lane.close()
    assert await in_hand == 5
    for each in waiting:
        with pytest.raises(PullquoteError, match="is being restarted; please try again"):
            await each
    with pytest.raises(PullquoteError, match="is being restarted"):
        await lane.run("A", held)
    assert (lane.in_hand, lane.waiting) == (0, 0)


def test_work_that_outlives_its_loop_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    begun, go = threading.Event(), threading.Event()

    def held() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    lane = Lane("ask", ROOMY)

    async def leave() -> None:
        task = asyncio.create_task(lane.run("A", held))
        await asyncio.to_thread(begun.wait, PATIENCE)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    go.set()
    lane.close()
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
