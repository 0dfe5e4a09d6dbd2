"""What people choose from while they type."""

from __future__ import annotations

import logging

from discord import app_commands

from bot.discord_app.desk import Desk
from bot.discord_app.place import Interaction, place_of
from index.articles import Article
from index.errors import PullquoteError

MOST = 25  # Discord shows no more
LONGEST = 100  # characters

log = logging.getLogger(__name__)


async def article_choices(
    desk: Desk, interaction: Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """The articles here whose title or number has what was typed, newest first."""
    try:
        articles = await desk.rooms.run(
            place_of(interaction).collection,
            lambda session: session.library.articles(),
            lane="look",
        )
    except PullquoteError as error:  # choices have no room for a sentence
        log.warning("no articles to choose from", extra={"why": type(error).__name__})
        return []
    fitting = [a for a in reversed(articles) if _fits(a, typed.casefold().strip())]
    return [
        app_commands.Choice(name=f"{a.id} {a.title}"[:LONGEST], value=str(a.id))
        for a in fitting[:MOST]
    ]


def _fits(article: Article, typed: str) -> bool:
    return typed in article.title.casefold() or typed == str(article.id)
