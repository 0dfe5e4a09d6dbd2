"""Makes the pictures of docs/discord.md: ``python -m docs.pictures.make``.

The real bot answers on a simulated Discord, whose preview draws what people see. Needs, besides the
development environment, ``pip install "simcord[screenshot]"`` and a Chromium (in CHROMIUM, by
default Debian's).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from playwright.async_api import Browser, BrowserType
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.discord_app.bot import Bot
from bot.discord_app.rooms import Rooms
from bot.session import EXAMPLE, Models, Session, load_models
from bot.settings import Settings
from index.library import Kept
from index.sources import read_file
from tests.behaviour.world import Server, World

HERE = Path(__file__).parent
WIDE, PHONE = (760, 420), (390, 560)
LINK = "https://news.example/prisoner-exchange"

Scene = Callable[[World, Server, MemberActor], Awaitable[tuple[ChannelHandle, Any]]]


async def answer(_: World, server: Server, mara: MemberActor) -> tuple[ChannelHandle, Any]:
    asked = "Where was Valerii taken captive?"
    return server.general, (await mara.slash(server.general, "ask", question=asked)).response


async def silence(_: World, server: Server, mara: MemberActor) -> tuple[ChannelHandle, Any]:
    asked = "How old is Valerii?"
    return server.general, (await mara.slash(server.general, "ask", question=asked)).response


async def context(_: World, server: Server, mara: MemberActor) -> tuple[ChannelHandle, Any]:
    asked = await mara.slash(server.general, "ask", question="Where was Valerii taken captive?")
    return server.general, (await mara.click(asked.response, label="In context")).response


async def room(_: World, server: Server, mara: MemberActor) -> tuple[ChannelHandle, Any]:
    await mara.slash(server.general, "settings rooms", channel=server.general)
    with patch("bot.discord_app.keeping.from_link", lambda _: _add_example):
        await mara.send(server.general, LINK)
    [thread] = server.general.threads
    return thread, thread.last_message


SCENES: Mapping[str, tuple[Scene, tuple[int, int]]] = {
    "answer": (answer, WIDE),
    "answer-phone": (answer, PHONE),
    "silence": (silence, WIDE),
    "context": (context, WIDE),
    "room": (room, WIDE),
}


async def _picture(name: str, scene: Scene, size: tuple[int, int], models: Models) -> None:
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home), message_content=True)

        def start() -> tuple[Rooms, Bot]:
            rooms = Rooms(settings, models)
            return rooms, Bot(rooms)

        world = World(start)
        await world.open()
        world.env.backend.bot_user.name = "Pullquote"
        server = world.server("News readers")
        mara = world.manager(server)
        await world.env.settle()
        await world.rooms.run(f"discord:{server.id}", _add_example)
        channel, message = await scene(world, server, mara)
        async with world.env.preview(channel, viewers=[mara]) as preview:
            await preview.screenshot(HERE / f"{name}.png", target=message, viewport=size)
        await world.close()


def _add_example(session: Session) -> Kept:
    """As if it had been read at a link, which nothing here fetches."""
    version = read_file(Path(EXAMPLE))
    return session.store.add_article(replace(version, article=replace(version.article, url=LINK)))


async def _launch(self: BrowserType, **_: Any) -> Browser:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return await _REAL_LAUNCH(self, executable_path=path, args=["--no-sandbox"])


_REAL_LAUNCH = BrowserType.launch


def main() -> None:
    BrowserType.launch = _launch  # type: ignore[method-assign]  # Playwright's own is not there
    models = load_models(Settings())
    for name, (scene, size) in SCENES.items():
        asyncio.run(_picture(name, scene, size, models))


if __name__ == "__main__":
    main()
