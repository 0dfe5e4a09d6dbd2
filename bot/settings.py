"""Every setting, from the environment or a `.env` file in the current folder; a secret also from
systemd, which hands it over as a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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
        description="Most threads of a model's run, and runs at a time; "
        "0 takes the usable cores, at most four.",
    )
    answerer: Literal["reader", "best-sentence"] = Field(
        default="reader", description="Who answers: the reader, or the baseline `best-sentence`."
    )
    answerers: Annotated[tuple[Literal["reader", "best-sentence"], ...], NoDecode] = Field(
        default=("reader", "best-sentence"),
        description="Which of them a Discord server may choose, with commas between.",
    )
    passages: int = Field(
        default=5, ge=1, le=100, description="How many passages are read for an answer."
    )
    min_confidence: float = Field(
        default=0.33, ge=0, le=1, description="Below this probability the article “does not say”."
    )
    robots: bool = Field(
        default=True, description="Whether links that a site's robots.txt forbids are left unread."
    )
    leave_days: int = Field(
        default=7,
        ge=0,
        le=365,
        description="Days that the library of a Discord server is kept after the bot was removed.",
    )
    message_content: bool = Field(
        default=False,
        description="Whether the bot asks Discord for the message content intent, which has to be "
        "granted in the developer portal.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How the bot logs: `text` for people, `json` for machines."
    )
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Where the bot tells how it is; 0: nowhere."
    )
    health_host: str = Field(
        default="127.0.0.1", description="The address of that port; `0.0.0.0` lets others ask too."
    )
    discord_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="DISCORD_TOKEN", description="The bot's token."
    )

    @field_validator("answerers", mode="before")
    @classmethod
    def _parted(cls, value: object) -> object:
        """A list as the environment has it."""
        return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


def load_settings() -> Settings:
    """The settings; raises SettingsError with the first one that makes no sense."""
    try:
        return Settings(_secrets_dir=os.environ.get("CREDENTIALS_DIRECTORY"))
    except ValidationError as error:
        first = error.errors()[0]
        name = f"PULLQUOTE_{first['loc'][0]}".upper()
        raise SettingsError(f"The setting {name} makes no sense: {first['msg']}.") from error
