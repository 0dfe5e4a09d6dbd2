"""The context menus of messages: ask about one, or add what it holds as an article."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.discord_app import keeping
from bot.discord_app.answering import Shown
from bot.discord_app.desk import Desk
from bot.discord_app.forms import AskForm
from bot.discord_app.place import Interaction, place_of
from bot.discord_app.reply import InteractionReply, SaidError
from bot.discord_text import say


def add_menus(tree: app_commands.CommandTree, desk: Desk) -> None:
    """Puts both menus on messages."""

    async def ask(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_modal(AskForm(desk, place_of(interaction), message))

    async def add(interaction: Interaction, message: discord.Message) -> None:
        place = place_of(interaction)

        async def added() -> Shown:
            await keeping.require_adder(desk, place)  # before anything is fetched
            keep = await keeping.from_message(message)
            if keep is None:
                raise SaidError(say("nothing_to_read", place.language))
            return await keeping.shown_kept(desk, place, keep)

        await desk.serve(InteractionReply(interaction, private=True), place, added)

    for name, callback in (("Ask about this", ask), ("Add as article", add)):
        menu = app_commands.ContextMenu(name=name, callback=callback)
        menu.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        )
        menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
        tree.add_command(menu)
