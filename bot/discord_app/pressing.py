"""What the buttons under an answer do."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import discord

from bot.discord_app import answering
from bot.discord_app.answering import Shown
from bot.discord_app.buttons import AnswerButton, context_view
from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, Place, place_of
from bot.discord_app.records import Asked, Records
from bot.discord_app.reply import InteractionReply, SaidError
from bot.discord_text import ContextPage, context_page, say, why_page

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pressed:
    """Which question's button was pressed, where, and under which message."""

    place: Place
    number: int
    message: int


async def press(desk: Desk, interaction: Interaction, button: AnswerButton) -> None:
    """Does what a button says; whoever pressed it sees the result alone."""
    place = place_of(interaction)
    message = interaction.message.id if interaction.message else 0
    pressed = Pressed(place, button.asked, message)
    if button.verb == "delete":
        with desk.holding():
            await _delete(desk, interaction, place, button.asked)
    elif button.verb in ("context", "page"):
        with desk.holding():
            await _context(desk, interaction, place, button)
    else:
        work = {
            "why": partial(_why, desk, pressed),
            "more": partial(_more, desk, pressed),
            "good": partial(_vote, desk, pressed, good=True),
            "bad": partial(_vote, desk, pressed, good=False),
        }[button.verb]
        await desk.serve(InteractionReply(interaction, private=True), place, work)


async def _why(desk: Desk, pressed: Pressed) -> Shown:
    asked = await desk.look(pressed.place.collection, partial(_shown_here, pressed))
    return Shown([why_page(asked, pressed.place.language)])


async def _more(desk: Desk, pressed: Pressed) -> Shown:
    place = pressed.place
    asked = await desk.look(place.collection, partial(_shown_here, pressed))
    options = await desk.options(place.collection)
    await desk.admit(place, options)
    work = partial(answering.more, place=place, asked=asked)
    return await desk.rooms.run(place.collection, work)


async def _vote(desk: Desk, pressed: Pressed, *, good: bool) -> Shown:
    place = pressed.place

    def voted(records: Records) -> bool | None:
        return records.vote(_shown_here(pressed, records).id, place.user, good)

    stands = await desk.look(place.collection, voted)
    name = {True: "voted_good", False: "voted_bad", None: "voted_back"}[stands]
    return Shown([say(name, place.language)])


async def _context(
    desk: Desk, interaction: Interaction, place: Place, button: AnswerButton
) -> None:
    """The passage around a quote: a message of its own, whose buttons then change it in place."""

    def found(records: Records) -> ContextPage:
        asked = _asked(records, place, button.asked)
        kept = asked.quotes or ((asked.nearest,) if asked.nearest else ())
        quote = records.quote(kept[button.quote]) if button.quote < len(kept) else None
        if quote is None:
            raise SaidError(say("quote_gone", place.language))
        newest = records.newest(quote)
        return context_page(quote, newest, place.language, button.at)

    shown, sentence = await desk.outcome(
        partial(desk.look, place.collection, found), place.language
    )
    view = (
        context_view(button.asked, button.quote, shown.earlier, shown.later, place.language)
        if shown
        else None
    )
    text = shown.text if shown else sentence
    if button.verb == "page":
        await interaction.response.edit_message(content=text, view=view)
    else:
        under = view if view and view.children else discord.utils.MISSING
        await interaction.response.send_message(
            text, view=under, ephemeral=True, suppress_embeds=True
        )


async def _delete(desk: Desk, interaction: Interaction, place: Place, number: int) -> None:
    """For who asked, and for who may delete messages here anyway."""

    def allowed(records: Records) -> list[int]:
        asked = records.asked(number)
        if asked is None:  # forgotten; then only a moderator can tell that it may go
            if place.manages_messages:
                return []
            raise SaidError(say("answer_gone", place.language))
        if place.user != asked.user and not place.manages_messages:
            raise SaidError(say("not_yours", place.language))
        return records.messages(number)

    messages, sentence = await desk.outcome(
        partial(desk.look, place.collection, allowed), place.language
    )
    if messages is None:
        await interaction.response.send_message(sentence, ephemeral=True)
        return
    await interaction.response.defer()
    await interaction.delete_original_response()
    shown_here = interaction.message.id if interaction.message else 0
    await _delete_rest(interaction, [m for m in messages if m != shown_here])
    await desk.look(place.collection, lambda records: records.forget_asked(number))


async def _delete_rest(interaction: Interaction, messages: list[int]) -> None:
    """The answer's other messages, as far as the bot may."""
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable) or isinstance(
        channel, discord.GroupChannel
    ):
        return
    for message in messages:
        with suppress(discord.NotFound):
            try:
                await channel.get_partial_message(message).delete()
            except discord.Forbidden:
                log.warning("a part of an answer could not be deleted: the bot may not see it")


def _shown_here(pressed: Pressed, records: Records) -> Asked:
    """The question, if the button's message shows its answer, or if it is the presser's own: with
    a forged id nobody sees what somebody else has asked in private."""
    asked = _asked(records, pressed.place, pressed.number)
    if asked.user == pressed.place.user or pressed.message in records.messages(asked.id):
        return asked
    raise SaidError(say("answer_gone", pressed.place.language))


def _asked(records: Records, place: Place, number: int) -> Asked:
    asked = records.asked(number)
    if asked is None:
        raise SaidError(say("answer_gone", place.language))
    return asked
