"""Commands, forms and buttons: what people do reaches a real discord.py client and comes back."""

from __future__ import annotations

import discord
import pytest

from tests.wire.conftest import Connected
from tests.wire.forms import CannotError, File


async def test_a_command_is_answered(small: Connected) -> None:
    server, bot = small
    asked = server.slash("echo", text="hello", times=2)
    message = await asked.message()
    assert message.content == "hellohello"
    assert [button.label for button in message.buttons][:2] == ["Update", "Later"]
    assert message.id in message.channel.messages
    assert bot.seen == ["hello"]


async def test_a_deferred_answer_is_filled_in_and_followed_up(small: Connected) -> None:
    server, _ = small
    asked = server.slash("think", text="done")
    first, second = await asked.shown(lambda m: len(m) > 1 and m[1].content == "and even more")
    assert (first.content, first.kind) == ("done", 20)
    assert (second.reference, second.kind) == (first, 19)
    assert [first.ephemeral, second.ephemeral] == [False, False]


async def test_what_is_private_is_in_no_channel(small: Connected) -> None:
    server, _ = small
    asked = server.slash("think", text="done", private=True)
    messages = await asked.shown(lambda m: len(m) > 1)
    assert all(message.ephemeral for message in messages)
    assert not asked.channel.messages


async def test_a_person_gets_choices_while_typing(small: Connected) -> None:
    server, _ = small
    choices = await server.complete("find", "what", "br")
    assert [(c["name"], c["value"]) for c in choices] == [("br 1", "br1"), ("br 2", "br2")]


async def test_a_file_goes_there_and_back(small: Connected) -> None:
    server, _ = small
    message = await server.slash("read", file=File("some text.txt", b"hello")).message()
    [attachment] = message.attachments
    assert (attachment.name, attachment.data) == ("back.txt", b"HELLO")
    assert server.downloads == ["some text.txt"]


async def test_a_button_changes_its_message(small: Connected) -> None:
    server, _ = small
    message = await server.slash("echo", text="hello").message()
    await server.click(message, "Update").updated()
    assert message.content == "updated"
    await server.click(message, "later").updated()
    assert (message.content, message.buttons) == ("updated later", [])


async def test_a_button_may_answer_in_private_and_delete(small: Connected) -> None:
    server, _ = small
    message = await server.slash("echo", text="hello").message()
    private = await server.click(message, "Private", server.admin).message()
    assert (private.content, private.ephemeral) == ("only for you", True)
    server.click(message, "Delete")
    await message.until(lambda m: m.deleted)
    with pytest.raises(CannotError):
        server.click(message, "Private")


async def test_a_form_is_filled_in(small: Connected) -> None:
    server, _ = small
    message = await server.slash("echo", text="hello").message()
    form = await server.click(message, "Form").form()
    assert (form.title, list(form.fields)) == ("A question", ["Words"])
    with pytest.raises(CannotError, match="1 to 50"):
        server.submit_modal(form, Words="x" * 51)
    submitted = server.submit_modal(form, Words="some words")
    assert await submitted.text() == "You wrote some words"
    assert submitted.metadata()["triggering_interaction_metadata"]["type"] == 3


async def test_the_menu_of_a_message_reads_it_without_the_intent(small: Connected) -> None:
    server, _ = small
    written = server.send(server.guilds[next(iter(server.guilds))].channel(), "some words")
    assert await server.context_menu("Repeat", written).text() == "some words"


async def test_an_interaction_says_who_and_where(small: Connected) -> None:
    server, _ = small
    guild = server.add_guild("Ein Server", locale="de")
    olena = server.join(guild, server.add_person("olena", locale="uk"), "manage_guild")
    said = await server.slash("many lists", guild.channel(), olena).text()
    assert "'uk'" in said
    assert "de" in said
    with pytest.raises(CannotError, match="may not use"):
        server.slash("many lists", guild.channel(), server.reader)


async def test_a_command_can_be_used_with_the_bot_alone(small: Connected) -> None:
    server, bot = small
    bot.tree.allowed_contexts = discord.app_commands.AppCommandContext(guild=True, dm_channel=True)
    await bot.tree.sync()
    asked = server.slash("echo", server.direct(server.reader), text="hello")
    assert await asked.text() == "hello"
    with pytest.raises(CannotError, match="not installed"):
        server.slash("echo", server.direct(server.reader, server.admin), text="hello")


async def test_what_a_client_refuses_never_reaches_the_bot(small: Connected) -> None:
    server, bot = small
    with pytest.raises(CannotError, match="needs 'text'"):
        server.slash("echo")
    with pytest.raises(CannotError, match="no 'words'"):
        server.slash("echo", words="hello")
    assert bot.seen == []


async def test_hundreds_at_once_are_each_answered_once(small: Connected) -> None:
    server, bot = small
    guilds = [server.add_guild(f"Server {n}") for n in range(10)]
    asked = [
        server.slash("echo", guild.channel(), text=f"{guild.name}/{n}")
        for n in range(20)
        for guild in guilds
    ]
    texts = [await each.text() for each in asked]
    assert sorted(texts) == sorted(bot.seen)
    assert len(set(texts)) == 200


async def test_a_menu_is_chosen_from(small: Connected) -> None:
    server, _ = small
    message = await server.slash("choose").message()
    assert await server.select(message, "colour", "Red", "Blue").text() == "Red and Blue"


async def test_who_has_the_app_for_themselves_takes_it_along(small: Connected) -> None:
    server, _ = small
    foreign = server.add_guild("A server without it", has_bot=False).channel()
    with pytest.raises(CannotError, match="not installed"):
        server.slash("choose", foreign)
    server.reader.installed = True
    asked = server.slash("choose", foreign)
    assert await asked.text() == "Which?"
    assert asked.owners == {"1": str(server.reader.id)}
    with pytest.raises(CannotError, match="not installed"):
        server.slash("echo", foreign, text="only where the bot is")
