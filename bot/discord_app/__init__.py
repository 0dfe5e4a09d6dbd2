"""Pullquote on Discord: each server asks its own library. See docs/discord.md."""

from bot.discord_app.app import run_discord

__all__ = ["run_discord"]
