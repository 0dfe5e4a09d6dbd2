"""`/ask`, `/quotes` and `/summary`."""

from __future__ import annotations

from functools import partial

from discord import app_commands
from discord.ext import commands

from bot.chain import LONGEST_QUESTION
from bot.discord_app.answering import Request, Shown, chosen
from bot.discord_app.choices import article_choices
from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, Place, place_of
from bot.discord_app.reply import InteractionReply, SaidError
from bot.discord_app.threads import open_thread
from bot.discord_text import say, summary_pages
from bot.session import Session
from bot.summary import key_sentences

SUMMARY = 5  # sentences

Question = app_commands.Range[str, 1, LONGEST_QUESTION]


class Asking(commands.Cog):
    """Questions to the articles of the place that they are asked in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @app_commands.command(description="Ask the articles here, and be answered by a quote")
    @app_commands.describe(
        question="What you want to know",
        article="Which article (default: all)",
        private="Only you see the answer",
        thread="Open a thread to go on asking in",
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(
        self,
        interaction: Interaction,
        question: Question,
        article: str = "",
        private: bool | None = None,
        thread: bool = False,
    ) -> None:
        place = place_of(interaction)
        hidden = await self._desk.is_private(place, private)
        work = partial(self._desk.ask, place, Request(question, article), "slash")
        reply = InteractionReply(interaction, hidden)
        with self._desk.holding():
            shown = await self._desk.serve(reply, place, work)
            if shown and thread:
                await open_thread(self._desk, interaction, place, shown, hidden)

    @app_commands.command(description="The sentences nearest to a topic")
    @app_commands.describe(topic="What they are to be about", article="Which article")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def quotes(self, interaction: Interaction, topic: Question, article: str = "") -> None:
        place = place_of(interaction)
        reply = InteractionReply(interaction, await self._desk.is_private(place))
        work = partial(self._desk.ask, place, Request(topic, article, topic=True), "quotes")
        await self._desk.serve(reply, place, work)

    @app_commands.command(description="An article's key sentences, word for word")
    @app_commands.describe(article="Which article (default: the newest)")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def summary(self, interaction: Interaction, article: str = "") -> None:
        place = place_of(interaction)
        reply = InteractionReply(interaction, await self._desk.is_private(place))

        async def summed() -> Shown:
            await self._desk.require_channel(place)
            options = await self._desk.options(place.collection)
            default = options.articles.get(place.channel) or options.articles.get(place.parent)
            work = partial(_summary, place=place, name=article or str(default or ""))
            return await self._desk.rooms.run(place.collection, work)

        await self._desk.serve(reply, place, summed)

    @ask.autocomplete("article")
    @quotes.autocomplete("article")
    @summary.autocomplete("article")
    async def _choices(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await article_choices(self._desk, interaction, typed)


def _summary(session: Session, place: Place, name: str) -> Shown:
    articles = session.library.articles()
    if not articles:
        raise SaidError(say("no_article", place.language))
    article = chosen(session, name) if name else articles[-1]
    version = session.library.version(article.id)
    return Shown(
        summary_pages(version, key_sentences(session.store, version, SUMMARY), place.language)
    )
