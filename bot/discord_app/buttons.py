"""The buttons under an answer. All that they know stands in their ids, so they outlive the bot.

An id names a question by its number; which library it is looked up in follows from where the button
was pressed, so that a forged id finds nothing but what its server may see anyway.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.discord_text import say

_EMOJI = {"good": "👍", "bad": "👎", "delete": "🗑️"}
_ROWS = {"good": 1, "bad": 1, "delete": 1}


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"pq:(?P<verb>context|page|more|why|good|bad|delete):(?P<asked>\d{1,18})"
    r"(?::(?P<quote>\d{1,2}):(?P<at>\d{1,6}))?",
):
    """A button that does `verb` to a question; `quote` and `at` say which quote's surroundings are
    shown, and from which paragraph on."""

    def __init__(
        self, verb: str, asked: int, label: str | None = None, quote: int = 0, at: int | None = None
    ) -> None:
        place = "" if at is None else f":{quote}:{at}"
        button: discord.ui.Button[Any] = discord.ui.Button(
            style=discord.ButtonStyle.secondary,
            label=label,
            emoji=_EMOJI.get(verb),
            custom_id=f"pq:{verb}:{asked}{place}",
            row=_ROWS.get(verb, 0),
        )
        super().__init__(button)
        self.verb, self.asked, self.quote, self.at = verb, asked, quote, at

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AnswerButton:
        at = match["at"]
        return cls(
            match["verb"],
            int(match["asked"]),
            quote=int(match["quote"] or 0),
            at=None if at is None else int(at),
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.pressed(interaction, self)


def answer_view(asked: int, verbs: tuple[str, ...], language: str) -> discord.ui.View | None:
    """The buttons of an answer; None if it has none. Needs a running event loop."""
    if not verbs:
        return None
    view = discord.ui.View(timeout=None)
    for verb in verbs:
        label = None if verb in _EMOJI else say(f"button_{verb}", language)
        view.add_item(AnswerButton(verb, asked, label))
    return view


class ListButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"pq:list:(?P<page>\d{1,6})"
):
    """Turns to a page of the list of articles, counted from 0."""

    def __init__(self, page: int, label: str | None = None) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            style=discord.ButtonStyle.secondary, label=label, custom_id=f"pq:list:{page}"
        )
        super().__init__(button)
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ListButton:
        return cls(int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.turned(interaction, self.page)


def list_view(page: int, last: int, language: str) -> discord.ui.View | None:
    """The buttons under a page of the list; None if it is the only one."""
    view = discord.ui.View(timeout=None)
    if page > 0:
        view.add_item(ListButton(page - 1, say("button_newer", language)))
    if page < last:
        view.add_item(ListButton(page + 1, say("button_older", language)))
    return view if view.children else None


def context_view(
    asked: int, quote: int, earlier: int | None, later: int | None, language: str
) -> discord.ui.View:
    """The buttons under a quote's surroundings; `earlier` and `later` are paragraphs."""
    view = discord.ui.View(timeout=None)
    for name, at in (("earlier", earlier), ("later", later)):
        if at is not None:
            label = say(f"button_{name}", language)
            view.add_item(AnswerButton("page", asked, label, quote, at))
    return view
