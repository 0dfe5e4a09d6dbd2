"""`/help`, `/about` and `/privacy` as messages. Pure."""

from __future__ import annotations

from bot import __version__
from bot.discord_text.markup import own, pages
from bot.discord_text.wording import command_description, command_name, say

_IN_HELP = (
    "ask",
    "quotes",
    "summary",
    "article add",
    "article list",
    "article show",
    "article refresh",
    "article remove",
    "settings show",
    "about",
    "privacy",
    "forget me",
    "forget server",
)


def help_pages(language: str) -> list[str]:
    """How to ask, and the commands by the names that they have in that language."""
    commands = [
        f"`/{command_name(name, language)}` · {command_description(name, language)}"
        for name in _IN_HELP
    ]
    ends = (say(name, language) for name in ("help_mention", "help_menu"))
    return pages([own(line) for line in (say("help_intro", language), *commands, *ends)])


def about_pages(language: str) -> list[str]:
    """Which version this is, what “word for word” promises and what not, and the licences."""
    sentences = (
        say("about_title", language, version=__version__),
        say("about_promise", language),
        say("about_limits", language),
        f"-# {say('about_licences', language)}",
    )
    return pages([own(sentence) for sentence in sentences])


def privacy_pages(retention_days: int, leave_days: int, language: str) -> list[str]:
    """What is kept, for how long, and how to have it deleted."""
    sentences = (
        say("privacy_title", language),
        say("privacy_asked", language),
        say("privacy_days", language, count=retention_days),
        say("privacy_articles", language),
        say("privacy_leave", language, count=leave_days),
        say("privacy_machine", language),
    )
    return pages([own(sentence) for sentence in sentences])
