"""The REPL, piped as in a script and typed at a (simulated) terminal."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from bot.repl import Repl, _Completer
from bot.session import EXAMPLE, Session, open_session
from bot.settings import Settings
from index.encoder import Encoder
from tests.conftest import baseline

QUESTION = "How many women were among the freed Ukrainians?"
QUOTE = "“Three women were among these Ukrainians.”"

Chat = Callable[..., str]


@pytest.fixture
def session(tmp_path: Path, bundled: Encoder) -> Iterator[Session]:
    with open_session(Settings(home=tmp_path / "home"), models=baseline(bundled)) as opened:
        opened.intake.add(str(EXAMPLE))
        yield opened


@pytest.fixture
def chat(session: Session, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Lines in, what the REPL printed out."""

    def chat(*lines: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        out = io.StringIO()
        Repl(session, Console(file=out, width=1000, highlight=False)).run()
        return out.getvalue()

    return chat


def test_a_question_is_answered_in_plain_text_when_piped(chat: Chat) -> None:
    out = chat(QUESTION)
    assert QUOTE in out
    assert "\x1b" not in out


def test_every_command_is_in_the_help_and_does_something(chat: Chat) -> None:
    out = chat("/help")
    for command in ("/articles", "/use", "/add", "/remove", "/quotes", "/context", "/why", "/json"):
        assert command in out
        assert "There is no command" not in chat(command)
    assert "There is no command /nope" in chat("/nope")


def test_why_and_context_speak_of_the_last_answer(chat: Chat) -> None:
    assert "Nothing was asked yet" in chat("/why")
    out = chat(QUESTION, "/why", "/context 1", "/context 9", "/context x")
    assert "Answered: " in out
    assert "captivity had begun in the war’s first months. Three women" in out
    assert out.count("The last answer has 1 quotes") == 2


def test_quotes_on_a_topic_are_several_and_different(chat: Chat) -> None:
    out = chat("/quotes families of prisoners")
    quotes = [line for line in out.splitlines() if line.startswith("“")]
    assert 2 <= len(quotes) == len(set(quotes)) <= 5


def test_json_can_be_switched_on_and_off(chat: Chat) -> None:
    out = chat("/json", QUESTION, "/json", QUESTION)
    [answer] = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert answer["quotes"][0]["text"] == QUOTE.strip("“”")
    assert QUOTE in out


def test_a_file_is_added_used_and_removed(chat: Chat, tmp_path: Path) -> None:
    file = tmp_path / "a bee.txt"
    file.write_text("The Maltese bee is dark and calm.")
    out = chat(f"/add '{file}'", "What is the Maltese bee like?", "/use all", "/remove a bee")
    assert "Added 2 “a bee” (7 words).\nAsking “a bee”." in out
    assert "“The Maltese bee is dark and calm.”" in out
    assert "Asking all 2 articles." in out
    assert "Removed 2 “a bee”." in out


def test_a_paste_ends_with_a_full_stop_on_a_line(chat: Chat) -> None:
    out = chat("/add", "Bees in Malta", "", "The Maltese bee is dark.", ".", "How dark is the bee?")
    assert "Asking “Bees in Malta”." in out
    assert "“The Maltese bee is dark.”" in out


def test_a_mistake_is_a_sentence_and_the_repl_goes_on(chat: Chat) -> None:
    mistakes = ("/add missing.txt", "/add 'open", "/use nothing", "/remove nothing", "?" * 5)
    out = chat(*mistakes, QUESTION)
    assert "missing.txt cannot be read" in out
    assert out.count("No article here is called “nothing”") == 2
    assert "There is no question in that" in out
    assert QUOTE in out
    assert "Traceback" not in out


def test_ctrl_c_stops_the_answer_and_not_the_program(
    chat: Chat, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = session.chain.invoke

    def interrupted_once(question: object) -> object:
        asked.append(str(question))
        if len(asked) == 1:
            raise KeyboardInterrupt
        return ask(question)  # type: ignore[arg-type]

    monkeypatch.setattr(
        type(session.chain), "invoke", lambda _, question: interrupted_once(question)
    )
    out = chat(QUESTION, QUESTION)
    assert "Stopped." in out
    assert len(asked) == 2


@pytest.fixture
def typed(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PipeInput, Repl]]:
    """A terminal whose keys come from a pipe."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        console = Console(file=io.StringIO(), force_terminal=True, width=200, highlight=False)
        yield keys, Repl(session, console)


def test_the_terminal_highlights_remembers_and_survives_ctrl_c(
    typed: tuple[PipeInput, Repl], tmp_path: Path
) -> None:
    keys, repl = typed
    keys.send_text(f"half a quest\x03{QUESTION}\r/context\r/quit\r")
    repl.run()
    out = repl._console.file.getvalue()  # type: ignore[attr-defined]
    assert "half a quest" not in out
    assert "\x1b[1mThree women were among these Ukrainians." in out  # bold, in its context
    assert QUESTION in (tmp_path / "home" / "history").read_text("utf-8")


def test_a_pasted_article_is_not_in_the_history(
    typed: tuple[PipeInput, Repl], tmp_path: Path
) -> None:
    keys, repl = typed
    keys.send_text(f"/add\rThe Maltese bee is dark.\r.\r{QUESTION}\r/quit\r")
    repl.run()
    assert "Added 2" in repl._console.file.getvalue()  # type: ignore[attr-defined]
    history = (tmp_path / "home" / "history").read_text("utf-8")
    assert "bee" not in history
    assert QUESTION in history


def test_ctrl_d_quits(typed: tuple[PipeInput, Repl]) -> None:
    keys, repl = typed
    keys.send_text("\x04")
    repl.run()
    assert "/help" in repl._console.file.getvalue()  # type: ignore[attr-defined]


def test_commands_and_titles_are_completed(session: Session) -> None:
    def completions(line: str) -> list[str]:
        completer = _Completer(["/articles", "/add", "/use"], session)
        return [c.text for c in completer.get_completions(Document(line), None)]

    assert completions("/a") == ["/articles", "/add"]
    assert completions("/use rus") == [session.library.articles()[0].title]
    assert completions("who") == []
