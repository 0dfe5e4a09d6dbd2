"""The bot's own words in the language of a person's client; quotes as they were written."""

import pytest

from tests.behaviour.world import BRIDGE, QUESTION, SENTENCE, World, add, quoted, text

SAYS_NOT = {
    "uk": "У статті цього не сказано.",
    "de": "Das steht nicht im Artikel.",
    "es-ES": "El artículo no lo dice.",
    "es-419": "El artículo no lo dice.",
    "fr": "L’article ne le dit pas.",
    "ja": "The article does not say.",
}


@pytest.mark.parametrize("language", SAYS_NOT)
async def test_each_reads_their_own_language(world: World, language: str) -> None:
    server = world.server()
    await add(world.manager(server), server.general, "The bridge", BRIDGE)
    ann = world.member(server, "Ann", locale=language)
    asked = await ann.slash(server.general, "ask", question=QUESTION)
    assert quoted(text(asked)) == SENTENCE
    silent = await ann.slash(server.general, "ask", question="At what heat does tungsten melt?")
    assert SAYS_NOT[language] in text(silent)
    why = await ann.click(asked.response, custom_id="pq:why:1")
    assert ("Answered" in text(why)) == (language == "ja")


async def test_two_people_in_one_channel_read_two_languages(world: World) -> None:
    server = world.server()
    mara = world.manager(server)
    ann = world.member(server, "Ann", locale="de")
    shown = [await each.slash(server.general, "help") for each in (mara, ann)]
    assert text(shown[0]) != text(shown[1])
