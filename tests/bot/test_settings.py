"""The settings: what they refuse, and that their one table is true."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, load_settings
from index.errors import SettingsError

TABLE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_table_has_every_setting_with_its_default_and_description() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    documented = {name: (default.strip("`"), what) for name, default, what in rows}
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"PULLQUOTE_{name.upper()}"
        default, what = documented.pop(str(variable))
        assert what == field.description
        value = field.default
        given = ",".join(value) if isinstance(value, tuple) else str(value)
        assert default == given or name in {"home", "discord_token"}
    assert not documented


def test_a_setting_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_MIN_CONFIDENCE", "often")
    with pytest.raises(SettingsError, match="PULLQUOTE_MIN_CONFIDENCE"):
        load_settings()


def test_the_token_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary.token")
    settings = load_settings()
    assert "canary" not in repr(settings)
    assert settings.discord_token.get_secret_value() == "canary.token"


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PULLQUOTE_PASSAGES=3\nPULLQUOTE_THREADS=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULLQUOTE_PASSAGES", "5")
    settings = load_settings()
    assert (settings.passages, settings.threads) == (5, 1)


def test_a_list_has_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_ANSWERERS", "best-sentence, reader")
    assert load_settings().answerers == ("best-sentence", "reader")
    monkeypatch.setenv("PULLQUOTE_ANSWERERS", "reader,oracle")
    with pytest.raises(SettingsError, match="PULLQUOTE_ANSWERERS makes no sense"):
        load_settings()
