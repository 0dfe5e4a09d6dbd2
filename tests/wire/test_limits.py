"""Discord's limits that its description does not tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.command_limits import command_problems
from tests.wire.limits import choice_problems, form_problems, length, message_problems
from tests.wire.state import COMPONENTS_V2, Json
from tests.wire.validation import operations


@given(st.text(st.characters(), max_size=1200))
def test_characters_are_counted_in_utf_16(text: str) -> None:
    assert length(text) == sum(1 + (ord(character) > 0xFFFF) for character in text)
    problems = list(message_problems({"content": text * 2}))
    assert bool(problems) == (2 * length(text) > 2000)


BUTTON: Json = {"type": 2, "style": 2, "label": "x"}


def row(*ids: str) -> Json:
    return {"type": 1, "components": [BUTTON | {"custom_id": number} for number in ids]}


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5), max_size=7))
def test_custom_ids_are_unique_and_rows_at_most_five(rows: list[list[str]]) -> None:
    problems = list(message_problems({"content": "x", "components": [row(*ids) for ids in rows]}))
    flat = [number for ids in rows for number in ids]
    assert any("occurs" in problem for problem in problems) == (len(set(flat)) < len(flat))
    assert any("rows" in problem for problem in problems) == (len(rows) > 5)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds: 6002 characters"),
        ({"components": [{"type": 10, "content": "x"}]}, "only rows"),
        ({"components": [row("a"), {"type": 1, "components": [BUTTON]}]}, "needs a custom_id"),
        ({"components": [{"type": 1, "components": [BUTTON | {"style": 5}]}]}, "without address"),
    ],
)
def test_a_message_that_is_too_much(body: Json, problem: str) -> None:
    assert any(problem in found for found in message_problems(body))


@pytest.mark.parametrize(
    ("components", "problem"),
    [
        ([{"type": 10, "content": "x" * 2001}] * 2, "4002 characters"),
        ([{"type": 10, "content": "x"}] * 41, "41 are more than 40"),
    ],
)
def test_too_much_of_components_v2(components: list[Json], problem: str) -> None:
    body: Json = {"components": components}
    assert any(problem in found for found in message_problems(body, COMPONENTS_V2))
    assert not list(message_problems({"components": components[:1]}, COMPONENTS_V2))
    assert list(message_problems({"content": "x"}, COMPONENTS_V2))


def test_forms_and_choices() -> None:
    field: Json = {"type": 4, "custom_id": "a", "style": 1}
    form = {"components": [{"type": 18, "label": "x", "component": field}]}
    assert not list(form_problems(form))
    assert len(list(form_problems({"components": form["components"] * 6}))) == 2
    assert list(form_problems({"components": [{"type": 1, "components": [field]}]}))
    assert not list(choice_problems([{"name": "x", "value": "y" * 100}]))
    assert list(choice_problems([{"name": "x", "value": "y" * 101}]))
    about = {"title": "x" * 46, "custom_id": "x", "components": form["components"]}
    judge = operations()["create_interaction_response"]
    body = {"type": 9, "data": about}
    assert "$.data.title" in judge.about_request({}, {}, "application/json", body)


def test_commands_that_discord_would_not_register() -> None:
    option = {"type": 3, "name": "a", "description": "x"}
    good: Json = {"name": "good", "description": "x", "options": [option]}
    assert not list(command_problems([good]))
    for bad in (
        good | {"name": "Bad"},
        good | {"name_localizations": {"de": "zwei Wörter"}},
        good | {"description": ""},
        good | {"options": [option, option | {"name": "b", "required": True}]},
        good | {"options": [option | {"name_localizations": {"de": "b"}}, option | {"name": "b"}]},
        good | {"options": [option | {"choices": [{"name": "x" * 90, "value": "y" * 90}] * 45}]},
    ):
        assert list(command_problems([bad])), bad
    assert list(command_problems([good, good]))
    assert list(command_problems([good | {"name": f"c{n}"} for n in range(101)]))
