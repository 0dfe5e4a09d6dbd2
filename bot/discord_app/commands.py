"""The slash commands: each says at once that it is at work, and then shows what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.chain import LONGEST_QUESTION
from bot.discord_app.rooms import Rooms
from bot.render_discord import (
    discord_answer,
    discord_articles,
    discord_error,
    discord_kept,
    discord_say,
)
from bot.session import Session, find_article
from index.articles import Article
from index.errors import EncoderError, LibraryError, PullquoteError, QuestionError, SourceError
from index.library import Kept
from index.sources import LARGEST, read_bytes, read_text
from index.sources.files import is_url

MOST_CHOICES = 25  # Discord shows no more
MOST_LISTED = 25
LONGEST_CHOICE = 100  # characters
LONGEST_TITLE = 120
FILES = frozenset(
    {".txt", ".text", ".md", ".markdown", ".mdown", ".html", ".htm", ".xhtml", ".pdf", ".docx"}
)

log = logging.getLogger(__name__)

Interaction = discord.Interaction[commands.AutoShardedBot]
Choices = list[app_commands.Choice[str]]


class Commands(commands.Cog):
    """`/ask` and `/article`, all of them on the library of the server that they are used in."""

    article = app_commands.Group(
        name="article",
        description="The articles that this server can ask",
        allowed_contexts=app_commands.AppCommandContext(guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True),
        # Discord knows default permissions of whole commands only, so this holds for `list` too;
        # a server's admins change it under Integrations.
        default_permissions=discord.Permissions(manage_messages=True),
    )

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._in_hand: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def finish(self) -> None:
        """Begins nothing any more and waits for the answers in hand."""
        self._stopping = True
        if self._in_hand:
            await asyncio.wait(self._in_hand)

    @app_commands.command(description="Ask this server's articles, and be answered by a quote")
    @app_commands.describe(question="What you want to know", article="Which article (default: all)")
    @app_commands.allowed_contexts(guilds=True)
    @app_commands.allowed_installs(guilds=True)
    async def ask(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, LONGEST_QUESTION],
        article: str | None = None,
    ) -> None:
        def answer(session: Session) -> list[str]:
            chosen = [_chosen(session, article).id] if article else []
            return discord_answer(session.ask(question, chosen))

        await self._reply(interaction, partial(self._rooms.run, _collection(interaction), answer))

    @article.command(description="Add an article from a link, a file or a text")
    @app_commands.describe(
        link="Where it is on the web",
        file="Or a file: text, Markdown, HTML, PDF or DOCX",
        text="Or its words",
        title="What to call it",
    )
    async def add(
        self,
        interaction: Interaction,
        link: str | None = None,
        file: discord.Attachment | None = None,
        text: str | None = None,
        title: app_commands.Range[str, 1, LONGEST_TITLE] | None = None,
    ) -> None:
        async def added() -> list[str]:
            self._rooms.require_place(_collection(interaction))  # before anything is fetched
            keep = await _keeper(link, file, text, title or "")
            return await self._rooms.run(
                _collection(interaction), lambda session: [discord_kept(keep(session))]
            )

        await self._reply(interaction, added)

    @article.command(name="list", description="The articles of this server")
    async def list_articles(self, interaction: Interaction) -> None:
        def listed(session: Session) -> list[str]:
            articles = session.library.articles()
            newest = [session.library.version(a.id) for a in articles[-MOST_LISTED:]]
            return discord_articles(newest, more=len(articles) - len(newest))

        work = partial(self._rooms.run, _collection(interaction), listed)
        await self._reply(interaction, work, ephemeral=True)

    @article.command(description="Remove an article and every trace of its text")
    @app_commands.describe(article="Its number, or its title")
    async def remove(self, interaction: Interaction, article: str) -> None:
        def removed(session: Session) -> list[str]:
            chosen = _chosen(session, article)
            session.store.remove_articles([chosen.id])
            return [discord_say("discord_removed", title=chosen.title)]

        await self._reply(interaction, partial(self._rooms.run, _collection(interaction), removed))

    @ask.autocomplete("article")
    @remove.autocomplete("article")
    async def choices(self, interaction: Interaction, typed: str) -> Choices:
        """This server's articles whose title or number has what was typed, newest first."""
        try:
            articles = await self._rooms.run(
                _collection(interaction), lambda session: session.library.articles()
            )
        except PullquoteError as error:  # choices have no room for a sentence
            log.warning("no articles to choose from: %s", error)
            return []
        fitting = [a for a in reversed(articles) if _fits(a, typed.casefold())]
        return [
            app_commands.Choice(name=f"{a.id} {a.title}"[:LONGEST_CHOICE], value=str(a.id))
            for a in fitting[:MOST_CHOICES]
        ]

    async def _reply(
        self,
        interaction: Interaction,
        work: Callable[[], Awaitable[list[str]]],
        ephemeral: bool = False,
    ) -> None:
        """Defers, works, and shows the messages; what goes wrong is told to the asker alone."""
        if self._stopping:
            await interaction.response.send_message(discord_say("discord_stopping"), ephemeral=True)
            return
        with self._holding():
            await interaction.response.defer(ephemeral=ephemeral, thinking=True)
            pages, sentence = await _outcome(work)
            if sentence:
                await _apologise(interaction, sentence, ephemeral)
            else:
                await _show(interaction, pages, ephemeral)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """Counts the running task as an answer in hand."""
        task = asyncio.current_task()
        assert task  # noqa: S101 (a coroutine always runs in one; this is for the type checker)
        self._in_hand.add(task)
        try:
            yield
        finally:
            self._in_hand.discard(task)


