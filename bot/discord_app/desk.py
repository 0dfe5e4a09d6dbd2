"""Where every command, message and button is served: begun at once, worked on away from the event
loop, shown, and finished even if the bot is to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import discord

from bot.discord_app import answering
from bot.discord_app.answering import Request, Shown
from bot.discord_app.buttons import answer_view, list_view
from bot.discord_app.leaving import options_of
from bot.discord_app.limits import Limits
from bot.discord_app.metrics import Face, Metrics
from bot.discord_app.options import ServerOptions
from bot.discord_app.place import Place, user_collection
from bot.discord_app.records import Records
from bot.discord_app.reply import Reply, SaidError, TooLateError
from bot.discord_app.rooms import Rooms
from bot.discord_text import error_text, say
from bot.session import Session
from bot.settings import Settings
from index.collection import collections
from index.errors import BusyError, EncoderError, LibraryError, LimitError, PullquoteError

log = logging.getLogger(__name__)

Out = TypeVar("Out")


class Desk:
    """Serves one bot."""

    def __init__(self, rooms: Rooms, settings: Settings, limits: Limits, metrics: Metrics) -> None:
        self.rooms, self.settings, self.metrics = rooms, settings, metrics
        self._limits = limits
        self._options: dict[str, ServerOptions] = {}
        self._in_hand, self._idle = 0, asyncio.Event()
        self._stopping = False

    async def finish(self) -> None:
        """Begins nothing any more and waits for the answers in hand."""
        self._stopping = True
        while self._in_hand:
            await self._idle.wait()

    async def serve(
        self, reply: Reply, place: Place, work: Callable[[], Awaitable[Shown]]
    ) -> Shown | None:
        """Begins, works, and shows what came of it; what goes wrong is told to the asker. Returns
        what was shown, None if that was nothing."""
        with self.holding():
            try:
                await reply.begin()
                shown, sentence = await self.outcome(work, place.language)
                if shown is None:
                    await reply.apologise(sentence)
                    return None
                await self._show(reply, place, shown)
            except TooLateError:
                return None
            except discord.HTTPException as error:  # Discord itself fails; nobody can be told more
                log.error(  # noqa: TRY400 (the numbers are the whole story)
                    "an answer could not be shown",
                    extra={"status": error.status, "code": error.code},
                )
                return None
            return shown

    async def ask(self, place: Place, request: Request, face: Face) -> Shown:
        """The answer to a question; `face` is where it came from, for the metrics.

        Raises PullquoteError with what hinders it.
        """
        began = time.monotonic()
        await self.require_channel(place)
        options = await self.options(place.collection)
        await self.admit(place, options)
        at = discord.utils.utcnow()
        work = partial(answering.answer, place=place, options=options, request=request, at=at)
        shown = await self.rooms.run(place.collection, work)
        if shown.answer:
            seconds = time.monotonic() - began
            self.metrics.question(face, shown.answer, seconds)
            about = {"face": face, "status": shown.answer.status, "ms": round(seconds * 1000)}
            log.info("asked", extra=about)
        return shown

    async def require_channel(self, place: Place) -> None:
        """Raises SaidError where a server's admins do not want questions."""
        wanted = (await self.options(place.collection)).channels
        if place.is_server and wanted and not {place.channel, place.parent} & set(wanted):
            raise SaidError(say("not_here", place.language))

    async def look(self, collection: str, work: Callable[[Records], Out]) -> Out:
        """Reads or writes what a collection remembers; quick also while everything is busy."""

        def looked(session: Session) -> Out:
            return work(Records(session.library))

        return await self.rooms.run(collection, looked, lane="look")

    async def options(self, collection: str) -> ServerOptions:
        """What a server's admins have chosen."""
        if collection not in self._options:
            found = await self.look(collection, Records.options)
            # An admin may have chosen anew meanwhile.
            return self._options.setdefault(collection, found)
        return self._options[collection]

    async def is_private(self, place: Place, wish: bool | None = None) -> bool:
        """Whether only who asks is to see the answer: if they wish it so, or an admin does."""
        try:
            options = await self.options(place.collection)
        except PullquoteError:  # the work will meet the same error, and it is told to them alone
            return True
        return options.private or bool(wish)

    async def learn(self, collections: Collection[str]) -> None:
        """Reads the options of servers before they are needed: who has just asked is told at once
        that their question has come, and it is these that say whether everybody is."""
        found = await asyncio.to_thread(lambda: dict(options_of(self.rooms, collections)))
        self._options = found | self._options

    async def set_options(self, place: Place, options: ServerOptions) -> None:
        """Keeps what an admin has chosen."""
        await self.look(place.collection, lambda records: records.set_options(options))
        self._options[place.collection] = options

    async def forget_collection(self, collection: str) -> None:
        """Removes a library, all of it."""
        await asyncio.to_thread(self.rooms.forget, collection)
        self.forget_options(collection)

    def forget_options(self, collection: str) -> None:
        """After a collection was removed."""
        self._options.pop(collection, None)

    async def forget_user(self, user: int) -> int:
        """Removes what is kept of a person: a library of their own, and their questions and votes
        in every server; returns how many questions those were."""
        await self.forget_collection(user_collection(user))
        count = 0
        known = await asyncio.to_thread(collections, self.settings.home)
        for collection in known:
            if collection.startswith("discord:"):
                count += await self.look(collection, lambda r: r.forget_user(user))
        return count

    def is_adder(self, place: Place, options: ServerOptions) -> bool:
        """Whether this person may add articles here."""
        if place.manages_messages or options.adders == "everyone":
            return True
        return options.adders in place.roles

    async def admit(self, place: Place, options: ServerOptions) -> None:
        """Counts a question; raises LimitError if there may be none now."""

        async def look(work: Callable[[Records], None]) -> None:
            await self.look(place.collection, work)

        await self._limits.admit(place.collection, place.user, options, look)

    async def _show(self, reply: Reply, place: Place, shown: Shown) -> None:
        view = answer_view(shown.asked, shown.verbs, place.language)
        if shown.turns:
            view = list_view(*shown.turns, place.language)
        ids = await reply.show(shown.pages, view)
        if not shown.asked:
            return
        try:
            await self.look(
                place.collection, lambda records: records.set_messages(shown.asked, ids)
            )
        except PullquoteError as error:  # the answer is there; only replies will not find it
            log.error("an answer's messages were not remembered: %s", error)  # noqa: TRY400

    async def outcome(
        self, work: Callable[[], Awaitable[Out]], language: str
    ) -> tuple[Out | None, str]:
        """What `work` made, or a sentence that says why there is nothing."""
        if self._stopping:
            return None, say("stopping", language)
        try:
            return await work(), ""
        except (LibraryError, EncoderError) as error:  # these name files, which are the operator's
            log.error("%s", error)  # noqa: TRY400 (the sentence is the whole story)
            return None, say("operator", language)
        except SaidError as error:
            return None, str(error)
        except (LimitError, BusyError) as error:
            self.metrics.refused("limit" if isinstance(error, LimitError) else "busy")
            return None, error_text(error, language)
        except PullquoteError as error:
            return None, error_text(error, language)
        except Exception:  # whatever broke, someone is waiting: they hear of it, the log has more
            log.exception("a command failed")
            self.metrics.failed()
            return None, say("broken", language)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """What is done inside is in hand: it is finished before the bot stops."""
        self._in_hand += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()
