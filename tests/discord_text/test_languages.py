"""The files of sentences: five languages that say the same."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel import Locale

from bot.discord_app.permissions import NEEDED
from bot.discord_text import say
from prompts import LANGUAGES, discord_messages
from tests.discord_text.markup import displayed

BOT = Path(__file__).parents[2] / "bot"
INDEX = BOT.with_name("index")
TABLES = {"numbers", "permissions", "choices", "commands"}
SLASH_NAME = re.compile(r"[-_'\w]{1,32}")
VALUES: Mapping[str, object] = {
    "count": 2,
    "confidence": 0.5,
    "needed": 0.5,
    "read": date(2026, 1, 2),
    "first": date(2026, 1, 2),
    "published": date(2026, 1, 2),
    "wait": timedelta(seconds=9),
    "thread": 1,
    "channel": 1,
    "role": 1,
}


def sentences(language: str) -> dict[str, str]:
    """All sentences by name; a form of one by its name and category."""
    found: dict[str, str] = {}
    for name, message in discord_messages(language).items():
        if isinstance(message, str):
            found[name] = message
        elif name not in TABLES:
            found |= {f"{name}.{category}": form for category, form in message.items()}
    return found


def texts(table: Any) -> Iterator[str]:
    """Every text in a table and the tables in it."""
    for value in table.values():
        if isinstance(value, str):
            yield value
        else:
            yield from texts(value)


def fields(sentence: str) -> set[tuple[str, str]]:
    """The values of a sentence, and how they are to be written."""
    parsed = Formatter().parse(sentence)
    return {(name, spec or "") for _, name, spec, _ in parsed if name is not None}


def shape(table: Any) -> Any:
    return {name: shape(value) for name, value in table.items()} if isinstance(table, dict) else ""


@pytest.mark.parametrize("language", LANGUAGES)
class TestEachLanguage:
    def test_it_has_the_same_names(self, language: str) -> None:
        english, here = discord_messages("en"), discord_messages(language)
        assert here.keys() == english.keys()
        for table in TABLES:
            assert shape(here[table]) == shape(english[table])

    def test_it_has_the_same_values(self, language: str) -> None:
        english = {name.partition(".")[0]: fields(s) for name, s in sentences("en").items()}
        for name, sentence in sentences(language).items():
            assert fields(sentence) == english[name.partition(".")[0]], name

    def test_messages_with_forms_have_those_of_the_language(self, language: str) -> None:
        needed = {*Locale(language).plural_form.tags, "other"}
        messages = discord_messages(language)
        forms = {name: m for name, m in messages.items() if isinstance(m, dict)}
        for name in forms.keys() - TABLES:
            assert forms[name].keys() == needed, name

    def test_nothing_is_too_long_for_its_place(self, language: str) -> None:
        messages = discord_messages(language)
        for name, sentence in sentences(language).items():
            most = 80 if name.startswith("button_") else 1000
            most = 45 if name.startswith(("paste_", "ask_")) else most
            assert 0 < len(sentence) <= most, name
        assert all(len(choice) <= 100 for choice in messages["choices"].values())

    def test_commands_have_names_that_discord_takes(self, language: str) -> None:
        commands = discord_messages(language)["commands"]
        for qualified, command in commands.items():
            if "description" not in command:  # a context menu
                assert 1 <= len(command["name"]) <= 32
                continue
            options = command.get("options", {})
            for entry in (command, *options.values()):
                assert SLASH_NAME.fullmatch(entry["name"])
                assert entry["name"] == entry["name"].lower()
                assert 1 <= len(entry["description"]) <= 100
            assert len({entry["name"] for entry in options.values()}) == len(options)
            parent = qualified.rpartition(" ")[0]
            same = [c["name"] for q, c in commands.items() if q.rpartition(" ")[0] == parent]
            assert same.count(command["name"]) == 1

    def test_what_it_says_to_type_or_press_is_there(self, language: str) -> None:
        messages = discord_messages(language)
        commands = messages["commands"]
        names = {
            "/" + " ".join(commands[" ".join(words[: n + 1])]["name"] for n in range(len(words)))
            for words in map(str.split, commands)
            if words[0].islower()
        }
        for sentence in sentences(language).values():
            assert set(re.findall(r"`(.+?)`", sentence)) <= names
        assert f"**{messages['button_context']}**" in messages["about_limits"]
        for menu in ("Ask about this", "Add as article"):
            assert f"**{commands[menu]['name']}**" in messages["help_menu"]
        for permission in ("create_public_threads", "send_messages_in_threads"):
            assert f"**{messages['permissions'][permission]}**" in messages["thread_forbidden"]

    def test_its_markup_is_meant(self, language: str) -> None:
        for name in {name.partition(".")[0] for name in sentences(language)}:
            values = {field: "x" for s in sentences(language).values() for field, _ in fields(s)}
            assert displayed(say(name, language, **{**values, **VALUES})).live in (
                [],
                ["https://", "http://"],
            ), name

    def test_its_typography(self, language: str) -> None:
        for text in texts(discord_messages(language)):
            assert text == " ".join(text.split(" ")).strip()
            assert "  " not in text
            assert "'" not in text or language == "en"
            assert '"' not in text
            assert "..." not in text
            if language == "fr":
                plain = re.sub(r"\{.*?\}", "x", text)
                assert not re.search(r"[ \w][:;?!»](?!//)|«(?!\N{NO-BREAK SPACE})", plain), text
            if language == "es":
                assert text.count("?") == text.count("¿")
                assert text.count("!") == text.count("¡")
            if language == "uk":
                assert not re.search("[ыэёъ]", text), text

    def test_permissions_have_names(self, language: str) -> None:
        needed = {name for names in NEEDED.values() for name in names}
        assert discord_messages(language)["permissions"].keys() == needed


def trees(*folders: Path) -> list[ast.AST]:
    return [ast.parse(f.read_text("utf-8")) for folder in folders for f in folder.rglob("*.py")]


def patterns(nodes: list[ast.AST]) -> list[str]:
    """Regular expressions for the strings, and for what strings with values in them may become."""
    found = []
    for node in (node for tree in nodes for node in ast.walk(tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(re.escape(node.value))
        if isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else None for v in node.values)
            found.append("".join(r"\w*" if p is None else re.escape(str(p)) for p in parts))
    return [pattern for pattern in found if re.search("[a-z]", pattern)]


def calls(nodes: list[ast.AST], name: str) -> Iterator[ast.Call]:
    for node in (node for tree in nodes for node in ast.walk(tree)):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and re.fullmatch(name, called.id):
            assert isinstance(node, ast.Call)
            yield node


def strings(node: ast.AST) -> list[str]:
    constants = (n for n in ast.walk(node) if isinstance(n, ast.Constant))
    return [c.value for c in constants if isinstance(c.value, str)]


FACES = trees(BOT / "discord_app", BOT / "discord_text")


def test_no_message_is_unused() -> None:
    written = re.compile("|".join(f"(?:{p})" for p in patterns(FACES)))
    names = {name.partition(".")[0] for name in sentences("en")}
    assert {name for name in names if not written.fullmatch(name)} == set()


def test_no_message_is_missing() -> None:
    said = {
        name
        for call in calls(FACES, "say")
        if isinstance(call.args[0], ast.Constant | ast.IfExp)
        for name in strings(call.args[0])
    }
    assert said - discord_messages("en").keys() == set()


def test_every_code_of_an_error_has_a_sentence_and_the_other_way_round() -> None:
    sources = trees(BOT, INDEX)
    raised = {
        call.args[1].value
        for call in calls(sources, r"\w+Error")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    codes = {name.removeprefix("error_") for name in sentences("en") if name.startswith("error_")}
    assert {code for code in raised if isinstance(code, str)} <= codes
    written = {text for tree in sources for text in strings(tree)}
    own = {"busy", "limit_user", "limit_all", "limit_user_daily", "limit_all_daily"}
    assert codes - written - own - {"source", "other"} == set()


def test_no_sentence_of_the_terminal_is_unused() -> None:
    written = re.compile("|".join(f"(?:{p})" for p in patterns(trees(BOT))))
    terminal = tomllib.loads((files("prompts") / "messages.toml").read_text("utf-8"))
    assert {name for name in terminal if not written.fullmatch(name)} == set()
