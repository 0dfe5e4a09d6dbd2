"""What the bot has to be allowed to do in a server, and why; nothing else is asked for.

Commands, buttons, forms and context menus are answered by interactions, which need no permission at
all, nor do direct messages. What is asked for is for people who mention the bot and for threads:

- view channels: to be told of the messages that mention it or reply to it,
- send messages: to answer them,
- read message history: Discord lets nobody reply to a message without it,
- create public threads: `/ask` with a thread, answers in threads, reading rooms,
- send messages in threads: to answer there.

Links in answers show no preview and nothing is attached, so neither embed links nor attach files;
its own messages it may delete anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import discord

Purpose = Literal["answer", "answer_in_thread", "thread", "reading_room"]

_ANSWER = ("view_channel", "send_messages", "read_message_history")
_IN_THREAD = ("view_channel", "send_messages_in_threads", "read_message_history")
_THREAD = ("view_channel", "create_public_threads", "send_messages_in_threads")

NEEDED: Mapping[Purpose, tuple[str, ...]] = {
    "answer": _ANSWER,
    "answer_in_thread": _IN_THREAD,
    "thread": _THREAD,
    "reading_room": tuple(dict.fromkeys(_ANSWER + _THREAD)),
}
"""By what it is for: discord.py's names of the permissions in that channel."""

INVITED = discord.Permissions(**{name: True for names in NEEDED.values() for name in names})


def missing(permissions: discord.Permissions, purpose: Purpose) -> list[str]:
    """The names of the permissions that the bot would need beyond these, which are its own in a
    channel; [] if it may."""
    if permissions.administrator:
        return []
    return [name for name in NEEDED[purpose] if not getattr(permissions, name)]


def invite_link(application: int) -> str:
    """Where a server's admin lets the bot in, with these permissions and no others."""
    return discord.utils.oauth_url(
        application, permissions=INVITED, scopes=("bot", "applications.commands")
    )
