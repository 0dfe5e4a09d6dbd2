"""`/settings`: what a server's admins choose. Discord shows it to who manages the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord_app.answering import Shown, chosen
from bot.discord_app.choices import article_choices
from bot.discord_app.desk import Desk
from bot.discord_app.options import ServerOptions
from bot.discord_app.permissions import missing
from bot.discord_app.place import Interaction, place_of
from bot.discord_app.reply import InteractionReply, SaidError
from bot.discord_text import permission_text, say, settings_page

Change = Callable[[ServerOptions], ServerOptions]
Percent = app_commands.Range[int, 0, 100]


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_contexts(guilds=True)
@app_commands.allowed_installs(guilds=True)
class Admin(commands.GroupCog, group_name="settings", group_description="How I work here"):
    """Every command changes one thing and shows all settings as they are then."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @app_commands.command(description="How I work in this server")
    async def show(self, interaction: Interaction) -> None:
        await self._change(interaction, lambda options: options)

    @app_commands.command(description="How answers are shown, and how sure they have to be")
    @app_commands.describe(
        private="Only who asked sees an answer",
        threads="Answers to mentions open a thread",
        min_confidence="In percent: below it I say that the article does not say",
        answerer="Who answers",
    )
    async def answers(
        self,
        interaction: Interaction,
        private: bool | None = None,
        threads: bool | None = None,
        min_confidence: Percent | None = None,
        answerer: str | None = None,
    ) -> None:
        if answerer and answerer not in self._desk.settings.answerers:
            answerer = None
        given: dict[str, object] = {"private": private, "threads": threads, "answerer": answerer}
        if min_confidence is not None:
            given |= {"min_confidence": min_confidence / 100}
        await self._set(interaction, given)

    @app_commands.command(description="Who may add articles, and where I may be asked")
    @app_commands.describe(
        adders="Who may add articles",
        role="Or the members of a role",
        allow="A channel where I may be asked (once one is chosen, only there)",
        disallow="A channel to take off that list",
    )
    async def access(
        self,
        interaction: Interaction,
        adders: Literal["managers", "everyone"] | None = None,
        role: discord.Role | None = None,
        allow: discord.abc.GuildChannel | None = None,
        disallow: discord.abc.GuildChannel | None = None,
    ) -> None:
        def changed(options: ServerOptions) -> ServerOptions:
            channels = [c for c in options.channels if not disallow or c != disallow.id]
            channels += [allow.id] if allow and allow.id not in channels else []
            who = role.id if role else adders or options.adders
            return replace(options, adders=who, channels=tuple(channels))

        await self._change(interaction, changed)

    @app_commands.command(description="The article that a channel is about")
    @app_commands.describe(channel="Which channel", article="Which article (none: all of them)")
    async def article(
        self, interaction: Interaction, channel: discord.abc.GuildChannel, article: str = ""
    ) -> None:
        place = place_of(interaction)
        number = 0
        if article:
            number = await self._desk.rooms.run(
                place.collection, lambda session: chosen(session, article).id, lane="look"
            )

        def changed(options: ServerOptions) -> ServerOptions:
            others = {c: a for c, a in options.articles.items() if c != channel.id}
            return replace(options, articles=others | ({channel.id: number} if number else {}))

        await self._change(interaction, changed)

    @app_commands.command(description="How much may be asked, and how long I remember it")
    @app_commands.describe(
        user_daily="Questions of one person a day",
        server_daily="Questions of the whole server a day",
        retention_days="Days after which questions and votes are forgotten",
    )
    async def limits(
        self,
        interaction: Interaction,
        user_daily: app_commands.Range[int, 1, 100_000] | None = None,
        server_daily: app_commands.Range[int, 1, 1_000_000] | None = None,
        retention_days: app_commands.Range[int, 1, 3650] | None = None,
    ) -> None:
        given: dict[str, object] = {"user_daily": user_daily, "server_daily": server_daily}
        await self._set(interaction, given | {"retention_days": retention_days})

    @app_commands.command(description="Read the links that are posted in a channel")
    @app_commands.describe(channel="Which channel", on="Whether its links are read")
    async def rooms(
        self, interaction: Interaction, channel: discord.TextChannel, on: bool = True
    ) -> None:
        def changed(options: ServerOptions) -> ServerOptions:
            language = str(interaction.locale)
            if on and not self._desk.settings.message_content:
                raise SaidError(say("rooms_need_intent", language))
            me = interaction.guild.me if interaction.guild else None
            if on and me and (lacking := missing(channel.permissions_for(me), "reading_room")):
                raise SaidError(permission_text(lacking, channel.name, language))
            others = tuple(c for c in options.reading_rooms if c != channel.id)
            return replace(options, reading_rooms=(*others, channel.id) if on else others)

        await self._change(interaction, changed)

    @article.autocomplete("article")
    async def _articles(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return await article_choices(self._desk, interaction, typed)

    @answers.autocomplete("answerer")
    async def _answerers(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        allowed = self._desk.settings.answerers
        return [app_commands.Choice(name=n, value=n) for n in allowed if typed in n]

    async def _set(self, interaction: Interaction, given: dict[str, object]) -> None:
        """Sets what was given; the rest stays."""
        chosen_ones = {name: value for name, value in given.items() if value is not None}
        await self._change(interaction, lambda options: replace(options, **chosen_ones))  # type: ignore[arg-type]

    async def _change(self, interaction: Interaction, change: Change) -> None:
        place = place_of(interaction)

        async def changed() -> Shown:
            if not (place.is_server and place.manages_server):
                raise SaidError(say("may_not_set", place.language))
            options = await self._desk.options(place.collection)
            new = change(options)
            if new != options:
                await self._desk.set_options(place, new)
            return Shown(settings_page(new, self._desk.settings, place.language))

        await self._desk.serve(InteractionReply(interaction, private=True), place, changed)
