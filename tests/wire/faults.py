"""What can go wrong with Discord, each thing when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.wire.gateway import INVALID_SESSION, RECONNECT, Connection, Session
from tests.wire.interactions import FIRST_RESPONSE, TOKEN_LIFE, Interaction
from tests.wire.permissions import bits
from tests.wire.state import Channel, Guild, Overwrite, Person
from tests.wire.traffic import Failure, Held
from tests.wire.world import World


class Faults(World):
    """Routes are named by the ids of the document's operations: create_message,
    create_interaction_response, execute_webhook, update_original_webhook_message, …"""

    def session(self, shard: int = 0) -> Session:
        return next(s for s in self.gateway.current.values() if s.shard == shard)

    def drop(self, shard: int = 0) -> None:
        """The socket dies in the middle; the bot can resume and gets what it missed."""
        self._connection(shard).drop()

    @asynccontextmanager
    async def offline(self, shard: int = 0) -> AsyncIterator[None]:
        """The socket is dead, and no new one is let in, for as long as the context lasts."""
        self.gateway.open.clear()
        self.drop(shard)
        try:
            yield
        finally:
            self.gateway.open.set()

    def ask_to_reconnect(self, shard: int = 0) -> None:
        """Opcode 7."""
        self._connection(shard).put({"op": RECONNECT, "d": None})

    def invalidate(self, shard: int = 0, *, resumable: bool) -> None:
        """Opcode 9."""
        session = self.session(shard)
        if not resumable:
            self.gateway.forget(session)
        self._connection(shard).put({"op": INVALID_SESSION, "d": resumable})

    def ask_for_heartbeat(self, shard: int = 0) -> None:
        """Opcode 1."""
        self._connection(shard).put({"op": 1, "d": None})

    def rate_limit(
        self, operation: str, times: int = 1, retry_after: float = 0.01, *, everywhere: bool = False
    ) -> None:
        """The next calls of a route are answered by 429."""
        self.traffic.plan(operation, Failure(429, retry_after, everywhere), times)

    def fail(self, operation: str, times: int = 1, status: int = 500) -> None:
        """The next calls of a route fail; with status 0 their connection breaks off."""
        self.traffic.plan(operation, Failure(status), times)

    def holding(self, operation: str) -> AbstractAsyncContextManager[Held]:
        """Calls of a route (“download” for attachments) wait for as long as the context lasts."""
        return self.traffic.holding(operation)

    def pass_time(self, seconds: float) -> None:
        """Interactions grow older: after 3 s they can no longer be answered first, after 15 min
        their token is worth nothing."""
        self.clock.advance(seconds)

    def expire(self, interaction: Interaction) -> None:
        """Its time is over: for a first response if it has none, else for its token."""
        interaction.begun -= TOKEN_LIFE if interaction.response else FIRST_RESPONSE
        interaction.begun -= 1

    def refuse_token(self) -> None:
        """The bot's token is no longer one."""
        self.token = "another"  # noqa: S105 (opens nothing)

    def refuse_intents(self) -> None:
        """No privileged intent is granted."""
        self.intents = 0

    def refuse(self, channel: Channel, *names: str, announced: bool = True) -> None:
        """The bot lacks permissions in a channel. Not `announced`: it only finds out by trying."""
        if not announced:
            channel.refused |= bits(*names)
            return
        channel.overwrites.setdefault(self.bot.id, Overwrite(is_role=False)).deny |= bits(*names)
        self.tell.channel("CHANNEL_UPDATE", channel)

    def outage(self, guild: Guild) -> None:
        """A server cannot be reached for a while: not the same as leaving it."""
        self.tell.guild_gone(guild, unavailable=True)

    def outage_ends(self, guild: Guild) -> None:
        self.tell.guild(guild, joined=False)

    def close_messages(self, person: Person) -> None:
        """A person takes no direct messages of the bot."""
        person.takes_messages = False

    def _connection(self, shard: int) -> Connection:
        connection = self.session(shard).connection
        assert connection, f"shard {shard} is not connected"
        return connection
