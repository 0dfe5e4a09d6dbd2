"""What the terminal says of the step that decided."""

from dataclasses import replace

from bot.answers import Answer, Question, Why
from bot.quotes import quote_span
from bot.render import why
from index.articles import Span
from tests.conftest import version_of


def test_why_not_shows_the_words_that_were_not_sure_enough() -> None:
    version = version_of("The ferry left Malta on Monday.")
    nearest = quote_span(Span(version, 24, 30))
    silent = Answer(
        Question("When does the ferry return?"),
        "not_in_article",
        Why("reader_abstained", {"margin": -2.5}, nearest),
        confidence=0.21,
    )
    said = "No answer: the best candidate, “Monday”, has a confidence of 21%, and 33% is needed."
    assert why(silent, 0.33) == f"{said} (margin -2.5)"
    nothing = replace(silent, why=Why("reader_abstained"))
    assert why(nothing, 0.33) == "No answer: nothing in the articles could be one."
