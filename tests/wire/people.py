"""What people do. Everything they do is by `reader` unless another person is given."""

from __future__ import annotations

from collections.abc import Sequence

from tests.wire import payloads, permissions
from tests.wire.forms import CannotError, File, Resolved, command_data, command_named, form_data
from tests.wire.interaction_payloads import context_of, interaction_payload
from tests.wire.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT, Form, Interaction
from tests.wire.posting import post
from tests.wire.state import BUTTON, REPLY, Channel, Guild, Json, Member, Message, Person, parts_of
from tests.wire.world import World

_GUILD_INSTALL, _USER_INSTALL = 0, 1
_USES = "use_application_commands"


class People(World):
    """Raises CannotError for what a person's own client would not let them do."""

    def add_guild(self, name: str, *, locale: str = "en-US", has_bot: bool = True) -> Guild:
        """A server that the bot is invited to, before or while it is online."""
        guild = self.make_guild(name, locale=locale, has_bot=has_bot)
        if has_bot:
            self.tell.guild(guild, joined=True)
        return guild

    def guild_join(self, guild: Guild) -> None:
        """The bot is invited to a server, perhaps again."""
        guild.has_bot = True
        guild.members.setdefault(self.bot.id, Member(self.bot))
        self.tell.guild(guild, joined=True)

    def guild_leave(self, guild: Guild) -> None:
        """The bot is thrown out."""
        self.leave(guild)

    def add_channel(self, guild: Guild, name: str) -> Channel:
        channel = self.make_channel(guild, name)
        self.tell.channel("CHANNEL_CREATE", channel)
        return channel

    def join(self, guild: Guild, person: Person, *allowed: str) -> Person:
        """A person comes into a server, with a role of their own for some permissions."""
        entry = guild.members.setdefault(person.id, Member(person))
        if allowed:
            role = self.make_role(guild, f"role of {person.name}", *allowed)
            entry.roles.add(role.id)
            about = {"guild_id": str(guild.id), "role": payloads.role(role)}
            self.gateway.dispatch("GUILD_ROLE_CREATE", about, guild, 1)
        return person

    def slash(
        self,
        name: str,
        where: Channel | None = None,
        by: Person | None = None,
        /,
        **options: object,
    ) -> Interaction:
        """Sends a command: “ask”, or “article add” of a group."""
        where, by = where or self._anywhere(), by or self.reader
        self._require_usable(command_named(self.commands, name.split(" ")[0]), where, by)
        data = command_data(self.commands, name, options, Resolved(self, where.guild))
        return self._interact(COMMAND, where, by, data)

    async def complete(
        self,
        name: str,
        option: str,
        typed: str,
        where: Channel | None = None,
        by: Person | None = None,
        /,
        **options: object,
    ) -> list[Json]:
        """The choices that a person sees while typing an option, each with name and value."""
        where, by = where or self._anywhere(), by or self.reader
        given = options | {option: typed}
        data = command_data(self.commands, name, given, Resolved(self, where.guild), option)
        response = await self._interact(AUTOCOMPLETE, where, by, data).answered()
        choices: list[Json] = response["data"]["choices"]
        return choices

    def context_menu(
        self,
        name: str,
        target: Message | Person,
        where: Channel | None = None,
        by: Person | None = None,
    ) -> Interaction:
        """Chooses an entry of the menu of a message, or of a person."""
        by = by or self.reader
        if isinstance(target, Message):
            where, kind = where or target.channel, 3
            resolved: Json = {"messages": {str(target.id): payloads.message(target)}}
        else:
            where, kind, found = where or self._anywhere(), 2, Resolved(self, None)
            found.add(target)
            resolved = found.found
        command = command_named(self.commands, name, kind)
        self._require_usable(command, where, by)
        data: Json = {"id": command["id"], "name": name, "type": kind, "resolved": resolved}
        return self._interact(COMMAND, where, by, data | {"target_id": str(target.id)})

    def click(self, message: Message, which: str, by: Person | None = None) -> Interaction:
        """Presses a button, by its label or custom id."""
        buttons = [b for b in message.buttons if which in (b.label, b.custom_id) and b.custom_id]
        if message.deleted or not buttons or buttons[0].disabled:
            raise CannotError(f"{which!r} cannot be pressed; there are {message.buttons}")
        return self.forge(message, buttons[0].custom_id, by)

    def select(
        self, message: Message, custom_id: str, *values: str, by: Person | None = None
    ) -> Interaction:
        """Chooses from a menu in a message."""
        part = next(p for p in parts_of(message.components) if p.get("custom_id") == custom_id)
        data = {"custom_id": custom_id, "component_type": part["type"], "values": list(values)}
        return self._interact(COMPONENT, message.channel, by or self.reader, data, message)

    def forge(self, message: Message, custom_id: str, by: Person | None = None) -> Interaction:
        """As if the message had a button with that custom id."""
        data = {"custom_id": custom_id, "component_type": BUTTON, "id": 1}
        return self._interact(COMPONENT, message.channel, by or self.reader, data, message)

    def submit_modal(
        self, form: Form, by: Person | None = None, /, **fields: object
    ) -> Interaction:
        """Fills in a form, by label or custom id, and sends it."""
        shown = form.interaction
        data = form_data(form, fields, Resolved(self, shown.channel.guild))
        return self._interact(SUBMIT, shown.channel, by or shown.by, data, shown.source, shown)

    def send(
        self,
        channel: Channel,
        text: str,
        by: Person | None = None,
        *,
        reply_to: Message | None = None,
        mention: bool = False,
        ping: bool = True,
        attachments: Sequence[File] = (),
    ) -> Message:
        """Writes a message. `mention`: it begins with the bot's name; `ping`: a reply notifies."""
        by = by or self.reader
        if not permissions.in_channel(channel, by):
            raise CannotError(f"{by.name} cannot see that channel")
        body: Json = {"content": f"{self.bot.mention} {text}" if mention else text}
        body["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        kind = REPLY if reply_to else 0
        message = post(self, channel, by, body, kind=kind, reference=reply_to)
        kept = [self.keep_file(f.name, f.data, f.content_type, f.size) for f in attachments]
        message.attachments += kept
        return self.put(message)

    def open_thread(self, start: Message | Channel, name: str, by: Person | None = None) -> Channel:
        """A person opens a thread, under a message or in a channel."""
        by = by or self.reader
        if isinstance(start, Message):
            return self.make_thread(start.channel, name, by, start)
        return self.make_thread(start, name, by)

    def edit(self, message: Message, text: str) -> None:
        """Its author changes a message."""
        message.content = text
        self.edited(message)

    def _interact(
        self,
        kind: int,
        where: Channel,
        by: Person,
        data: Json,
        source: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        number = self.ids.next()
        token = f"interaction-{number}"
        begun, owners = self.clock.now(), self._owners(where, by)
        interaction = Interaction(
            number, token, kind, by, where, data, begun, owners, source, parent
        )
        self.interactions[number] = self.tokens[token] = interaction
        payload = interaction_payload(self, interaction)
        self.gateway.dispatch("INTERACTION_CREATE", payload, where.guild)
        return interaction

    def _owners(self, where: Channel, by: Person) -> dict[str, str]:
        """Who brought the app to where it is used."""
        owners = {}
        if where.guild and where.guild.has_bot:
            owners[str(_GUILD_INSTALL)] = str(where.guild.id)
        elif self.bot in where.recipients:
            owners[str(_GUILD_INSTALL)] = "0"
        if by.installed:
            owners[str(_USER_INSTALL)] = str(by.id)
        return owners

    def _require_usable(self, command: Json, where: Channel, by: Person) -> None:
        """Raises CannotError if a person is not shown a command in a place."""
        owners = {int(kind) for kind in self._owners(where, by)}
        kinds, contexts = command.get("integration_types"), command.get("contexts")
        if not owners & set([0] if kinds is None else kinds):
            raise CannotError(f"{command['name']!r} is not installed there")
        if contexts is not None and context_of(self, where) not in contexts:
            raise CannotError(f"{command['name']!r} is not offered in such a place")
        had = permissions.in_channel(where, by)
        wanted = int(command["default_member_permissions"] or 0)
        if where.guild and (had & wanted != wanted or not had & permissions.bits(_USES)):
            raise CannotError(f"{by.name} may not use {command['name']!r} there")

    def _anywhere(self) -> Channel:
        return next(iter(self.guilds.values())).channel()
