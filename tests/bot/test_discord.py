"""The bot on a Discord of our own: real discord.py, real HTTP, real websocket, real encoder."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any

import discord
import numpy as np
import pytest
from numpy.typing import NDArray

from bot.answers import Answer, Question, Why
from bot.discord_app.app import invite_link, run_discord, serve
from bot.discord_app.lanes import Size
from bot.discord_app.rooms import Rooms
from bot.quotes import Quote
from bot.render_discord import (
    discord_answer,
    discord_articles,
    discord_error,
    discord_escape,
    discord_kept,
)
from bot.settings import Settings
from index.articles import Span, Version
from index.encoder import Encoder
from index.errors import PullquoteError, SettingsError
from index.library import Kept
from index.sources import LARGEST
from tests.bot.discord_server import (
    EPHEMERAL,
    PATIENCE,
    TOKEN,
    DiscordServer,
    File,
    Invocation,
    discord_server,
    displayed,
)
from tests.conftest import baseline, version_of

BRIDGE = (
    "The river Lom was first crossed in 1931. The bridge was designed by the engineer Vera "
    "Stoyan, then 29 years old. Its middle span is 84 metres long."
)
FLOWERS = "The garden of Tessin has 212 kinds of roses. They bloom in June."
QUESTION = "Which engineer designed the bridge?"
SENTENCE = "The bridge was designed by the engineer Vera Stoyan, then 29 years old."


class GatedEncoder(Encoder):
    """The real encoder, which can be told to wait."""

    def __init__(self, real: Encoder) -> None:
        self._real = real
        self.id, self.dimension, self.window = real.id, real.dimension, real.window
        self.open, self.waiting = threading.Event(), threading.Semaphore(0)
        self.open.set()

    def encode(self, texts: Any) -> NDArray[np.float32]:
        self.waiting.release()
        assert self.open.wait(PATIENCE)
        return self._real.encode(texts)

    def count_pieces(self, texts: Any) -> list[int]:
        return self._real.count_pieces(texts)


@asynccontextmanager
async def running(rooms: Rooms, stop: asyncio.Event | None = None) -> AsyncIterator[DiscordServer]:
    """The bot, logged in to a Discord of its own."""
    stop = stop or asyncio.Event()
    async with discord_server() as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(discord.http.Route, "BASE", server.url)
            online = asyncio.create_task(server.online.wait())
            bot = asyncio.create_task(serve(TOKEN, rooms, stop))
            try:
                await asyncio.wait({bot, online}, return_when=asyncio.FIRST_COMPLETED)
                assert not bot.done(), bot.exception()
                yield server
            finally:
                online.cancel()
                stop.set()
                await bot


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def gate(bundled: Encoder) -> GatedEncoder:
    return GatedEncoder(bundled)


@pytest.fixture
async def server(settings: Settings, bundled: Encoder) -> AsyncIterator[DiscordServer]:
    with closing(Rooms(settings, baseline(bundled))) as rooms:
        async with running(rooms) as server:
            yield server


async def add(server: DiscordServer, text: str, guild: int = 1, **options: object) -> Invocation:
    """Adds a text and waits until it is there."""
    added = await server.invoke("article add", guild, text=text, **options)
    await added.shown()
    return added


async def told(server: DiscordServer, name: str, guild: int = 1, **options: object) -> str:
    """The one message that a command is answered by, as it is read."""
    return await (await server.invoke(name, guild, **options)).text()


def quoted(text: str, words: str = "", title: str = "An article") -> Answer:
    """An answer that quotes the whole of a text of one sentence, with some words highlighted."""
    version = version_of(text, title)
    assert len(version.sentences) == 1
    words = words or version.text
    start = version.text.index(words)
    quote = Quote(version, 0, len(version.text), (start, start + len(words)))
    return Answer(Question("What?"), "answered", Why("answered"), words, [quote], 0.875)


def body_of(pages: list[str]) -> str:
    """The quote that some messages show: their quote lines, joined at a space."""
    lines = [line for page in pages for line in page.split("\n") if line.startswith("> ")]
    return " ".join(displayed(line).text for line in lines)


def bold_of(pages: list[str]) -> list[str]:
    """The bold words of the quote that some messages show."""
    lines = [line for page in pages for line in page.split("\n") if line.startswith("> ")]
    return [words for line in lines for words in displayed(line).bold]


class TestMessages:
    """Pure: an Answer to what is sent."""

    def test_the_answer_is_bold_inside_its_whole_sentence(self) -> None:
        [page] = discord_answer(quoted(SENTENCE, "Vera Stoyan", "The bridge"))
        assert page == (
            "-# Asked: What?\n"
            "**Vera Stoyan**\n"
            "> The bridge was designed by the engineer **Vera Stoyan**, then 29 years old.\n"
            "-# The bridge, paragraph 1, sentence 1\n"
            "-# confidence 88%"
        )

    def test_the_nearest_quote_is_no_answer(self) -> None:
        nearest = quoted(SENTENCE).quotes[0]
        why = Why("reader_abstained", nearest=nearest)
        [page] = discord_answer(Answer(Question("What?"), "not_in_article", why))
        lines = page.split("\n")
        assert lines[1:3] == ["The article does not say.", "-# Nearest, but not an answer:"]
        assert lines[3] == f"> {SENTENCE}"

    @pytest.mark.parametrize("count", [1, 400, 1800, 1900, 2000, 3900, 9000])
    @pytest.mark.parametrize("word", ["letters", "*_~", "😀é", "https://a.example/x_y"])
    def test_a_long_quote_goes_on_with_no_character_lost(self, count: int, word: str) -> None:
        text = "Then " + " ".join([word] * (count // len(word) + 1))
        pages = discord_answer(quoted(text, text[5:], "A *long* one"))
        assert all(len(page.encode("utf-16-le")) <= 4000 for page in pages)
        assert body_of(pages) == text
        assert " ".join(bold_of(pages)) == text[5:]
        assert not any(displayed(page).live for page in pages)

    def test_a_word_longer_than_a_message_is_parted(self) -> None:
        pages = discord_answer(quoted("x" * 5000))
        assert body_of(pages).replace(" ", "") == "x" * 5000

    def test_a_sentence_that_would_flood_the_channel_is_not_cut_but_told(self) -> None:
        [page] = discord_answer(quoted("word " * 20_000))
        assert "99,999 characters" in page
        assert "word word" not in page

    @pytest.mark.parametrize(
        "text",
        [
            "@everyone and @here look",
            "<@42> <@&7> <#300> </ask:1> <t:0> <:x:1> <a:x:1>",
            "# big, *i*, **b**, __u__, ~~s~~, ||spoiler||, `code`, ```block```",
            "[click](https://evil.example) and [a](<https://b.example>)",
            "> quoted",
            "-# small",
            "- item",
            "1. item",
            "\\*already\\* \\\\ escaped \\",
            "discord.gg/abc and discord.com/invite/abc",
            "see https://a.example/x_y_(z)?q=*1* and <https://b.example/_>.",
        ],
    )
    def test_nothing_in_an_article_is_acted_on(self, text: str) -> None:
        for words in (text, text[: len(text) // 2].strip()):
            version = Version(version_of("x", title=text).article, text)
            whole = Span(version, 0, len(text))
            if len(version.sentences) == 1:
                pages = discord_answer(quoted(text, words, title=text))
                assert [page for page in pages if displayed(page).live] == []
                assert body_of(pages) == text
            shown = [
                discord_kept(Kept(whole.version, "added")),
                *discord_articles([version]),
                discord_error(PullquoteError(text)),
            ]
            for page in shown:
                assert displayed(page).live in ([], ["`", "`"])  # the bot's own `/ask`
                assert text in displayed(page).text

    def test_escaping_leaves_plain_words_alone(self) -> None:
        plain = "Mr. O'Neil said: “3.5 (or [sic] 4) #2 – a-b, x@y.example!”"
        assert discord_escape(plain) == plain

    def test_an_error_repeats_only_so_much_of_what_was_typed(self) -> None:
        assert len(discord_error(PullquoteError("*" * 6000))) < 2000


class TestAsking:
    async def test_an_answer_is_its_whole_sentence(self, server: DiscordServer) -> None:
        await add(server, BRIDGE, title="The bridge")
        asked = await server.invoke("ask", question=QUESTION)
        [message] = await asked.shown()
        assert (await asked.acknowledged)["type"] == 5  # deferred, for all to see
        assert message["flags"] == 0
        shown = displayed(message["content"])
        assert f"\n{SENTENCE}\n" in shown.text
        [words] = bold_of([message["content"]])
        assert "Vera Stoyan" in words
        assert words in SENTENCE
        assert "The bridge, paragraph 1, sentence 2" in shown.text

    async def test_the_article_does_not_say(self, server: DiscordServer) -> None:
        await add(server, BRIDGE)
        text = await told(server, "ask", question="At what temperature does tungsten melt?")
        assert "The article does not say.\nNearest, but not an answer:\n" in text

    async def test_an_empty_library_says_how_to_add(self, server: DiscordServer) -> None:
        for name, options in (("ask", {"question": QUESTION}), ("article list", {})):
            text = await told(server, name, **options)
            assert "There is no article to ask yet." in text
            assert "/article add" in text

    async def test_one_article_is_asked_if_it_is_named(self, server: DiscordServer) -> None:
        await add(server, BRIDGE)
        await add(server, FLOWERS)
        for name in ("2", "garden"):
            text = await told(server, "ask", question="How many kinds of roses?", article=name)
            assert "212 kinds" in text
        text = await told(server, "ask", question=QUESTION, article="2")
        assert "Stoyan" not in text

    async def test_an_article_that_is_not_there(self, server: DiscordServer) -> None:
        asked = await server.invoke("ask", question=QUESTION, article="<@42>" * 500)
        [message] = await asked.shown()
        assert message["flags"] & EPHEMERAL
        assert len(asked.messages) == 1  # the public “thinking” is gone
        assert displayed(message["content"]).text.startswith("No article here is called “<@42>")

    async def test_a_question_without_words(self, server: DiscordServer) -> None:
        asked = await server.invoke("ask", question="?!")
        [message] = await asked.shown()
        assert message["flags"] & EPHEMERAL
        assert "ask in words" in message["content"]

    async def test_a_long_sentence_goes_on(self, settings: Settings, bundled: Encoder) -> None:
        text = "The bridge and " + ", ".join(f"its stone number {n}" for n in range(480))
        assert len(text) > 10_000
        sure = settings.model_copy(update={"min_confidence": 0.0})
        with closing(Rooms(sure, baseline(bundled))) as rooms:
            async with running(rooms) as server:
                await add(server, text)
                asked = await server.invoke("ask", question="What is the bridge and its stone?")
                messages = await asked.shown(lambda seen: "confidence" in seen[-1]["content"])
        assert len(messages) > 5
        assert body_of([m["content"] for m in messages]) == text

    async def test_everyone_is_not_called(self, server: DiscordServer) -> None:
        await add(server, f"{SENTENCE} Hello @everyone, <@42> rings the bell.", title="@everyone")
        text = await told(server, "ask", question="Who rings the bell, hello everyone?")
        assert "@everyone, <@42> rings" in text
        said = [body for _, route, body in server.bodies if "content" in json.dumps(body)]
        said = [body for body in said if "content" in body]
        assert len(said) == 2
        for body in said:
            assert body["allowed_mentions"] == {"parse": []}
            assert displayed(body["content"]).live in ([], ["`", "`"])


class TestArticles:
    async def test_an_attachment_is_read_and_can_be_asked(self, server: DiscordServer) -> None:
        file = File("bridge.md", f"# The Lom *bridge*\n\n{BRIDGE}\n".encode())
        text = await told(server, "article add", file=file)
        assert "Added The Lom bridge (" in text
        assert SENTENCE in await told(server, "ask", question=QUESTION)

    async def test_the_same_text_twice_is_told(self, server: DiscordServer) -> None:
        await add(server, BRIDGE, title="The bridge")
        again = await told(server, "article add", text=BRIDGE)
        assert again == "The bridge is here already, as article 1; nothing was added."
        assert await told(server, "article list") == "1 · The bridge · 28 words"

    async def test_a_doubtful_or_nearly_known_article_is_told(self) -> None:
        doubtful = replace(version_of("Words.", title="*Stub*"), warning="it ends in the middle.")
        near = version_of("Words!", title="Whole").article
        told = displayed(discord_kept(Kept(doubtful, "added", near=near))).text
        assert "It says nearly what Whole, article 0, says." in told
        assert "Mind: it ends in the middle." in told

    async def test_a_removed_article_is_gone(self, server: DiscordServer) -> None:
        await add(server, BRIDGE, title="The bridge")
        await add(server, FLOWERS, title="The garden")
        assert "Removed The bridge" in await told(server, "article remove", article="1")
        assert await told(server, "article list") == "2 · The garden · 13 words"
        assert "Stoyan" not in await told(server, "ask", question=QUESTION)

    async def test_the_list_is_for_the_asker_alone(self, server: DiscordServer) -> None:
        await add(server, BRIDGE)
        listed = await server.invoke("article list")
        [message] = await listed.shown()
        assert message["flags"] & EPHEMERAL

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"file": File("a.txt", b"x", size=LARGEST + 1)}, "10 MB"),
            ({"file": File("a.exe", b"MZ")}, "no file that can be read"),
            ({}, "a link, a file or a text"),
            ({"file": File("a.txt", b"x"), "text": "y"}, "a link, a file or a text"),
            ({"link": "https://example.org", "text": "y"}, "a link, a file or a text"),
            ({"link": "/etc/hostname"}, "starts with https://"),
            ({"link": "http://127.0.0.1/"}, "not on the public internet"),
        ],
    )
    async def test_what_is_no_article_is_not_fetched(
        self, server: DiscordServer, options: dict[str, object], said: str
    ) -> None:
        added = await server.invoke("article add", **options)
        [message] = await added.shown()
        assert said in message["content"]
        assert message["flags"] & EPHEMERAL
        assert server.downloads == []

    @pytest.mark.parametrize(("data", "said"), [(b"\0\1\2", "binary"), (b" \n", "no words")])
    async def test_a_file_that_cannot_be_read(
        self, server: DiscordServer, data: bytes, said: str
    ) -> None:
        added = await server.invoke("article add", file=File("a.txt", data))
        [message] = await added.shown()
        assert said in message["content"]
        assert message["flags"] & EPHEMERAL


class TestIsolation:
    async def test_a_server_knows_nothing_of_anothers(self, server: DiscordServer) -> None:
        await add(server, BRIDGE, guild=1, title="The bridge")
        await add(server, FLOWERS, guild=2, title="The garden")
        assert [c["name"] for c in await server.complete("ask", "article", "", 1)] == [
            "1 The bridge"
        ]
        assert [c["name"] for c in await server.complete("article remove", "article", "", 2)] == [
            "1 The garden"
        ]
        assert await server.complete("ask", "article", "bridge", guild=2) == []
        assert "Stoyan" not in await told(server, "ask", guild=2, question=QUESTION)
        assert await told(server, "article list", guild=2) == "1 · The garden · 13 words"
        for name in ("The bridge", "2", "discord:201", "../discord.201"):
            said = await told(server, "article remove", guild=2, article=name)
            assert "No article here is called" in said
        assert await told(server, "article list", guild=1) == "1 · The bridge · 28 words"

    async def test_what_an_operator_adds_is_asked(
        self, server: DiscordServer, settings: Settings, bundled: Encoder
    ) -> None:
        from bot.session import open_session

        await add(server, BRIDGE)
        with open_session(settings, "discord:201", baseline(bundled)) as session:
            session.store.add_article(version_of(FLOWERS, "From the terminal"))
        assert "From the terminal" in await told(server, "article list")
        assert "212 kinds" in await told(server, "ask", question="How many kinds of roses?")


class TestRunning:
    async def test_commands_are_registered_for_servers_only(self, server: DiscordServer) -> None:
        names = {command["name"]: command for command in server.commands}
        assert names.keys() == {"ask", "article"}
        assert [c["contexts"] for c in names.values()] == [[0], [0]]
        assert [c["integration_types"] for c in names.values()] == [[0], [0]]
        assert names["article"]["default_member_permissions"] == 1 << 13  # Manage Messages
        assert [o["name"] for o in names["article"]["options"]] == ["add", "list", "remove"]

    async def test_no_privileged_intent_is_asked_for(self, server: DiscordServer) -> None:
        [identified] = server.identified
        assert identified["intents"] == 1 << 0  # guilds

    async def test_a_busy_worker_keeps_nobody_waiting_for_a_sign(
        self, settings: Settings, gate: GatedEncoder
    ) -> None:
        with closing(Rooms(settings, baseline(gate), {"ask": Size(1, 1, 1, usual=1.0)})) as rooms:
            async with running(rooms) as server:
                await add(server, BRIDGE)
                gate.open.clear()
                asked = [await server.invoke("ask", question=QUESTION) for _ in range(2)]
                async with asyncio.timeout(PATIENCE):
                    for each in asked:
                        assert (await each.acknowledged)["type"] == 5
                    refused = await server.invoke("ask", question=QUESTION)
                    assert "please try again in" in await refused.text()
                assert not any(m["content"] for each in asked for m in each.messages)
                gate.open.set()
                for each in asked:
                    assert SENTENCE in await each.text()

    async def test_a_library_that_fails_is_told_without_its_path(
        self, server: DiscordServer, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        folder = settings.home / "libraries" / "discord.201"
        folder.mkdir(parents=True)
        (folder / "library.sqlite3").write_bytes(b"not a database, whatever its name says" * 100)
        asked = await server.invoke("ask", question=QUESTION)
        [message] = await asked.shown()
        assert "cannot be used just now" in message["content"]
        assert message["flags"] & EPHEMERAL
        assert str(folder) in caplog.text

    async def test_the_unexpected_is_logged_and_told(
        self, settings: Settings, gate: GatedEncoder, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(texts: Any) -> NDArray[np.float32]:
            raise ZeroDivisionError("in the encoder")

        with closing(Rooms(settings, baseline(gate))) as rooms:
            async with running(rooms) as server:
                gate.encode = broken  # type: ignore[method-assign]
                assert "went wrong" in await told(server, "ask", question=QUESTION)
        assert "ZeroDivisionError" in caplog.text

    async def test_the_token_and_the_words_are_in_no_log(
        self, settings: Settings, bundled: Encoder, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        with closing(Rooms(settings, baseline(bundled))) as rooms:
            async with running(rooms) as server:
                await add(server, BRIDGE)
                await told(server, "ask", question=QUESTION)
        assert invite_link(1000) in caplog.text
        for secret in (TOKEN, "Stoyan", "designed"):
            assert secret not in caplog.text

    def test_the_invitation_asks_for_no_permission(self) -> None:
        assert "permissions=0" in invite_link(1000)
        assert "scope=bot+applications.commands" in invite_link(1000)


class TestStartAndStop:
    def test_without_a_token(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DISCORD_TOKEN", raising=False)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SettingsError, match="DISCORD_TOKEN is not set"):
            run_discord(Settings(home=tmp_path))

    async def test_a_refused_token(
        self, settings: Settings, bundled: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(Rooms(settings, baseline(bundled))) as rooms:
            async with discord_server() as server:
                monkeypatch.setattr(discord.http.Route, "BASE", server.url)
                with pytest.raises(SettingsError, match="refused the token"):
                    await serve("wrong", rooms, asyncio.Event())

    async def test_no_discord_to_reach(
        self, settings: Settings, bundled: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with discord_server() as server:
            gone = server.url
        monkeypatch.setattr(discord.http.Route, "BASE", gone)
        with (
            closing(Rooms(settings, baseline(bundled))) as rooms,
            pytest.raises(PullquoteError, match="cannot be reached"),
        ):
            await serve(TOKEN, rooms, asyncio.Event())

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    async def test_a_signal_lets_answers_in_hand_finish(
        self, tmp_path: Path, python: Callable[..., Popen[str]], number: int
    ) -> None:
        async with discord_server() as server:
            server.hold_downloads.clear()
            bot = python(BOT, server.url, tmp_path, TOKEN)
            added = await server.invoke("article add", file=File("a.txt", BRIDGE.encode()))
            async with asyncio.timeout(PATIENCE):
                await server.fetching.wait()
            bot.send_signal(number)
            late = await refusal(server)
            assert "being restarted" in late
            assert bot.poll() is None
            server.hold_downloads.set()
            assert "Added" in await added.text()
            assert await asyncio.to_thread(bot.wait, PATIENCE) == 0

    async def test_a_library_in_use_stays_open_and_the_oldest_is_closed(
        self, settings: Settings, gate: GatedEncoder
    ) -> None:
        with closing(Rooms(settings, baseline(gate), most_open=1)) as rooms:
            sessions = {}

            def note(session: Any) -> None:
                sessions[session.library.folder.name] = session

            def hold(session: Any) -> list[Any]:
                note(session)
                gate.encode(["held"])
                articles: list[Any] = session.library.articles()  # raises if it was closed
                return articles

            gate.open.clear()
            held = asyncio.create_task(rooms.run("discord:1", hold))
            await asyncio.to_thread(gate.waiting.acquire)
            await rooms.run("discord:2", note)
            await rooms.run("discord:3", note)
            with pytest.raises(PullquoteError):
                sessions["discord.2"].library.articles()
            gate.open.set()
            assert await held == []
            assert await rooms.run("discord:2", lambda session: session.library.articles()) == []


BOT = """
import sys
from pathlib import Path

import discord

from bot.discord_app import run_discord
from bot.settings import Settings

discord.http.Route.BASE = sys.argv[1]
run_discord(Settings(home=Path(sys.argv[2]), DISCORD_TOKEN=sys.argv[3]))
"""


async def refusal(server: DiscordServer) -> str:
    """What a command is told once the bot is stopping; until then it is answered."""
    async with asyncio.timeout(PATIENCE):
        while True:
            said = await told(server, "article list")
            if "no article" not in said:
                return said
