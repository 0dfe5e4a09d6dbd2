"""What a person has asked of the bot, and what they see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.wire import payloads
from tests.wire.state import Channel, Json, Message, Person
from tests.wire.waiting import Changes

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5  # types of interactions
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9  # of first responses
FIRST_RESPONSE, TOKEN_LIFE = 3.0, 900.0  # seconds


@dataclass(frozen=True)
class Form:
    """A modal that a person sees. `fields`: custom id by label."""

    interaction: Interaction
    data: Json

    @property
    def title(self) -> str:
        return str(self.data["title"])

    @property
    def parts(self) -> list[tuple[str, Json]]:
        """Label and component of each field."""
        found: list[tuple[str, Json]] = []
        for component in self.data["components"]:
            if "component" in component:
                found.append((component["label"], component["component"]))
            found += [(part.get("label", ""), part) for part in component.get("components", ())]
        return found

    @property
    def fields(self) -> dict[str, str]:
        return {label: part["custom_id"] for label, part in self.parts}


@dataclass(eq=False)
class Interaction:
    """One command, press, form or completion. `messages`: what came of it."""

    id: int
    token: str
    kind: int
    by: Person
    channel: Channel
    data: Json
    begun: float
    owners: dict[str, str]
    source: Message | None = None
    """The message with the pressed component."""
    parent: Interaction | None = None
    """By which the form was shown that was submitted."""
    response: Json | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    has_updated: bool = False
    """The message with the pressed component was changed by this."""
    changes: Changes = field(default_factory=Changes, repr=False)

    @property
    def messages(self) -> list[Message]:
        own = [self.original] if self.original and self.original is not self.source else []
        return [message for message in (*own, *self.followups) if not message.deleted]

    async def answered(self) -> Json:
        """The first response, as the bot sent it."""

        def found() -> Json | None:
            return self.response

        response = await self.changes.until(found)
        assert response is not None
        return response

    async def shown(self, enough: Callable[[list[Message]], bool] = bool) -> list[Message]:
        """The messages that can be read, once they are enough."""

        def found() -> list[Message]:
            readable = [message for message in self.messages if not message.loading]
            return readable if enough(readable) else []

        return await self.changes.until(found)

    async def message(self) -> Message:
        """Its one message."""
        [message] = await self.shown()
        return message

    async def text(self) -> str:
        return (await self.message()).content

    async def updated(self) -> Message:
        """The message with the pressed component, once the bot has changed it by this."""
        assert self.source
        await self.changes.until(lambda: self.has_updated)
        return self.source

    async def form(self) -> Form:
        """The form that it is answered by. Raises AssertionError if it is answered otherwise."""
        response = await self.answered()
        assert response["type"] == FORM, response
        return Form(self, response["data"])

    def metadata(self) -> Json:
        """As messages carry it."""
        about: Json = {"id": str(self.id), "type": self.kind, "user": payloads.user(self.by)}
        about["authorizing_integration_owners"] = self.owners
        if self.kind == COMPONENT and self.source:
            about["interacted_message_id"] = str(self.source.id)
        if self.kind == SUBMIT and self.parent:
            about["triggering_interaction_metadata"] = self.parent.metadata()
        return about
