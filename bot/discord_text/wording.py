"""The bot's own sentences on Discord, in the language of who reads them. Pure.

They stand in `prompts/discord.XX.toml`. What is filled in is shown as text, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from string import Formatter

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from bot.discord_text.markup import Own, escape
from prompts import LANGUAGES, discord_messages


def say(name: str, language: str, /, **values: object) -> Own:
    """A sentence in the language of a Discord locale such as "es-419", in English if there is none.

    Text is escaped, unless it is `Own`; numbers, dates and spans of time (“in 12 seconds”) are
    written as the language does. A message that has forms for numbers (one, few, …) takes the one
    for `count`. Raises KeyError for a name or value that it lacks.
    """
    locale = locale_of(language)
    found = discord_messages(locale.language)[name]
    sentence = found if isinstance(found, str) else _form(found, locale, values["count"])
    return Own(_Sentence(locale).vformat(sentence, (), values))


def entry(table: str, name: str, language: str) -> str:
    """What a table of names ("permissions", "numbers") has for one of them; "" if nothing."""
    names = discord_messages(locale_of(language).language)[table]
    return str(names.get(name, ""))


def listed(words: Sequence[str], language: str) -> Own:
    """Words in bold, as in “a, b and c”."""
    bold = [f"**{escape(word)}**" for word in words]
    return Own(format_list(bold, locale=locale_of(language)))


def command_name(qualified: str, language: str) -> str:
    """A command by its name in a language: "article add" is “artikel hinzufügen” in German."""
    commands = discord_messages(locale_of(language).language)["commands"]
    words = qualified.split()
    return " ".join(commands[" ".join(words[:n])]["name"] for n in range(1, len(words) + 1))


def command_description(qualified: str, language: str) -> str:
    """What a command does."""
    commands = discord_messages(locale_of(language).language)["commands"]
    return str(commands[qualified]["description"])


@cache
def locale_of(language: str) -> Locale:
    """How numbers and dates are written where this Discord locale is used."""
    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en", "US")
    return locale if locale.language in LANGUAGES else Locale("en", "US")


def _form(forms: Mapping[str, str], locale: Locale, count: object) -> str:
    """The form for a number."""
    assert isinstance(count, int)  # noqa: S101 (whoever calls passes one; this is for the type)
    return forms[locale.plural_form(count)]


class _Sentence(Formatter):
    """`{name}` in the locale's way; `{name:id}` for one of Discord's ids, `{name:percent}`."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, str):
            return value if isinstance(value, Own) else escape(value)
        if isinstance(value, date):
            return str(format_date(value, "long", self._locale))
        if isinstance(value, timedelta):
            return str(format_timedelta(value, add_direction=True, locale=self._locale))
        assert isinstance(value, int | float)  # noqa: S101 (there is nothing else)
        if format_spec == "id":
            return str(value)
        if format_spec == "percent":
            return str(format_percent(value, locale=self._locale))
        return str(format_decimal(value, locale=self._locale))
