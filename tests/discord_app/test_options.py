"""A server's options: what they refuse, and that they come back as they were kept."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app.options import ServerOptions, options_as_json, options_from_json
from index.errors import SettingsError

IDS = st.integers(1, 2**63 - 1)
OPTIONS = st.builds(
    ServerOptions,
    adders=st.sampled_from(["managers", "everyone"]) | IDS,
    channels=st.lists(IDS).map(tuple),
    articles=st.dictionaries(IDS, IDS),
    private=st.booleans(),
    threads=st.booleans(),
    min_confidence=st.none() | st.floats(0, 1),
    answerer=st.sampled_from(["", "reader", "best-sentence"]),
    user_daily=st.integers(1, 1_000_000),
    server_daily=st.integers(1, 1_000_000),
    retention_days=st.integers(1, 3650),
    reading_rooms=st.lists(IDS).map(tuple),
)


@given(OPTIONS)
def test_they_come_back_as_they_were_kept(options: ServerOptions) -> None:
    assert options_from_json(options_as_json(options)) == options


@given(OPTIONS, st.sets(st.sampled_from([f.name for f in fields(ServerOptions)])))
def test_what_is_missing_has_its_default(options: ServerOptions, missing: set[str]) -> None:
    """As in what an older program kept."""
    kept = {k: v for k, v in json.loads(options_as_json(options)).items() if k not in missing}
    found, default = options_from_json(json.dumps(kept)), ServerOptions()
    assert found == replace(options, **{name: getattr(default, name) for name in missing})


def test_what_is_not_known_is_left_out() -> None:
    """As in what a newer program kept."""
    assert options_from_json('{"private": true, "mood": "good"}') == ServerOptions(private=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"min_confidence": 1.5}, "give 0 to 100 percent"),
        ({"min_confidence": -0.1}, "give 0 to 100 percent"),
        ({"min_confidence": float("nan")}, "give 0 to 100 percent"),
        ({"user_daily": 0}, "no daily limit for one person; give 1 to 1,000,000"),
        ({"server_daily": 2_000_000}, "2,000,000 is no daily limit for a server"),
        ({"retention_days": 0}, "cannot be remembered for 0 days; give 1 to 3,650"),
        ({"retention_days": 4000}, "for 4,000 days"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        ServerOptions(**given)
    with pytest.raises(SettingsError, match=said):
        replace(ServerOptions(private=True), **given)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"channels": 5}', '{"adders": "nobody"}'])
def test_what_is_no_such_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        options_from_json(text)


def test_a_bound_is_told_also_where_it_was_kept() -> None:
    with pytest.raises(SettingsError, match="no daily limit"):
        options_from_json('{"user_daily": 0}')
