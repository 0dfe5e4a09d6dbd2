"""Questions in messages: where the bot is mentioned or replied to, in its threads, and in DMs."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from functools import partial

import discord
from discord.ext import commands

from bot.discord_app import keeping
from bot.discord_app.answering import Request, Shown
from bot.discord_app.desk import Desk
from bot.discord_app.forms import about_message
from bot.discord_app.permissions import missing
from bot.discord_app.place import Place, place_of_message
from bot.discord_app.reply import MessageReply, SaidError
from bot.discord_app.threads import KEPT_OPEN, thread_name
from bot.discord_text import permission_text, say
from index.errors import PullquoteError

log = logging.getLogger(__name__)


class Mentions(commands.Cog):
    """Needs no privileged intent: Discord shows the bot the messages that address it."""

    def __init__(self, bot: commands.AutoShardedBot, desk: Desk) -> None:
        self._bot, self._desk = bot, desk

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot or not self._is_addressed(message):
            return
        with self._desk.holding():
            await self._serve(message, place_of_message(message))

    async def _serve(self, message: discord.Message, place: Place) -> None:
        if lacking := _lacking(message):
            await _tell_author(message, permission_text(lacking, _name(message), place.language))
            return
        question = self._question(message)
        thread = await self._thread(message, place, question)
        work = partial(self._answer, message, place, question)
        shown = await self._desk.serve(MessageReply(message, thread), place, work)
        if shown and thread:
            await self._remember(place, thread, shown)

    def _is_addressed(self, message: discord.Message) -> bool:
        me = self._bot.user
        if me is None or not (message.content or message.attachments):
            return False  # without the privileged intent, that is all that is seen of most messages
        if message.guild is None or me in message.mentions:
            return True
        if message.guild.self_role in message.role_mentions:
            return True
        replied = _replied_to(message)
        if replied is not None and replied.author.id == me.id:
            return True
        return isinstance(message.channel, discord.Thread) and message.channel.owner_id == me.id

    def _question(self, message: discord.Message) -> str:
        """What was said, without the mention and without links, which name articles."""
        mine = [self._bot.user.id] if self._bot.user else []
        if message.guild and message.guild.self_role:
            mine.append(message.guild.self_role.id)
        said = re.sub(rf"<@[!&]?(?:{'|'.join(map(str, mine))})>", " ", message.content)
        link = keeping.first_link(said)
        return " ".join(
            (said.replace(f"<{link}>", " ").replace(link, " ") if link else said).split()
        )

    async def _answer(self, message: discord.Message, place: Place, question: str) -> Shown:
        options = await self._desk.options(place.collection)
        if options.private and place.is_server:
            raise SaidError(say("private_here", place.language))
        await self._desk.require_channel(place)
        if not question:
            return await self._without_question(message, place)
        request = await self._request(message, place, question)
        return await self._desk.ask(place, request, "message")

    async def _without_question(self, message: discord.Message, place: Place) -> Shown:
        keep = await keeping.from_message(message)
        if keep is None:
            return Shown([say("what_to_ask", place.language)])
        return await keeping.shown_kept(self._desk, place, keep)

    async def _request(self, message: discord.Message, place: Place, question: str) -> Request:
        """What is asked, of which article: of one in the message itself or in the one that it
        replies to, of the answer that it replies to, or of what its thread is about."""
        holds = keeping.first_link(message.content) or message.attachments
        if holds and (request := await about_message(self._desk, place, message, question)):
            return _unrepeated(request)
        replied = _replied_to(message)
        if replied is not None:
            if request := await about_message(self._desk, place, replied, question):
                return _unrepeated(request)
        elif message.reference and message.reference.message_id:
            number = message.reference.message_id
            asked = await self._desk.look(place.collection, lambda r: r.asked_in_message(number))
            if asked:
                return Request(question, follows=asked.id, repeat=False)
        if isinstance(message.channel, discord.Thread):
            return await self._in_thread(message.channel, place, question)
        return Request(question, repeat=False)

    async def _in_thread(self, thread: discord.Thread, place: Place, question: str) -> Request:
        """Goes on from the last question in the thread, or is about what it was opened from."""
        article, asked = await self._desk.look(
            place.collection, lambda r: r.under_discussion(place.channel)
        )
        first = None if article or asked else await _opened_from(thread)
        request = first and await about_message(self._desk, place, first, question)
        if request:
            return _unrepeated(request)
        articles = (article,) if article else ()
        return Request(question, articles=articles, follows=asked, repeat=False)

    async def _thread(
        self, message: discord.Message, place: Place, question: str
    ) -> discord.Thread | None:
        """A new thread under the message, if the server wants its answers there and the bot may."""
        if not isinstance(message.channel, discord.TextChannel) or not question:
            return None
        try:
            options = await self._desk.options(place.collection)
        except PullquoteError:  # the answer will say what is wrong
            return None
        barred = options.channels and message.channel.id not in options.channels
        if not options.threads or options.private or barred:
            return None
        try:
            return await message.create_thread(
                name=thread_name(question), auto_archive_duration=KEPT_OPEN
            )
        except discord.Forbidden:
            log.warning("no thread could be opened: the bot lacks a permission")
            return None

    async def _remember(self, place: Place, thread: discord.Thread, shown: Shown) -> None:
        await self._desk.look(
            place.collection, lambda records: records.set_thread(thread.id, 0, shown.asked)
        )


def _unrepeated(request: Request) -> Request:
    return Request(
        request.question, articles=request.articles, follows=request.follows, repeat=False
    )


def _replied_to(message: discord.Message) -> discord.Message | None:
    resolved = message.reference.resolved if message.reference else None
    return resolved if isinstance(resolved, discord.Message) else None


async def _opened_from(thread: discord.Thread) -> discord.Message | None:
    """The message that a thread was opened from, whose id it has; not every thread has one."""
    if thread.starter_message or not isinstance(thread.parent, discord.TextChannel):
        return thread.starter_message
    try:
        return await thread.parent.fetch_message(thread.id)
    except (discord.NotFound, discord.Forbidden):
        return None


def _lacking(message: discord.Message) -> list[str]:
    """The permissions that the bot would need to answer here."""
    channel = message.channel
    if message.guild is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return []
    in_thread = isinstance(channel, discord.Thread)
    permissions = channel.permissions_for(message.guild.me)
    return missing(permissions, "answer_in_thread" if in_thread else "answer")


def _name(message: discord.Message) -> str:
    return str(getattr(message.channel, "name", ""))


async def _tell_author(message: discord.Message, sentence: str) -> None:
    """In private, since the bot may not speak where it was asked."""
    log.warning("a question was not answered: the bot may not post in that channel")
    with suppress(discord.Forbidden):  # some take no direct messages
        await message.author.send(sentence)
