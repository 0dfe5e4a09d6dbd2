"""All that the bot writes on Discord, as messages in five languages. Pure: it knows of Discord's
markup and limits, and nothing of discord.py.

Every message that comes from here fits Discord's 2,000 characters and shows what others wrote
(questions, articles, titles) as text. `language` is a Discord locale such as "en-US" or "es-419";
where the bot does not speak it, it speaks English.
"""

from bot.discord_text.answers import answer_pages, more_pages, why_page
from bot.discord_text.articles import (
    article_pages,
    kept_text,
    list_page,
    room_pages,
    summary_pages,
)
from bot.discord_text.context import ContextPage, context_page
from bot.discord_text.errors import error_text
from bot.discord_text.info import about_pages, help_pages, privacy_pages
from bot.discord_text.links import quote_link
from bot.discord_text.markup import escape
from bot.discord_text.settings import permission_text, settings_page
from bot.discord_text.wording import say

__all__ = [
    "ContextPage",
    "about_pages",
    "answer_pages",
    "article_pages",
    "context_page",
    "error_text",
    "escape",
    "help_pages",
    "kept_text",
    "list_page",
    "more_pages",
    "permission_text",
    "privacy_pages",
    "quote_link",
    "room_pages",
    "say",
    "settings_page",
    "summary_pages",
    "why_page",
]
