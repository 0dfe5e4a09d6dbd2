"""Time that a test moves by hand, and ids that carry their time as Discord's do."""

from __future__ import annotations

import time
from datetime import UTC, datetime

_EPOCH = 1_420_070_400_000  # milliseconds; Discord counts from 2015


class Clock:
    """Seconds. They pass by themselves only if the clock is `running`."""

    def __init__(self, running: bool = False) -> None:
        self._running = running
        self._moved = 0.0

    def now(self) -> float:
        return self._moved + (time.monotonic() if self._running else 0.0)

    def advance(self, seconds: float) -> None:
        self._moved += seconds


class Snowflakes:
    """Ids that grow, each with the millisecond at which it was made."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        now = (time.time_ns() // 1_000_000 - _EPOCH) << 22
        self._last = max(now, self._last + 1)
        return self._last


def timestamp(snowflake: int | None = None) -> str:
    """When an id was made, or now, as Discord writes it."""
    if snowflake is None:
        return datetime.now(UTC).isoformat()
    return datetime.fromtimestamp(((snowflake >> 22) + _EPOCH) / 1000, UTC).isoformat()
