"""Articles that people hand over: links, files, pasted text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import PurePath

import aiohttp
import discord

from bot.discord_app.answering import Shown
from bot.discord_app.desk import Desk
from bot.discord_app.place import Place
from bot.discord_app.reply import SaidError
from bot.discord_text import kept_text, say
from bot.session import Session
from index.errors import SourceError
from index.library import Kept
from index.sources import LARGEST, read_bytes, read_text
from index.sources.files import is_url

FEWEST_WORDS = 30  # of a message that is taken for an article; fewer are talk
FILES = frozenset(
    {".txt", ".text", ".md", ".markdown", ".mdown", ".html", ".htm", ".xhtml", ".pdf", ".docx"}
)
_LINK = re.compile(r"https?://[^\s<>|\\`]+[^\s<>|\\`.,:;!?\"'“”‘’)\]*_~]")

Keep = Callable[[Session], Kept]


async def add(desk: Desk, place: Place, keep: Keep) -> Kept:
    """Keeps an article, if this person may add one; raises SaidError if not, and SourceError."""
    await require_adder(desk, place)
    kept = await desk.rooms.run(place.collection, keep, lane="read")
    desk.metrics.added(kept.outcome)
    return kept


async def require_adder(desk: Desk, place: Place) -> None:
    """Raises SaidError if this person may not add articles here."""
    if not desk.is_adder(place, await desk.options(place.collection)):
        raise SaidError(say("may_not_add", place.language))


async def shown_kept(desk: Desk, place: Place, keep: Keep) -> Shown:
    """What is said of an article that was added."""
    kept = await add(desk, place, keep)
    return Shown([kept_text(kept, place.language)], title=kept.version.article.title)


def from_link(link: str, title: str = "") -> Keep:
    """Reads a link; raises SourceError for what is none."""
    if not is_url(link):  # a path would be one of the operator's files
        raise SourceError("A link starts with https://; please check it.", "not_a_link")
    return lambda session: session.intake.add(link, title)


def from_text(text: str, title: str = "") -> Keep:
    """Reads pasted words."""
    read = partial(read_text, text, "The pasted text", title, source="pasted on Discord")
    return lambda session: session.store.add_article(read())


async def from_file(file: discord.Attachment, title: str = "") -> Keep:
    """Downloads an attachment and reads it; raises SourceError, before anything is fetched, for
    what cannot be read or is too large."""
    read = partial(read_bytes, await _download(file), file.filename, title)
    return lambda session: session.store.add_article(read())


async def from_message(message: discord.Message) -> Keep | None:
    """What a message holds to be read: its first link, its file, or its words if they are many
    enough for an article; None if it holds nothing."""
    for text in (message.content, *(embed.url or "" for embed in message.embeds)):
        if link := first_link(text):
            return from_link(link)
    for file in message.attachments:
        if is_readable(file):
            return await from_file(file)
    if len(message.content.split()) >= FEWEST_WORDS:
        return from_text(message.content)
    return None


def first_link(text: str) -> str:
    """The first link in a message; "" if there is none."""
    found = _LINK.search(text)
    return found[0] if found else ""


def is_readable(file: discord.Attachment) -> bool:
    """Whether its name is that of a file that can be read."""
    return PurePath(file.filename).suffix.lower() in FILES


async def _download(file: discord.Attachment) -> bytes:
    _require_readable(file)
    try:
        return await file.read()
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        raise SourceError(
            f"{file.filename} could not be fetched from Discord; please attach it again.",
            "attachment_lost",
            name=file.filename,
        ) from error


def _require_readable(file: discord.Attachment) -> None:
    if not is_readable(file):
        raise SourceError(
            f"{file.filename} is no file that can be read; attach text, Markdown, HTML, PDF or "
            "DOCX.",
            "wrong_file",
            name=file.filename,
        )
    if file.size > LARGEST:
        raise SourceError(
            f"{file.filename} has {file.size / 1e6:,.0f} MB; an article may have at most "
            f"{LARGEST / 1e6:.0f} MB.",
            "too_large",
            name=file.filename,
            most=LARGEST / 1e6,
        )
