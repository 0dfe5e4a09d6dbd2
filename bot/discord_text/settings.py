"""A server's settings, and what the bot lacks there, as messages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.discord_text.markup import Line, Own, own, pages
from bot.discord_text.wording import entry, listed, say
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.discord_app.options import ServerOptions


def settings_page(options: ServerOptions, settings: Settings, language: str) -> list[str]:
    """What a server's admins have chosen, and what holds where they have not."""
    own_minimum, own_answerer = options.min_confidence is not None, bool(options.answerer)
    needed = options.min_confidence if own_minimum else settings.min_confidence
    answerer = options.answerer or settings.answerer
    sentences = [
        say("settings_title", language),
        say("settings_private" if options.private else "settings_public", language),
        say("settings_threads_on" if options.threads else "settings_threads_off", language),
        _chosen(say("settings_confidence", language, needed=needed), own_minimum, language),
        _chosen(say("settings_answerer", language, answerer=answerer), own_answerer, language),
        _adders(options, language),
        say("settings_user_daily", language, count=options.user_daily),
        say("settings_server_daily", language, count=options.server_daily),
        say("settings_retention", language, count=options.retention_days),
    ]
    articles = [
        own(say("settings_article", language, channel=channel, number=number))
        for channel, number in options.articles.items()
    ]
    return pages(
        [
            *map(own, sentences),
            *_channels("settings_channels", "settings_everywhere", options.channels, language),
            *_channels("settings_rooms", "settings_no_rooms", options.reading_rooms, language),
            *articles,
        ]
    )


def permission_text(names: Sequence[str], channel: str, language: str) -> str:
    """Which permissions the bot lacks in a channel, by Discord's own names for them; `names` are
    discord.py's."""
    known = [entry("permissions", name, language) or name for name in names]
    return say("cannot_post", language, channel=channel, permissions=listed(known, language))


def _chosen(sentence: Own, is_own: bool, language: str) -> Own:
    return sentence if is_own else Own(f"{sentence} {say('settings_default', language)}")


def _adders(options: ServerOptions, language: str) -> Own:
    if isinstance(options.adders, int):
        return say("settings_adders_role", language, role=options.adders)
    return say(f"settings_adders_{options.adders}", language)


def _channels(some: str, none: str, channels: Sequence[int], language: str) -> list[Line]:
    """A line with all of these channels, which goes on in the next message if they are many."""
    if not channels:
        return [own(say(none, language))]
    mentions = [(f"<#{channel}> ", False) for channel in channels]
    return [(f"{say(some, language)} ", mentions)]
