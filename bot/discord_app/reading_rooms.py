"""Reading rooms: channels in which a posted link is read, and a thread opened to ask about it."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakValueDictionary

import discord
from discord.ext import commands

from bot.discord_app import keeping
from bot.discord_app.desk import Desk
from bot.discord_app.place import Place, place_of_message, server_collection
from bot.discord_app.threads import KEPT_OPEN, thread_name
from bot.discord_text import room_pages, say
from bot.session import Session
from bot.summary import key_sentences
from index.articles import Article
from index.errors import PullquoteError

KEY_QUOTES = 3

log = logging.getLogger(__name__)


class ReadingRooms(commands.Cog):
    """Off until an admin chooses a channel. Sees links only with the message content intent."""

    def __init__(self, bot: commands.AutoShardedBot, desk: Desk) -> None:
        self._bot, self._desk = bot, desk
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Reads what is posted; feeds post through bots and webhooks, so theirs count too."""
        link = keeping.first_link(message.content)
        mine = self._bot.user is not None and message.author.id == self._bot.user.id
        if mine or not link or not isinstance(message.channel, discord.TextChannel):
            return
        place = place_of_message(message)
        try:
            options = await self._desk.options(place.collection)
        except PullquoteError as error:
            log.error("a link was passed over: %s", error)  # noqa: TRY400
            return
        if message.channel.id not in options.reading_rooms:
            return
        # One after another, so that a link which is posted twice at once gets one thread.
        turn = self._turns.setdefault(place.collection, asyncio.Lock())
        with self._desk.holding():
            async with turn:
                await self._read(message, place, link)

    async def _read(self, message: discord.Message, place: Place, link: str) -> None:
        try:
            kept = await self._desk.rooms.run(
                place.collection, keeping.from_link(link), lane="read"
            )
            self._desk.metrics.added(kept.outcome)
            await self._open(message, place, kept.version.article)
        except PullquoteError as error:  # most links are no articles, and nobody asked for this one
            log.info("a link in a reading room was not read", extra={"why": type(error).__name__})
        except discord.Forbidden:
            log.warning("a reading room's thread could not be opened: the bot lacks a permission")

    async def _open(self, message: discord.Message, place: Place, article: Article) -> None:
        known = await self._desk.look(
            place.collection, lambda records: records.room_thread(article.id)
        )
        if known and await self._exists(known):
            text = say("room_known", place.language, thread=known)
            await message.reply(text, mention_author=False)
            return
        pages = await self._desk.rooms.run(
            place.collection, lambda session: _opening(session, article.id, place.language)
        )
        thread = await message.create_thread(
            name=thread_name(article.title), auto_archive_duration=KEPT_OPEN
        )
        await self._desk.look(
            place.collection, lambda records: records.set_thread(thread.id, article.id)
        )
        for page in pages:
            await thread.send(page, suppress_embeds=True)

    async def _exists(self, thread: int) -> bool:
        if self._bot.get_channel(thread):
            return True
        try:
            await self._bot.fetch_channel(thread)
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """A thread that is gone is no longer pointed to."""
        await self._desk.look(
            server_collection(event.guild_id),
            lambda records: records.forget_thread(event.thread_id),
        )


def _opening(session: Session, article: int, language: str) -> list[str]:
    version = session.library.version(article)
    return room_pages(version, key_sentences(session.store, version, KEY_QUOTES), language)
