"""Links on Discord: reading rooms, links in messages, and reading them again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import simcord

from bot.settings import Settings
from index.intake import Intake
from index.vectors import LibraryStore
from tests.behaviour.world import QUESTION, World, quoted, text
from tests.index.sources.site import Answer, Site, serve

STORY = """<html lang="en"><head><title>The bridge over the Lom</title></head><body><article>
<h1>The bridge over the Lom</h1>
<p>The river Lom was first crossed in 1931, after two years of work in which eleven boats were lost
and a whole winter was spent waiting for steel that came by rail from the north of the country.</p>
<p>The bridge was designed by the engineer Vera Stoyan, then 29 years old. Its middle span is 84
metres long, and for a while no other bridge of the region had one that was longer than that.</p>
<p>On the day when it was opened, people from both banks walked over it until late in the evening,
and the mayor, who had been against it, was the first of them to say that he had been wrong.</p>
</article></body></html>"""
SENTENCE = "The bridge was designed by the engineer Vera Stoyan, then 29 years old."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"message_content": True})


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site on this machine, the only one that the bot can reach."""
    page = Answer(STORY.encode(), type="text/html")
    with serve({"/bridge": page, "/login": Answer(b"<p>Log in</p>", type="text/html")}) as running:

        def intake(store: LibraryStore, settings: Settings) -> Intake:
            return Intake(store, running.fetcher())

        monkeypatch.setattr("bot.session.open_intake", intake)
        yield running


async def test_a_link_in_a_reading_room_opens_a_thread_to_ask_in(world: World, site: Site) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await mara.slash(server.general, "settings rooms", channel=server.general)
    await ann.send(server.general, f"have you seen {site.url}/bridge?")
    [thread] = server.general.threads
    assert thread.name == "The bridge over the Lom"
    said = "\n".join(message.content for message in thread.history())
    assert said.count("\n> ") == 3
    await ann.send(thread, QUESTION)
    assert quoted(thread.last_message.content) == SENTENCE


async def test_an_article_has_one_thread(world: World, env: simcord.Env, site: Site) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await mara.slash(server.general, "settings rooms", channel=server.general)
    for _ in range(2):
        await ann.send(server.general, f"{site.url}/bridge")
    [thread] = server.general.threads
    assert f"<#{thread.id}>" in server.general.last_message.content
    env.backend.delete_channel(thread.id)
    await env.settle()
    await ann.send(server.general, f"{site.url}/bridge")
    assert len(server.general.threads) == 1


async def test_what_is_no_article_opens_nothing(world: World, site: Site) -> None:
    server = world.server()
    mara = world.manager(server)
    await mara.slash(server.general, "settings rooms", channel=server.general)
    before = len(server.general.history())
    await mara.send(server.general, f"{site.url}/login")
    await mara.send(server.general, "http://10.0.0.1/bridge")
    assert len(server.general.history()) == before + 2
    assert not server.general.threads


async def test_elsewhere_links_are_left_alone(world: World, site: Site) -> None:
    server = world.server()
    mara = world.manager(server)
    await mara.slash(server.general, "settings rooms", channel=server.general)
    await mara.slash(server.general, "settings rooms", channel=server.general, on=False)
    await mara.send(server.general, f"{site.url}/bridge")
    assert site.requests == []
    assert not server.general.threads


async def test_a_link_in_the_question_is_what_is_asked(world: World, site: Site) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    await mara.send(server.general, f"<@{world.bot.user.id}> {site.url}/bridge {QUESTION}")
    assert quoted(server.general.last_message.content) == SENTENCE
    asked = len(site.requests)
    # Now that it is here, others may ask about it too, and it is not read again.
    await ann.send(server.general, f"<@{world.bot.user.id}> {site.url}/bridge {QUESTION}")
    assert quoted(server.general.last_message.content) == SENTENCE
    assert len(site.requests) == asked


async def test_a_reply_to_a_link_is_about_it(world: World, site: Site) -> None:
    server = world.server()
    mara, ann = world.manager(server), world.member(server, "Ann")
    linked = await ann.send(server.general, f"read this: <{site.url}/bridge>")
    await mara.send(server.general, f"<@{world.bot.user.id}> {QUESTION}", reply_to=linked)
    assert quoted(server.general.last_message.content) == SENTENCE


async def test_refresh_reads_the_link_again(world: World, site: Site) -> None:
    server = world.server()
    mara = world.manager(server)
    await mara.slash(server.general, "article add", link=f"{site.url}/bridge")
    same = text(await mara.slash(server.general, "article refresh", article="1"))
    site.pages["/bridge"] = Answer(STORY.replace("84", "86").encode(), type="text/html")
    new = text(await mara.slash(server.general, "article refresh", article="1"))
    assert new != same
    asked = await mara.slash(server.general, "ask", question="How long is the middle span?")
    assert "86" in quoted(text(asked))


async def test_a_quote_links_to_its_place_on_the_page(world: World, site: Site) -> None:
    server = world.server()
    mara = world.manager(server)
    await mara.slash(server.general, "article add", link=f"{site.url}/bridge")
    said = text(await mara.slash(server.general, "ask", question=QUESTION))
    assert f"(<{site.url}/bridge#:~:text=" in said
