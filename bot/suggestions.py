"""What could be asked where the articles do not say."""

from __future__ import annotations

from bot.answers import Answer


def suggestions(answer: Answer, most: int = 3) -> list[str]:
    """Names and phrases of the passages that were read, nearest first."""
    return []
