"""Pullquote on Discord: each server asks its own library. See docs/discord.md."""
