"""How an answer reaches people: as the response to an interaction, or as a message of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

import discord

from bot.discord_app.place import Interaction
from index.errors import PullquoteError

log = logging.getLogger(__name__)

# Unknown interaction, unknown webhook, unknown message, invalid webhook token.
_GONE = frozenset({10062, 10015, 10008, 50027})


class TooLateError(Exception):
    """Discord does not take a response to this interaction any more; there is nobody to tell."""


class SaidError(PullquoteError):
    """A sentence that is in the asker's language already."""


class Reply(Protocol):
    """One way to answer one person."""

    async def begin(self) -> None:
        """Says at once that it is at work. Raises TooLateError if nobody waits any more."""

    async def show(self, pages: Sequence[str], view: discord.ui.View | None = None) -> list[int]:
        """Shows the messages, the buttons under the last; returns their ids."""

    async def apologise(self, sentence: str) -> None:
        """Tells the asker, and as far as possible nobody else, what went wrong."""


class InteractionReply:
    """The response to a command, a button or a form; `private`: only for who asked."""

    def __init__(self, interaction: Interaction, private: bool) -> None:
        self._interaction, self._private = interaction, private

    async def begin(self) -> None:
        try:
            await self._interaction.response.defer(ephemeral=self._private, thinking=True)
        except discord.HTTPException as error:
            if error.code not in _GONE:
                raise
            log.warning("an interaction was over before it could be acknowledged")
            raise TooLateError from error

    async def show(self, pages: Sequence[str], view: discord.ui.View | None = None) -> list[int]:
        try:
            return await self._respond(pages, view)
        except discord.HTTPException as error:
            if error.code not in _GONE or self._private:
                raise
            log.warning("an interaction's token is no longer valid: answering in the channel")
            return await self._in_channel(pages, view)

    async def _respond(self, pages: Sequence[str], view: discord.ui.View | None) -> list[int]:
        # The client as a whole allows no mentions.
        first = view if view and len(pages) == 1 else discord.utils.MISSING
        message = await self._interaction.edit_original_response(content=pages[0], view=first)
        ids = [message.id]
        for number, page in enumerate(pages[1:], start=2):
            under = view if view and number == len(pages) else discord.utils.MISSING
            more = await self._interaction.followup.send(
                page, ephemeral=self._private, suppress_embeds=True, view=under, wait=True
            )
            ids.append(more.id)
        return ids

    async def _in_channel(self, pages: Sequence[str], view: discord.ui.View | None) -> list[int]:
        channel = self._interaction.channel
        if not isinstance(channel, discord.abc.Messageable):
            raise TooLateError
        return await _send_all(channel, pages, view)

    async def apologise(self, sentence: str) -> None:
        """What was deferred in public cannot become private, so it goes first."""
        if self._private:
            await self._interaction.edit_original_response(content=sentence)
            return
        await self._interaction.delete_original_response()
        await self._interaction.followup.send(sentence, ephemeral=True, suppress_embeds=True)


class MessageReply:
    """A message under the one that asked; in `thread`, if it shall go on there."""

    def __init__(self, message: discord.Message, thread: discord.Thread | None = None) -> None:
        self._message, self._thread = message, thread

    async def begin(self) -> None:
        await self._channel.typing()

    async def show(self, pages: Sequence[str], view: discord.ui.View | None = None) -> list[int]:
        asked = None if self._thread else self._message.to_reference(fail_if_not_exists=False)
        return await _send_all(self._channel, pages, view, asked)

    async def apologise(self, sentence: str) -> None:
        await self.show([sentence])

    @property
    def _channel(self) -> discord.abc.Messageable:
        return self._thread or self._message.channel


async def _send_all(
    channel: discord.abc.Messageable,
    pages: Sequence[str],
    view: discord.ui.View | None,
    asked: discord.MessageReference | None = None,
) -> list[int]:
    ids = []
    for number, page in enumerate(pages, start=1):
        under = view if view and number == len(pages) else None
        first = asked if number == 1 else None
        sent = await channel.send(
            page,
            suppress_embeds=True,
            mention_author=False,
            view=under,  # type: ignore[arg-type]  # None is the default of both
            reference=first,  # type: ignore[arg-type]
        )
        ids.append(sent.id)
    return ids
