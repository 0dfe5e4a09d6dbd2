"""The bot's life: start-up errors in one sentence, health and metrics, a graceful stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import aiohttp
import discord

from bot.discord_app import logs
from bot.discord_app.bot import Bot
from bot.discord_app.health import Health
from bot.discord_app.metrics import Metrics
from bot.discord_app.rooms import Rooms
from bot.session import load_models
from bot.settings import Settings
from index.errors import PullquoteError, SettingsError

_BAD_TOKEN = 4004  # the code with which the gateway closes then

log = logging.getLogger(__name__)


def run_discord(settings: Settings) -> None:
    """Runs the bot until it is interrupted or terminated; answers in hand are finished first.

    Raises SettingsError if the token is missing or refused, or an intent is not granted,
    EncoderError if the encoder cannot be loaded, and PullquoteError if Discord cannot be reached.
    """
    token = settings.discord_token.get_secret_value().strip()
    if not token:
        raise SettingsError(
            "DISCORD_TOKEN is not set; put your bot's token there (docs/discord.md says how)."
        )
    logs.set_up(settings, token)
    with closing(Rooms(settings, load_models(settings))) as rooms:
        asyncio.run(_serve_until_signalled(token, rooms))


async def serve(token: str, rooms: Rooms, stop: asyncio.Event) -> None:
    """Runs the bot until `stop` is set, and raises as `run_discord` does."""
    metrics = Metrics(rooms)
    bot = Bot(rooms, metrics)
    async with bot, Health(bot, metrics, rooms.settings):
        running = asyncio.create_task(bot.start(token))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        log.info("finishing the answers in hand")
        await bot.finish()
        running.cancel()
        with suppress(asyncio.CancelledError), _plainly():
            await running


@contextmanager
def _plainly() -> Iterator[None]:
    """What ends the connection, as a sentence."""
    try:
        yield
    except discord.LoginFailure as error:
        raise SettingsError(
            "Discord refused the token in DISCORD_TOKEN; copy it again from the developer portal."
        ) from error
    except discord.PrivilegedIntentsRequired as error:
        raise SettingsError(
            "Discord does not grant the message content intent; switch it on in the developer "
            "portal, under Bot, or leave PULLQUOTE_MESSAGE_CONTENT unset."
        ) from error
    except discord.HTTPException as error:
        raise PullquoteError(
            f"Discord answered with status {error.status}, so the bot cannot run; try again later."
        ) from error
    except discord.ConnectionClosed as error:
        kind = SettingsError if error.code == _BAD_TOKEN else PullquoteError
        raise kind(
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
