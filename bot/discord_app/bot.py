"""The bot: what it listens to, what it can be told, and what it does when servers come and go."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.discord_app import leaving
from bot.discord_app.admin import Admin
from bot.discord_app.articles import Articles, list_of_articles
from bot.discord_app.asking import Asking
from bot.discord_app.buttons import AnswerButton, ListButton, list_view
from bot.discord_app.desk import Desk
from bot.discord_app.forgetting import Forgetting
from bot.discord_app.info import Info
from bot.discord_app.limits import Limits
from bot.discord_app.mentions import Mentions
from bot.discord_app.menus import add_menus
from bot.discord_app.metrics import Metrics
from bot.discord_app.permissions import invite_link
from bot.discord_app.place import Interaction, place_of, server_collection
from bot.discord_app.pressing import press
from bot.discord_app.reading_rooms import ReadingRooms
from bot.discord_app.rooms import Rooms
from bot.discord_app.translator import Translator
from bot.discord_text import say

SWEEP_HOURS = 1.0
# To Discord, of which each shard has one for itself. Left alone, discord.py would open one for each
# of 500 questions that come together, which takes more time than to wait for one of these.
MOST_CONNECTIONS = 128

log = logging.getLogger(__name__)


class Bot(commands.AutoShardedBot):
    """Of Discord's cache it keeps no more than servers, channels and roles, which say what it may
    do where; of people and messages nothing."""

    def __init__(self, rooms: Rooms, metrics: Metrics | None = None) -> None:
        settings = rooms.settings
        super().__init__(
            command_prefix=(),
            help_command=None,
            intents=_intents(settings.message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS),
        )
        self.rooms = rooms
        self.desk = Desk(rooms, settings, Limits(), metrics or Metrics(rooms))

    async def setup_hook(self) -> None:
        desk = self.desk
        for cog in (Asking(desk), Articles(desk), Admin(desk), Forgetting(desk), Info(desk)):
            await self.add_cog(cog)
        await self.add_cog(Mentions(self, desk))
        if self.intents.message_content:
            await self.add_cog(ReadingRooms(self, desk))
        add_menus(self.tree, desk)
        self.add_dynamic_items(AnswerButton, ListButton)
        self.tree.error(_tell_failure)
        await self.tree.set_translator(Translator())
        await self.tree.sync()
        log.info("invite Pullquote to a server: %s", invite_link(self.application_id or 0))
        self._sweep.start()

    async def on_message(self, message: discord.Message) -> None:
        """Nothing is a command; the cogs listen on their own."""

    async def on_ready(self) -> None:
        log.info("online in %d servers", len(self.guilds))
        here = {server_collection(guild.id) for guild in self.guilds}
        await self.desk.learn(here)
        await asyncio.to_thread(leaving.note_absent, self.rooms, here, discord.utils.utcnow())

    async def on_guild_join(self, guild: discord.Guild) -> None:
        collection = server_collection(guild.id)
        await asyncio.to_thread(leaving.stay, self.rooms, collection)
        await self.desk.learn([collection])

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Its library is kept for some days, in case that it comes back."""
        collection = server_collection(guild.id)
        await asyncio.to_thread(leaving.leave, self.rooms, collection, discord.utils.utcnow())

    @tasks.loop(hours=SWEEP_HOURS)
    async def _sweep(self) -> None:
        """Deletes what is due."""
        now = discord.utils.utcnow()
        for collection in await asyncio.to_thread(leaving.sweep, self.rooms, now):
            self.desk.forget_options(collection)

    async def pressed(self, interaction: Interaction, button: AnswerButton) -> None:
        """A button under an answer."""
        await press(self.desk, interaction, button)

    async def turned(self, interaction: Interaction, page: int) -> None:
        """A page of the list of articles."""
        place = place_of(interaction)
        work = partial(list_of_articles, self.desk, place, page)
        with self.desk.holding():
            shown, sentence = await self.desk.outcome(work, place.language)
            turns = shown.turns if shown else None
            view = list_view(*turns, place.language) if turns else None
            text = shown.pages[0] if shown else sentence
            await interaction.response.edit_message(content=text, view=view)

    async def finish(self) -> None:
        """Takes no new questions, finishes the answers in hand, and disconnects."""
        self._sweep.cancel()
        await self.desk.finish()
        await self.close()


def _intents(content: bool) -> discord.Intents:
    """Of the privileged ones, that for message content alone, and only if the operator wants it."""
    return discord.Intents(
        guilds=True, guild_messages=True, dm_messages=True, message_content=content
    )


async def _tell_failure(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    """What went wrong outside the desk; whoever waits hears of it, the log has the rest."""
    log.error("a command failed", exc_info=error)
    if not interaction.response.is_done():
        text = say("broken", str(interaction.locale))
        await interaction.response.send_message(text, ephemeral=True)
