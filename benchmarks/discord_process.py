"""The bot in a process of its own, on a loopback Discord: what `benchmarks.discord_load` measures.

``python -m benchmarks.discord_process BASE`` is `pullquote discord` on that Discord, with one thing
changed: how fast questions may come is not limited.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from bot.discord_app.app import run_discord
from bot.discord_app.limits import Limits, Pace
from bot.settings import load_settings
from tests.wire.clients import redirected
from tests.wire.server import DiscordServer

FREE = Pace(burst=1, seconds=0.0)
PATIENCE = 120  # seconds until the bot is online


@dataclass(frozen=True)
class BotProcess:
    """A bot that runs; `log` is what it has logged."""

    pid: int
    log: Path

    @property
    def resident(self) -> float:
        """Megabytes of memory, as Linux counts them."""
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        [found] = [line.split()[1] for line in lines if line.startswith("VmRSS")]
        return int(found) / 1024

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text("utf-8").split()[13:15]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def errors(self) -> list[str]:
        """Lines of the log that tell of errors."""
        return [line for line in self._lines() if " ERROR " in line]

    @property
    def is_online(self) -> bool:
        return any("online in" in line for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from self.log.read_text("utf-8").splitlines()


@asynccontextmanager
async def bot_process(
    server: DiscordServer, home: Path, *, limited: bool = True
) -> AsyncIterator[BotProcess]:
    """`pullquote discord`, online on a loopback Discord. Raises AssertionError if it is not within
    two minutes, with what it has logged."""
    start = ["tests.wire.connect", server.base, "discord"]
    command = start if limited else ["benchmarks.discord_process", server.base]
    own = {"PULLQUOTE_HOME": str(home), "DISCORD_TOKEN": server.token}
    log = home / "bot.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, env=os.environ | own, stderr=out
        )
    running = BotProcess(process.pid, log)
    try:
        await _online(running, process)
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _online(running: BotProcess, process: asyncio.subprocess.Process) -> None:
    for _ in range(PATIENCE * 10):
        if running.is_online or process.returncode is not None:
            break
        await asyncio.sleep(0.1)
    assert running.is_online, running.log.read_text("utf-8")


def main() -> None:
    """The bot without limits on how fast may be asked; the lanes bound what waits, as always."""
    free = partial(Limits, of_user=FREE, of_collection=FREE)
    with redirected(sys.argv[1]), patch("bot.discord_app.bot.Limits", free):
        run_discord(load_settings())


if __name__ == "__main__":
    main()
