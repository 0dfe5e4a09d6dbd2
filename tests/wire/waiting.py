"""Waiting until something is so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 30.0  # seconds after which a test gives up; nothing is measured by it

Found = TypeVar("Found")


class Changes:
    """Wakes who waits for a thing to change."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def happened(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, found: Callable[[], Found], patience: float = PATIENCE) -> Found:
        """What `found` returns, once that is true of it. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while not (value := found()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
        return value
