"""`/help`, `/about` and `/privacy`."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, place_of
from bot.discord_text import about_pages, help_pages, privacy_pages


class Info(commands.Cog):
    """What people may want to know of the bot; only who asks sees it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.command(description="How to ask, and what else I can do")
    async def help(self, interaction: Interaction) -> None:
        place = place_of(interaction)
        await _show(interaction, help_pages(place.language))

    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.command(description="What I am, and what “word for word” promises")
    async def about(self, interaction: Interaction) -> None:
        await _show(interaction, about_pages(place_of(interaction).language))

    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.command(description="What I keep, for how long, and how to have it deleted")
    async def privacy(self, interaction: Interaction) -> None:
        place = place_of(interaction)
        options = await self._desk.options(place.collection)
        pages = privacy_pages(
            options.retention_days, self._desk.settings.leave_days, place.language
        )
        await _show(interaction, pages)


async def _show(interaction: Interaction, pages: list[str]) -> None:
    await interaction.response.send_message(pages[0], ephemeral=True, suppress_embeds=True)
    for page in pages[1:]:
        await interaction.followup.send(page, ephemeral=True, suppress_embeds=True)
