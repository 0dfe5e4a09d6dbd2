"""Threads in which people go on asking."""

from __future__ import annotations

from typing import Literal

import discord

from bot.discord_app.answering import Shown
from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, Place
from bot.discord_text import say

LONGEST_NAME = 100
KEPT_OPEN: Literal[1440] = 1440  # minutes without a message, after which Discord archives it


async def open_thread(
    desk: Desk, interaction: Interaction, place: Place, shown: Shown, private: bool
) -> None:
    """Opens a thread under an answer, or tells who asked for it why there is none."""
    if private or not place.is_server or isinstance(interaction.channel, discord.Thread):
        sentence = say("thread_private" if private else "thread_only_in_servers", place.language)
        await interaction.followup.send(sentence, ephemeral=True)
        return
    try:
        message = await interaction.original_response()
        thread = await message.create_thread(
            name=thread_name(shown.title), auto_archive_duration=KEPT_OPEN
        )
        await keep_thread(desk, place, thread, shown)
    except discord.Forbidden:
        where = str(getattr(interaction.channel, "name", ""))
        sentence = say("thread_forbidden", place.language, channel=where)
        await interaction.followup.send(sentence, ephemeral=True)


async def keep_thread(desk: Desk, place: Place, thread: discord.Thread, shown: Shown) -> None:
    """Remembers what a thread is about, and says in it how to go on."""
    quotes = shown.answer.quotes if shown.answer else ()
    article = quotes[0].version.article.id if quotes else 0
    await desk.look(
        place.collection, lambda records: records.set_thread(thread.id, article, shown.asked)
    )
    await thread.send(say("thread_opened", place.language))


def thread_name(title: str) -> str:
    """A thread's name: what it is about, on one line."""
    line = " ".join(title.split()) or "Pullquote"
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
