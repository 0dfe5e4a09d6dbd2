"""The bot's connection to Discord: intents, start-up errors in one sentence, a graceful stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import aiohttp
import discord
from discord.ext import commands

from bot.discord_app.commands import Commands
from bot.discord_app.rooms import Rooms
from bot.session import load_models
from bot.settings import Settings
from index.errors import PullquoteError, SettingsError

log = logging.getLogger(__name__)


class Bot(commands.AutoShardedBot):
    """Slash commands only: no privileged intent, and of the cache no more than the servers."""

    def __init__(self, rooms: Rooms) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self._commands = Commands(rooms)

    async def setup_hook(self) -> None:
        await self.add_cog(self._commands)
        await self.tree.sync()
        log.info("invite Pullquote to a server: %s", invite_link(self.application_id or 0))

    async def on_ready(self) -> None:
        log.info("online in %d servers", len(self.guilds))

    async def finish(self) -> None:
        """Takes no new questions, finishes the answers in hand, and disconnects."""
        await self._commands.finish()
        await self.close()


def run_discord(settings: Settings) -> None:
    """Runs the bot until it is interrupted or terminated; answers in hand are finished first.

    Raises SettingsError if the token is missing or refused, EncoderError if the encoder cannot be
    loaded, and PullquoteError if Discord cannot be reached.
    """
    token = settings.discord_token.get_secret_value().strip()
    if not token:
        raise SettingsError(
            "DISCORD_TOKEN is not set; put your bot's token there (docs/discord.md says how)."
        )
    discord.utils.setup_logging()
    with closing(Rooms(settings, load_models(settings))) as rooms:
        asyncio.run(_serve_until_signalled(token, rooms))


async def serve(token: str, rooms: Rooms, stop: asyncio.Event) -> None:
    """Runs the bot until `stop` is set, and raises as `run_discord` does."""
    async with Bot(rooms) as bot:
        running = asyncio.create_task(bot.start(token))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            log.info("finishing the answers in hand")
            await bot.finish()
            running.cancel()
        with suppress(asyncio.CancelledError), _plainly():
            await running


def invite_link(application: int) -> str:
    """Where a server's admin lets the bot in. Answering commands needs no permission at all."""
    return discord.utils.oauth_url(
        application,
        permissions=discord.Permissions.none(),
        scopes=("bot", "applications.commands"),
    )


@contextmanager
def _plainly() -> Iterator[None]:
    """What ends the connection, as a sentence."""
    try:
        yield
    except discord.LoginFailure as error:
        raise SettingsError(
            "Discord refused the token in DISCORD_TOKEN; copy it again from the developer portal."
        ) from error
    except discord.HTTPException as error:
        raise PullquoteError(
            f"Discord answered with status {error.status}, so the bot cannot run; try again later."
        ) from error
    except discord.ConnectionClosed as error:
        raise PullquoteError(
            f"Discord closed the connection for good (code {error.code}); check the bot's token."
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        raise PullquoteError(
            f"Discord cannot be reached ({error}); check the network and try again."
        ) from error


async def _serve_until_signalled(token: str, rooms: Rooms) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends the program as it always does
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(token, rooms, stop)
