"""How the bot starts, or says in one sentence why it cannot; `pullquote discord` as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import discord
import pytest

from tests.wire.server import DiscordServer, discord_server

CONTENT = discord.Intents(message_content=True).value


async def start(server: DiscordServer, home: Path, **more: str) -> asyncio.subprocess.Process:
    """`pullquote discord`, which takes our server for Discord."""
    settings = {"PULLQUOTE_HOME": str(home), "PULLQUOTE_ANSWERER": "best-sentence"}
    own = {"DISCORD_TOKEN": server.token} | settings | more
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.wire.connect", server.base, "discord"),
        env=os.environ | own,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    """Its exit status, and the last thing that it said."""
    _, err = await process.communicate()
    return process.returncode or 0, err.decode()


@pytest.mark.parametrize("wrong", ["no token", "another token", "no intent"])
async def test_what_hinders_it_is_one_sentence(tmp_path: Path, wrong: str) -> None:
    async with discord_server() as server:
        more = {"no token": {"DISCORD_TOKEN": " "}, "no intent": {"PULLQUOTE_MESSAGE_CONTENT": "1"}}
        process = await start(server, tmp_path, **more.get(wrong, {}))
        if wrong == "another token":
            server.refuse_token()
        status, said = await ended(process)
        assert status == 78
        assert said.count("pullquote: ") == 1
        assert "Traceback" not in said
        assert server.token not in said
        server.take_violations()


async def test_it_prints_its_invitation_and_stops_when_it_is_told_to(tmp_path: Path) -> None:
    async with discord_server(intents=CONTENT) as server:
        process = await start(server, tmp_path, PULLQUOTE_MESSAGE_CONTENT="1")
        await server.online.wait()
        process.send_signal(signal.SIGTERM)
        status, said = await ended(process)
        assert status == 0
        assert "https://discord.com/oauth2/authorize?client_id=" in said
        assert server.token not in said
