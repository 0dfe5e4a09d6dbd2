"""`/forget me` and `/forget server`: each asks once more, and then leaves no trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord_app.answering import Shown
from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, Place, place_of
from bot.discord_app.reply import InteractionReply
from bot.discord_text import say

PATIENCE = 120.0  # seconds for the second thought

Forget = Callable[[], Awaitable[Shown]]


class Sure(discord.ui.View):
    """One button, for who asked to forget."""

    def __init__(self, desk: Desk, place: Place, forget: Forget) -> None:
        super().__init__(timeout=PATIENCE)
        self._desk, self._place, self._forget = desk, place, forget
        self.button: discord.ui.Button[Sure] = discord.ui.Button(
            style=discord.ButtonStyle.danger, label=say("button_forget", place.language)
        )
        self.button.callback = self._sure  # type: ignore[method-assign]
        self.add_item(self.button)

    async def _sure(self, interaction: Interaction) -> None:
        self.stop()
        reply = InteractionReply(interaction, private=True)
        await self._desk.serve(reply, self._place, self._forget)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
@app_commands.allowed_installs(guilds=True, users=True)
class Forgetting(commands.GroupCog, group_name="forget", group_description="Have data deleted"):
    """What is forgotten is in no file any more."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @app_commands.command(description="Delete all that I keep of you, everywhere")
    async def me(self, interaction: Interaction) -> None:
        place = place_of(interaction)

        async def forget() -> Shown:
            count = await self._desk.forget_user(place.user)
            return Shown([say("forgot_me", place.language, count=count)])

        await self._ask(interaction, place, "sure_me", forget)

    @app_commands.command(description="Delete this server's articles, questions and settings")
    async def server(self, interaction: Interaction) -> None:
        place = place_of(interaction)

        async def forget() -> Shown:
            await self._desk.forget_collection(place.collection)
            return Shown([say("forgot_server", place.language)])

        if place.is_server and place.manages_server:
            await self._ask(interaction, place, "sure_server", forget)
        else:
            text = say("may_not_forget_server", place.language)
            await interaction.response.send_message(text, ephemeral=True)

    async def _ask(
        self, interaction: Interaction, place: Place, sentence: str, forget: Forget
    ) -> None:
        view = Sure(self._desk, place, partial(forget))
        text = say(sentence, place.language)
        await interaction.response.send_message(text, view=view, ephemeral=True)