def _collection(interaction: Interaction) -> str:
    """The only way to a library: nothing that a person types has a part in it.

    Commands are for servers only; were there none, this would not be a collection's name.
    """
    return f"discord:{interaction.guild_id}"


def _chosen(session: Session, name: str) -> Article:
    """The article that a person means; raises QuestionError if that cannot be told."""
    try:
        return find_article(session.library, name)
    except LibraryError as error:
        raise QuestionError(str(error)) from error


def _fits(article: Article, typed: str) -> bool:
    return typed in article.title.casefold() or typed == str(article.id)


async def _outcome(work: Callable[[], Awaitable[list[str]]]) -> tuple[list[str], str]:
    """What `work` made, or a sentence that says why there is nothing."""
    try:
        return await work(), ""
    except (LibraryError, EncoderError) as error:  # these name files, which are the operator's
        log.error("%s", error)  # noqa: TRY400 (the sentence is the whole story)
        return [], discord_say("discord_operator")
    except PullquoteError as error:
        return [], discord_error(error)
    except Exception:  # whatever broke, someone is waiting: they hear of it, the log has the rest
        log.exception("a command failed")
        return [], discord_say("discord_broken")


async def _show(interaction: Interaction, pages: list[str], ephemeral: bool) -> None:
    # The client as a whole allows no mentions.
    await interaction.edit_original_response(content=pages[0])
    for page in pages[1:]:
        await interaction.followup.send(page, ephemeral=ephemeral, suppress_embeds=True)


async def _apologise(interaction: Interaction, sentence: str, ephemeral: bool) -> None:
    """Tells the asker alone: what was deferred in public cannot become private, so it goes."""
    if ephemeral:
        await interaction.edit_original_response(content=sentence)
        return
    await interaction.delete_original_response()
    await interaction.followup.send(sentence, ephemeral=True, suppress_embeds=True)


async def _keeper(
    link: str | None, file: discord.Attachment | None, text: str | None, title: str
) -> Callable[[Session], Kept]:
    """What reads the article that was given and keeps it; raises SourceError, before anything is
    fetched, for what cannot be read or is too large."""
    if (link is not None) + (file is not None) + (text is not None) != 1:
        raise SourceError("Give a link, a file or a text; an article is one of the three.")
    if link is not None:
        return partial(_keep_link, link, title)
    if file is None:
        read = partial(read_text, text or "", "The pasted text", title, source="pasted on Discord")
    else:
        read = partial(read_bytes, await _download(file), file.filename, title)
    return lambda session: session.store.add_article(read())


def _keep_link(link: str, title: str, session: Session) -> Kept:
    if not is_url(link):  # a path would be one of the operator's files
        raise SourceError("A link starts with https://; please check it.")
    return session.intake.add(link, title)


async def _download(file: discord.Attachment) -> bytes:
    _require_readable(file)
    try:
        return await file.read()
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        raise SourceError(
            f"{file.filename} could not be fetched from Discord; please attach it again."
        ) from error


def _require_readable(file: discord.Attachment) -> None:
    if PurePath(file.filename).suffix.lower() not in FILES:
        raise SourceError(
            f"{file.filename} is no file that can be read; attach text, Markdown, HTML, PDF or "
            "DOCX."
        )
    if file.size > LARGEST:
        raise SourceError(
            f"{file.filename} has {file.size / 1e6:,.0f} MB; an article may have at most "
            f"{LARGEST / 1e6:.0f} MB."
        )
