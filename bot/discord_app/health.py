"""How the bot is, for whoever runs it, over HTTP: `/live`, `/ready` and `/metrics`."""

from __future__ import annotations

import errno
from types import TracebackType

from aiohttp import web
from discord.ext import commands
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot.discord_app.metrics import Metrics
from bot.settings import Settings
from index.errors import SettingsError


class Health:
    """Serves from the bot's own event loop, so that an answer tells that it turns. As a context
    manager; nothing listens if the port of the settings is 0."""

    def __init__(self, bot: commands.AutoShardedBot, metrics: Metrics, settings: Settings) -> None:
        self._bot, self._metrics, self._settings = bot, metrics, settings
        app = web.Application()
        app.add_routes(
            [
                web.get("/live", self._live),
                web.get("/ready", self._ready),
                web.get("/metrics", self._tell_metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)

    async def __aenter__(self) -> None:
        """Raises SettingsError if it cannot listen there."""
        host, port = self._settings.health_host, self._settings.health_port
        self._metrics.watch(self._bot)
        if not port:
            return
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            why = "something else does" if error.errno == errno.EADDRINUSE else error.strerror
            raise SettingsError(
                f"The bot cannot listen on {host}:{port} ({why}); change PULLQUOTE_HEALTH_PORT (0: "
                "nowhere) or PULLQUOTE_HEALTH_HOST."
            ) from error

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, _: web.Request) -> web.Response:
        """503 while something is missing. The models are there: the bot starts after them."""
        missing = self._missing()
        return web.json_response(
            {"ready": not missing, "missing": missing}, status=503 if missing else 200
        )

    def _missing(self) -> list[str]:
        if not self._bot.is_ready() or self._bot.is_closed():
            return ["gateway"]
        return [
            f"shard {number}" for number, shard in self._bot.shards.items() if shard.is_closed()
        ]

    async def _tell_metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )
