"""`/article`: add, list, show, refresh, remove."""

from __future__ import annotations

from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord_app import keeping
from bot.discord_app.answering import Shown, chosen
from bot.discord_app.choices import article_choices
from bot.discord_app.desk import Desk
from bot.discord_app.forms import PasteForm
from bot.discord_app.place import Interaction, Place, place_of
from bot.discord_app.reply import InteractionReply, SaidError
from bot.discord_text import article_pages, kept_text, list_page, say
from bot.session import Session
from index.errors import SourceError

LONGEST_TITLE = 120
LISTED = 15  # articles on one page

Title = app_commands.Range[str, 1, LONGEST_TITLE]


class Articles(commands.Cog):
    """The articles of the place that a command is used in."""

    article = app_commands.Group(
        name="article",
        description="The articles that can be asked here",
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        ),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @article.command(description="Add an article: a link, a file, or nothing to paste its text")
    @app_commands.describe(
        link="Where it is on the web",
        file="Or a file: text, Markdown, HTML, PDF or DOCX",
        title="What to call it",
    )
    async def add(
        self,
        interaction: Interaction,
        link: str = "",
        file: discord.Attachment | None = None,
        title: Title = "",
    ) -> None:
        place = place_of(interaction)
        if not (link or file):
            await interaction.response.send_modal(PasteForm(self._desk, place, title))
            return

        async def added() -> Shown:
            if link and file:
                raise SourceError(
                    "Give a link or a file; an article is one of the two.", "link_or_file"
                )
            await keeping.require_adder(self._desk, place)  # before anything is fetched
            self._desk.rooms.require_place(place.collection, lane="read")
            keep = await keeping.from_file(file, title) if file else keeping.from_link(link, title)
            return await keeping.shown_kept(self._desk, place, keep)

        await self._desk.serve(InteractionReply(interaction, private=False), place, added)

    @article.command(name="list", description="The articles that can be asked here")
    async def list_articles(self, interaction: Interaction) -> None:
        place = place_of(interaction)
        work = partial(list_of_articles, self._desk, place, 0)
        await self._desk.serve(InteractionReply(interaction, private=True), place, work)

    @article.command(description="What is known of an article")
    @app_commands.describe(article="Its number, or its title")
    async def show(self, interaction: Interaction, article: str) -> None:
        place = place_of(interaction)

        def shown(session: Session) -> Shown:
            number = chosen(session, article).id
            library = session.library
            pages = article_pages(library.versions(number), library.origins(number), place.language)
            return Shown(pages)

        work = partial(self._desk.rooms.run, place.collection, shown, lane="look")
        await self._desk.serve(InteractionReply(interaction, private=True), place, work)

    @article.command(description="Read an article again, where it came from")
    @app_commands.describe(article="Its number, or its title")
    async def refresh(self, interaction: Interaction, article: str) -> None:
        place = place_of(interaction)

        def refreshed(session: Session) -> Shown:
            found = chosen(session, article)
            readings = list(session.intake.refresh(found, links_only=True))
            kept = next((r.kept for r in reversed(readings) if r.kept), None)
            if kept:
                return Shown([kept_text(kept, place.language)])
            if readings:
                raise SourceError(readings[0].error, readings[0].code)
            raise SaidError(say("no_origin", place.language, title=found.title))

        async def read() -> Shown:
            await keeping.require_adder(self._desk, place)
            return await self._desk.rooms.run(place.collection, refreshed, lane="read")

        await self._desk.serve(InteractionReply(interaction, private=False), place, read)

    @article.command(description="Remove an article and every trace of its text")
    @app_commands.describe(article="Its number, or its title")
    async def remove(self, interaction: Interaction, article: str) -> None:
        place = place_of(interaction)

        def removed(session: Session) -> Shown:
            found = chosen(session, article)
            session.store.remove_articles([found.id])
            return Shown([say("removed", place.language, title=found.title)])

        async def work() -> Shown:
            if not place.manages_messages:
                raise SaidError(say("may_not_remove", place.language))
            return await self._desk.rooms.run(place.collection, removed)

        await self._desk.serve(InteractionReply(interaction, private=False), place, work)

    @show.autocomplete("article")
    @refresh.autocomplete("article")
    @remove.autocomplete("article")
    async def _choices(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await article_choices(self._desk, interaction, typed)


async def list_of_articles(desk: Desk, place: Place, page: int) -> Shown:
    """One page of the list, newest first; `page` counts from 0 and may be behind the last."""

    def listed(session: Session) -> Shown:
        articles = session.library.articles()[::-1]
        last = max(0, (len(articles) - 1) // LISTED)
        at = min(page, last)
        versions = [
            session.library.version(a.id) for a in articles[at * LISTED : (at + 1) * LISTED]
        ]
        text = list_page(versions, place.language, at + 1, last + 1, len(articles))
        return Shown([text], turns=(at, last))

    return await desk.rooms.run(place.collection, listed, lane="look")
