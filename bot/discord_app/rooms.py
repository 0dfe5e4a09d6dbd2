"""The collections that the bot has open, and the lanes in which they are worked on."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from bot.discord_app.lanes import Lane, Size
from bot.session import Models, Session, open_session
from bot.settings import Settings
from index.collection import collection_folder, forget_collection
from index.errors import BusyError, PullquoteError
from index.library import Library

LaneName = Literal["ask", "read", "look"]

SIZES: Mapping[LaneName, Size] = {
    # A question uses several cores by itself: more of them at once are no faster.
    "ask": Size(workers=2, most_waiting=2000, most_of_one=100, usual=0.5),
    "read": Size(workers=2, most_waiting=200, most_of_one=20, usual=10.0),
    "look": Size(workers=4, most_waiting=4000, most_of_one=400, usual=0.02),
}
MOST_OPEN = 128

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
    """Runs work on collections. The most recently used stay open, and one that is in use is never
    closed; all share the same models.

    There are three lanes: "ask" for questions, "read" for articles, which may take minutes, and
    "look" for what only reads or writes the database, so that it is done also while all else is
    busy.
    """

    def __init__(
        self,
        settings: Settings,
        models: Models,
        sizes: Mapping[LaneName, Size] = SIZES,
        most_open: int = MOST_OPEN,
    ) -> None:
        self.settings = settings
        self.lanes: Mapping[LaneName, Lane] = {n: Lane(n, size) for n, size in sizes.items()}
        self._models, self._most_open = models, most_open
        self._turn = threading.Condition()
        self._rooms: OrderedDict[str, Room] = OrderedDict()  # least recently used first
        self._going: set[str] = set()

    async def run(
        self, collection: str, work: Callable[[Session], Out], lane: LaneName = "ask"
    ) -> Out:
        """What `work` returns or raises; see `Lane.run` for what is raised besides."""
        return await self.lanes[lane].run(collection, partial(self._work, collection, work))

    def require_place(self, collection: str, lane: LaneName = "ask") -> None:
        """Raises BusyError if too much is waiting in that lane already."""
        self.lanes[lane].require_place(collection)

    def forget(self, collection: str, only_if: Callable[[Library], bool] | None = None) -> bool:
        """Removes a collection, all of it, and returns whether it did; later use starts it anew.

        Waits until nobody works on it; who comes meanwhile is refused by a BusyError. `only_if` is
        asked when nobody can change it any more. For a thread of its own. Raises LibraryError.
        """
        folder = collection_folder(self.settings.home, collection)
        with self._alone(collection):
            if not (folder.exists() and _holds(only_if, folder)):
                return False
            forget_collection(self.settings.home, collection)
        return True

    def close(self) -> None:
        """Waits for the work in hand, refuses what waits, and closes every collection."""
        for lane in self.lanes.values():
            lane.close()
        while self._rooms:
            self._rooms.popitem()[1].close()

    def _work(self, collection: str, work: Callable[[Session], Out]) -> Out:
        with self._entered(collection) as room:
            return work(room.session())

    @contextmanager
    def _entered(self, collection: str) -> Iterator[Room]:
        with self._turn:
            if collection in self._going:
                raise BusyError("All that was here is being deleted; try again in a minute.", 60)
            new = Room(self.settings, collection, self._models)
            room = self._rooms.setdefault(collection, new)
            self._rooms.move_to_end(collection)
            room.users += 1
        try:
            yield room
        finally:
            with self._turn:
                room.users -= 1
                self._turn.notify_all()
                self._close_oldest()

    @contextmanager
    def _alone(self, collection: str) -> Iterator[None]:
        """Nobody else works on a collection, and it is closed."""
        with self._turn:
            if collection in self._going:
                raise BusyError("This is being deleted already; please wait a minute.", 60)
            self._going.add(collection)
        try:
            with self._turn:
                self._turn.wait_for(lambda: not self._users(collection))
                if room := self._rooms.pop(collection, None):
                    room.close()
            yield
        finally:
            with self._turn:
                self._going.discard(collection)

    def _users(self, collection: str) -> int:
        room = self._rooms.get(collection)
        return room.users if room else 0

    def _close_oldest(self) -> None:
        idle = [name for name, room in self._rooms.items() if not room.users]
        for name in idle[: max(0, len(self._rooms) - self._most_open)]:
            self._rooms.pop(name).close()


def _holds(only_if: Callable[[Library], bool] | None, folder: Path) -> bool:
    if only_if is None:
        return True
    with closing(Library(folder)) as library:
        return only_if(library)
