"""Every setting, from the environment or a `.env` file in the current folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import SettingsError


class Settings(BaseSettings):
    """Read once, by `bot.cli`; nothing else looks at the environment."""

    model_config = SettingsConfigDict(
        env_prefix="PULLQUOTE_", env_file=".env", frozen=True, extra="ignore"
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("pullquote", appauthor=False),
        description="The folder of the libraries.",
    )
    encoder: str = Field(
        default="default",
        description="The bundled encoder, or a sentence-transformers model or folder.",
    )
    download: bool = Field(
        default=False, description="Whether a named model may be fetched from its hub."
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Threads of a model; 0 takes the usable cores, at most four.",
    )
    answerer: Literal["reader", "best-sentence"] = Field(
        default="reader", description="Who answers: the reader, or the baseline `best-sentence`."
    )
    passages: int = Field(
        default=5, ge=1, le=100, description="How many passages are read for an answer."
    )
    min_confidence: float = Field(
        default=0.35, ge=0, le=1, description="Below this probability the article “does not say”."
    )
    robots: bool = Field(
        default=True, description="Whether links that a site's robots.txt forbids are left unread."
    )
    discord_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="DISCORD_TOKEN", description="The bot's token."
    )


def load_settings() -> Settings:
    """The settings; raises SettingsError with the first one that makes no sense."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(["PULLQUOTE", *map(str, first["loc"])]).upper()
        raise SettingsError(f"The setting {name} makes no sense: {first['msg']}.") from error
