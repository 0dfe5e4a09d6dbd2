"""A bot with a little of everything, so that the double is tried by a real discord.py client."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]


class Question(discord.ui.Modal, title="A question"):
    """One field with a label around it, one with its own."""

    words: discord.ui.Label[Any] = discord.ui.Label(
        text="Words", component=discord.ui.TextInput(max_length=50)
    )

    async def on_submit(self, interaction: Interaction) -> None:
        field = self.words.component
        assert isinstance(field, discord.ui.TextInput)
        await interaction.response.send_message(f"You wrote {field.value}", ephemeral=True)


class Buttons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Update", custom_id="update")
    async def update(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.edit_message(content="updated")

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="updated later", view=None)

    @discord.ui.button(label="Private", custom_id="private")
    async def private(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_message("only for you", ephemeral=True)

    @discord.ui.button(label="Form", custom_id="form")
    async def form(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Question())

    @discord.ui.button(label="Delete", custom_id="delete")
    async def delete(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()


class Menu(discord.ui.View):
    options = (discord.SelectOption(label="Red"), discord.SelectOption(label="Blue"))

    @discord.ui.select(custom_id="colour", options=list(options), max_values=2)
    async def colour(self, interaction: Interaction, menu: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(" and ".join(menu.values))


class Small(commands.Cog):
    """Everything is public but what says otherwise."""

    def __init__(self, bot: SmallBot) -> None:
        self.bot = bot

    @app_commands.command(description="Says it again")
    async def echo(self, interaction: Interaction, text: str, times: int = 1) -> None:
        self.bot.seen.append(text)
        await interaction.response.send_message(text * times, view=Buttons())

    @app_commands.command(description="Thinks first")
    async def think(self, interaction: Interaction, text: str, private: bool = False) -> None:
        await interaction.response.defer(thinking=True, ephemeral=private)
        await interaction.edit_original_response(content=text)
        more = await interaction.followup.send("and more", wait=True, ephemeral=private)
        await more.edit(content="and even more")

    @app_commands.command(description="Reads a file")
    async def read(self, interaction: Interaction, file: discord.Attachment) -> None:
        data = await file.read()
        back = discord.File(io.BytesIO(data.upper()), "back.txt")
        await interaction.response.send_message("Here it is", file=back)

    @app_commands.command(description="Lets choose")
    @app_commands.allowed_installs(guilds=True, users=True)
    async def choose(self, interaction: Interaction) -> None:
        await interaction.response.send_message("Which?", view=Menu())

    @app_commands.command(description="Finds something")
    async def find(self, interaction: Interaction, what: str) -> None:
        await interaction.response.send_message(what, ephemeral=True)

    @find.autocomplete("what")
    async def complete(self, interaction: Interaction, typed: str) -> list[Choice]:
        return [Choice(name=f"{typed} {n}", value=f"{typed}{n}") for n in (1, 2)]

    @app_commands.command(description="Opens a thread under its answer")
    async def thread(self, interaction: Interaction, name: str) -> None:
        await interaction.response.send_message("look below")
        answer = await interaction.original_response()
        opened = await answer.create_thread(name=name, auto_archive_duration=1440)
        await opened.send("the first", suppress_embeds=True)

    group = app_commands.Group(
        name="many",
        description="Several",
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @group.command(name="lists", description="Who asks, and where")
    async def lists(self, interaction: Interaction) -> None:
        where = (interaction.locale.value, interaction.guild_locale, interaction.permissions)
        await interaction.response.send_message(repr(where))

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        self.bot.heard.append(message)
        if message.author == self.bot.user or not self.bot.user:
            return
        if message.guild is None or self.bot.user in message.mentions:
            async with message.channel.typing():
                await message.reply(f"you said {message.content}", mention_author=False)


class SmallBot(commands.AutoShardedBot):
    """`seen` and `heard`: what came to it."""

    def __init__(self, **options: Any) -> None:
        intents = options.pop("intents", discord.Intents(guilds=True, messages=True))
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
            chunk_guilds_at_startup=False,
            **options,
        )
        self.seen: list[str] = []
        self.heard: list[discord.Message] = []
        self.failures: asyncio.Queue[BaseException] = asyncio.Queue()

    async def setup_hook(self) -> None:
        self.add_view(Buttons())
        await self.add_cog(Small(self))

        @self.tree.context_menu(name="Repeat")
        async def repeat(interaction: Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(message.content, ephemeral=True)

        @self.tree.error
        async def failed(interaction: Interaction, error: app_commands.AppCommandError) -> None:
            self.failures.put_nowait(error.__cause__ or error)

        await self.tree.sync()
