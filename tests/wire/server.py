"""A Discord on this machine, which the real bot logs in to over HTTP and a websocket.

Everything that the bot sends is judged by what Discord has published of its API (openapi.json.xz)
and by the limits that it tells elsewhere; so is everything that the double answers. What the bot
must not do is a violation, and fails the test.

    async with running(rooms) as server:
        asked = server.slash("ask", question="Who built the bridge?")
        message = await asked.message()
        details = server.click(message, "Why?")
        server.drop()                       # the socket dies; the bot resumes
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.wire import rest_application, rest_channels, rest_interactions
from tests.wire.faults import Faults
from tests.wire.people import People
from tests.wire.rest import PREFIX, add_routes
from tests.wire.traffic import DOWNLOAD

_LARGEST = 64 * 1024 * 1024  # bytes of a request; Discord's own limit is judged where it is smaller
ROUTES = (rest_application, rest_channels, rest_interactions)  # their import registers them


class DiscordServer(People, Faults):
    """Serves from `start` to `close`. What people do and what goes wrong are its methods."""

    async def start(self) -> None:
        app = web.Application(client_max_size=_LARGEST)
        add_routes(app, self)
        app.router.add_get("/attachments/{number}/{name}", self._download)
        app.router.add_get("/gateway/", self.gateway.connect)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")

    async def close(self) -> None:
        self.traffic.release_all()
        await self.gateway.close()
        await self._server.close()

    @property
    def base(self) -> str:
        """What `discord.http.Route.BASE` has to be."""
        return self.url + PREFIX

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file = self.files.get(int(request.match_info["number"]))
        if file is None:
            return web.Response(status=404)
        self.downloads.append(file.name)
        await self.traffic.held(DOWNLOAD)
        return web.Response(body=file.data, content_type=file.content_type.partition(";")[0])


@asynccontextmanager
async def discord_server(guilds: int = 1, **options: Any) -> AsyncIterator[DiscordServer]:
    """A server with some guilds (“Server 1”, …); options are World's. Raises AssertionError at the
    end if the bot did what Discord would not have taken."""
    server = DiscordServer(**options)
    for number in range(guilds):
        server.make_guild(f"Server {number + 1}")
    await server.start()
    try:
        yield server
    except BaseException as error:
        for violation in server.violations:  # which may be what it comes of
            error.add_note(str(violation))
        raise
    finally:
        await server.close()
    assert not server.violations, "\n".join(map(str, server.violations))
