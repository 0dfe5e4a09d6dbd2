"""What the people who manage a server have chosen for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

from index.errors import SettingsError

MOST_DAILY = 1_000_000
LONGEST_RETENTION = 3650  # days

Adders = Literal["managers", "everyone"] | int


@dataclass(frozen=True)
class ServerOptions:
    """How the bot works in one server. Channels, roles and threads are Discord's ids, articles the
    numbers of the server's library. Raises SettingsError for values that make no sense."""

    adders: Adders = "managers"
    """Who may add articles; a number is a role's."""
    channels: tuple[int, ...] = ()
    """Where questions may be asked; none: everywhere."""
    articles: Mapping[int, int] = field(default_factory=dict)
    """For a channel the article that is asked there, unless another is named."""
    private: bool = False
    """Whether only who asked sees the answer."""
    threads: bool = False
    """Whether the answer to a mention opens a thread."""
    min_confidence: float | None = None
    """Below this probability the article “does not say”; None: the operator's."""
    answerer: str = ""
    """Who answers, of those that the operator allows; "": the operator's."""
    user_daily: int = 100
    """Questions of one person in a day (UTC)."""
    server_daily: int = 2000
    """Questions of all of a server in a day (UTC)."""
    retention_days: int = 90
    """How long questions and votes are remembered."""
    reading_rooms: tuple[int, ...] = ()
    """Channels in which a posted link is read, and a thread about it opened."""

    def __post_init__(self) -> None:
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise SettingsError("The least confidence is a probability; give 0 to 100 percent.")
        for name, daily in (("one person", self.user_daily), ("a server", self.server_daily)):
            if not 1 <= daily <= MOST_DAILY:
                raise SettingsError(
                    f"{daily:,} is no daily limit for {name}; give 1 to {MOST_DAILY:,} questions."
                )
        if not 1 <= self.retention_days <= LONGEST_RETENTION:
            raise SettingsError(
                f"Questions cannot be remembered for {self.retention_days:,} days; give 1 to "
                f"{LONGEST_RETENTION:,}."
            )


_JSON = TypeAdapter(ServerOptions)


def options_as_json(options: ServerOptions) -> str:
    """The options as `options_from_json` reads them."""
    return _JSON.dump_json(options).decode()


def options_from_json(text: str) -> ServerOptions:
    """What was kept, perhaps by another program's version: an option that is not known is left out,
    one that is missing has its default. Raises ValueError for what is no such JSON, and
    SettingsError for values that make no sense."""
    return _JSON.validate_json(text)
