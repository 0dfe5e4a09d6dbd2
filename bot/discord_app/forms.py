"""The forms that people fill in: a pasted article, and a question about a message."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord

from bot.chain import LONGEST_QUESTION
from bot.discord_app import keeping
from bot.discord_app.answering import Request, Shown
from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, Place
from bot.discord_app.reply import InteractionReply, SaidError
from bot.discord_text import say
from index.sources.url import plain

LONGEST_PASTE = 4000  # Discord takes no more in a form
LONGEST_TITLE = 120
PATIENCE = 900.0  # seconds for which a form may stay open; Discord does not tell when one is closed


class PasteForm(discord.ui.Modal):
    """Takes the text of an article."""

    def __init__(self, desk: Desk, place: Place, title: str) -> None:
        super().__init__(title=say("paste_form", place.language), timeout=PATIENCE)
        self._desk = desk
        self._place = place
        self.name: discord.ui.TextInput[Any] = discord.ui.TextInput(
            default=title or None, required=False, max_length=LONGEST_TITLE
        )
        self.text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, max_length=LONGEST_PASTE
        )
        _add(self, say("paste_title", place.language), self.name)
        _add(self, say("paste_text", place.language), self.text)

    async def on_submit(self, interaction: Interaction) -> None:
        keep = keeping.from_text(self.text.value, self.name.value.strip())
        work = partial(keeping.shown_kept, self._desk, self._place, keep)
        await self._desk.serve(InteractionReply(interaction, private=False), self._place, work)


class AskForm(discord.ui.Modal):
    """Takes a question about a message, whose article is added for that."""

    def __init__(self, desk: Desk, place: Place, message: discord.Message) -> None:
        super().__init__(title=say("ask_form", place.language), timeout=PATIENCE)
        self._desk, self._place, self._message = desk, place, message
        self.question: discord.ui.TextInput[Any] = discord.ui.TextInput(
            max_length=LONGEST_QUESTION, style=discord.TextStyle.paragraph
        )
        _add(self, say("ask_question", place.language), self.question)

    async def on_submit(self, interaction: Interaction) -> None:
        reply = InteractionReply(interaction, await self._desk.is_private(self._place))
        await self._desk.serve(reply, self._place, self._answer)

    async def _answer(self) -> Shown:
        request = await about_message(self._desk, self._place, self._message, self.question.value)
        if request is None:
            raise SaidError(say("nothing_to_read", self._place.language))
        return await self._desk.ask(self._place, request, "menu")


async def about_message(
    desk: Desk, place: Place, message: discord.Message, question: str
) -> Request | None:
    """A question about what a message holds: the answer that it is, or the article in it, which is
    added if it is not here. None if it holds neither. Raises SourceError and SaidError."""
    asked = await desk.look(place.collection, lambda records: records.asked_in_message(message.id))
    if asked:
        return Request(question, follows=asked.id)
    link = keeping.first_link(message.content)
    known = await _known(desk, place, link) if link else 0
    if known:
        return Request(question, articles=(known,))
    keep = await keeping.from_message(message)
    if keep is None:
        return None
    kept = await keeping.add(desk, place, keep)
    return Request(question, articles=(kept.version.article.id,))


async def _known(desk: Desk, place: Place, link: str) -> int:
    """The article that was read at a link already; 0 if none was."""
    found = await desk.rooms.run(
        place.collection, lambda session: session.library.origin(plain(link)), lane="look"
    )
    return found[0] if found else 0


def _add(form: discord.ui.Modal, label: str, field: discord.ui.TextInput[Any]) -> None:
    form.add_item(discord.ui.Label(text=label, component=field))
