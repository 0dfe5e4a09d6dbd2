"""A server's settings, what the bot lacks there, and what it says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import __version__
from bot.discord_app.options import ServerOptions
from bot.discord_text import (
    about_pages,
    help_pages,
    permission_text,
    privacy_pages,
    settings_page,
)
from bot.settings import Settings
from tests.discord_text.examples import LOCALES, hostile_texts
from tests.discord_text.markup import require_sound


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, min_confidence=0.35, answerer="reader")


def test_what_holds_where_nothing_was_chosen(settings: Settings) -> None:
    [page] = settings_page(ServerOptions(), settings, "en-US")
    assert page == (
        "**How I work in this server**\n"
        "**Answers**: for everyone to see\n"
        "**Mentions**: I answer in the channel\n"
        "**Sure enough to answer**: 35% (my default)\n"
        "**Answerer**: reader (my default)\n"
        "**Adding articles**: those who manage messages\n"
        "**A day**: 100 questions a person\n"
        "**A day**: 2,000 questions in all\n"
        "**Memory**: 90 days for questions and votes\n"
        "**Channels**: all\n"
        "**Reading rooms**: none"
    )


def test_what_was_chosen(settings: Settings) -> None:
    options = ServerOptions(
        adders=77,
        channels=(1, 2),
        articles={5: 3},
        private=True,
        threads=True,
        min_confidence=0.0,
        answerer="best-sentence",
        reading_rooms=(6,),
    )
    [page] = settings_page(options, settings, "de")
    assert require_sound(page).mentions == ["<@&77>", "<#1>", "<#2>", "<#6>", "<#5>"]
    assert "Standard" not in page
    assert "**Sicher genug für eine Antwort**: 0\N{NO-BREAK SPACE}%\n" in page
    assert "**Artikel von <#5>**: Nummer 3" in page


@pytest.mark.parametrize("language", LOCALES)
def test_many_channels_go_on_in_the_next_message(settings: Settings, language: str) -> None:
    channels = tuple(10**18 + n for n in range(500))
    options = ServerOptions(channels=channels, articles=dict.fromkeys(channels, 1))
    mentions = [
        mention
        for page in settings_page(options, settings, language)
        for mention in require_sound(page).mentions
    ]
    assert mentions == [f"<#{channel}>" for channel in (*channels, *channels)]


def test_permissions_have_discords_names() -> None:
    told = permission_text(["send_messages", "view_channel"], "news", "es-ES")
    assert told == "No puedo escribir en #news: necesito **Enviar mensajes** y **Ver canales**."


@given(hostile_texts, st.sampled_from(LOCALES))
def test_a_channels_name_is_shown_as_text(name: str, language: str) -> None:
    require_sound(permission_text(["send_messages", "made_up"], name, language))


@pytest.mark.parametrize("language", LOCALES)
class TestInfo:
    def test_help_is_one_message_with_the_commands(self, language: str) -> None:
        [page] = help_pages(language)
        shown = require_sound(page)
        assert len(shown.code) == 13
        assert len(set(shown.code)) == 13

    def test_about_is_one_message_with_the_version(self, language: str) -> None:
        [page] = about_pages(language)
        assert __version__ in require_sound(page).text

    def test_privacy_is_one_message_with_the_days(self, language: str) -> None:
        [page] = privacy_pages(91, 8, language)
        text = require_sound(page).text
        assert "91" in text
        assert "8" in text
