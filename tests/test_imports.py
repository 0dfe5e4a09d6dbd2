"""Which way imports go, and what is never imported on the way of a question."""

import ast
import json
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for package in ("index", "bot", "prompts", "benchmarks")
    for file in (ROOT / package).rglob("*.py")
}


@cache
def imported(module: str) -> set[str]:
    """The modules that a module imports, inside functions too."""
    tree = ast.parse(SOURCES[module].read_text(encoding="utf-8"))
    return {name for node in ast.walk(tree) for name in _names(node)}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written in full"
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(module: str) -> set[str]:
    """The modules that import a module or something of it."""
    return {
        name
        for name in SOURCES
        if any(each == module or each.startswith(f"{module}.") for each in imported(name))
    }


def of_bot(module: str) -> set[str]:
    """The modules of `bot` that a module imports."""
    return {each for each in imported(module) if each in SOURCES and each.startswith("bot.")}


def test_the_sources_were_found() -> None:
    assert {"index.library", "bot.chain", "bot.discord_app", "prompts"} <= SOURCES.keys()
    assert "index.holdings" in importers("index.database")


def test_index_knows_nothing_of_bot_or_prompts() -> None:
    above = importers("bot") | importers("prompts") | importers("discord")
    assert not {name for name in above if name.startswith("index")}


def test_only_answerers_and_renderers_read_prompts() -> None:
    may = ("bot.render", "bot.discord_text", "bot.discord_app.translator", "bot.reader")
    may += ("bot.chat_model", "bot.conversation")
    assert {name for name in importers("prompts") if not name.startswith(may)} == set()


def test_what_is_written_on_discord_knows_nothing_of_discord_py() -> None:
    assert not {name for name in importers("discord") if name.startswith("bot.discord_text")}


def test_quotes_then_answers_then_the_chain() -> None:
    assert of_bot("bot.quotes") == set()
    assert of_bot("bot.answers") == {"bot.quotes"}
    assert of_bot("bot.forms") == set()
    assert of_bot("bot.chain") <= {"bot.answers", "bot.forms", "bot.forms.is_open", "bot.quotes"}


def test_nothing_imports_what_stands_at_the_top() -> None:
    assert importers("bot.cli") <= {"bot.__main__"} | {
        name for name in SOURCES if name.startswith(("bot.cli", "benchmarks"))
    }
    makers = ("bot.training", "bot.train_reader", "benchmarks")
    training = importers("bot.training") | importers("bot.train_reader")
    assert all(name.startswith(makers) for name in training)


@pytest.mark.parametrize("module", ["langchain_community", "pickle", "shelve", "marshal", "dill"])
def test_never_imported_anywhere(module: str) -> None:
    assert importers(module) == set()


ASK = """
import json, sys
from pathlib import Path
from bot.session import EXAMPLE, open_session
from bot.settings import Settings

with open_session(Settings(home=Path(sys.argv[1]), min_confidence=0)) as session:
    session.intake.add(str(EXAMPLE))
    quotes = [quote.text for quote in session.ask("How many civilians were freed?").quotes]
print(json.dumps({"quotes": quotes, "modules": [*sys.modules]}))
"""


def test_a_question_needs_no_torch(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    asked = python(ASK, tmp_path)
    said = json.loads(asked.communicate()[0])
    assert any("120 were civilians" in quote for quote in said["quotes"])
    assert not {"torch", "transformers", "sentence_transformers", "sklearn"} & {*said["modules"]}
    assert "onnxruntime" in said["modules"]
