"""What the bot counts, as Prometheus' own parser reads it back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bot.answers import Answer, Question, Status, Step, Why
from bot.discord_app.metrics import Face, Metrics, Refusal
from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.encoder import Encoder
from index.library import Outcome
from tests.conftest import WordLengthEncoder, baseline, version_of

ROSES = "The garden of Tessin has 212 kinds of roses. They bloom in June and smell of honey."


@pytest.fixture
def rooms(tmp_path: Path, encoder: Encoder) -> Iterator[Rooms]:
    with closing(Rooms(Settings(home=tmp_path), baseline(encoder))) as opened:
        yield opened


def read(metrics: Metrics, **labels: str) -> dict[str, float]:
    """The samples that have these labels, by name; the sum of those that have the same."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            if labels.items() <= sample.labels.items():
                name = sample.name.removeprefix("pullquote_")
                found[name] = found.get(name, 0) + sample.value
    return found


async def asked(rooms: Rooms, collection: str, question: str) -> Answer:
    return await rooms.run(collection, lambda session: session.ask(question))


async def test_a_question_is_counted_by_face_and_outcome_with_its_steps(rooms: Rooms) -> None:
    metrics = Metrics(rooms)
    await rooms.run("discord:1", lambda s: s.store.add_article(version_of(ROSES)), lane="read")
    answer = await asked(rooms, "discord:1", "How many kinds of roses are there?")
    metrics.question("slash", answer, 0.25)
    metrics.question("message", answer, 0.5)
    metrics.question("message", await asked(rooms, "discord:2", "How many roses?"), 1.0)
    assert read(metrics, face="slash", status="answered")["questions_total"] == 1
    assert read(metrics, face="message")["questions_total"] == 2
    assert read(metrics, status="no_article")["questions_total"] == 1
    assert read(metrics, step="no_article")["abstentions_total"] == 1
    for step, spent in answer.timings_ms.items():
        seen = read(metrics, step=step)
        assert seen["step_seconds_count"] == 3
        assert seen["step_seconds_sum"] >= 2 * spent / 1000
    assert read(metrics)["question_seconds_sum"] == 1.75


async def test_lanes_show_what_waits_what_is_in_hand_and_for_how_long_it_waited(
    rooms: Rooms,
) -> None:
    metrics, go = Metrics(rooms), threading.Event()
    workers = rooms.lanes["ask"].size.workers
    jobs = [asyncio.create_task(rooms.run("discord:1", lambda _: go.wait())) for _ in range(9)]
    await asyncio.sleep(0)
    busy = read(metrics, lane="ask")
    go.set()
    await asyncio.gather(*jobs)
    assert (busy["lane_in_hand"], busy["lane_waiting"]) == (workers, 9 - workers)
    done = read(metrics, lane="ask")
    assert (done["lane_in_hand"], done["lane_waiting"], done["wait_seconds_count"]) == (0, 0, 9)
    assert read(metrics, lane="read")["wait_seconds_count"] == 0


def test_refusals_failures_and_articles_are_counted(rooms: Rooms) -> None:
    metrics = Metrics(rooms)
    metrics.refused("limit")
    metrics.refused("busy")
    metrics.added("added")
    metrics.failed()
    assert read(metrics, kind="busy")["refused_total"] == 1
    assert read(metrics, outcome="added")["articles_total"] == 1
    assert read(metrics)["failures_total"] == 1


def test_nothing_is_global(rooms: Rooms) -> None:
    first, second = Metrics(rooms), Metrics(rooms)
    first.failed()
    assert read(second)["failures_total"] == 0
    assert not [f for f in REGISTRY.collect() if f.name.startswith("pullquote")]


NAMES = st.text(st.characters(codec="utf-8"), min_size=8)


@given(
    calls=st.lists(
        st.tuples(
            st.sampled_from(get_args(Face)),
            st.sampled_from(get_args(Status)),
            st.sampled_from(get_args(Step)),
            NAMES,
            st.floats(0, 1e6),
        )
    ),
    refusal=st.sampled_from(get_args(Refusal)),
    outcome=st.sampled_from(get_args(Outcome)),
)
def test_labels_are_of_a_few_known_values(
    calls: list[tuple[Face, Status, Step, str, float]],
    refusal: Refusal,
    outcome: Outcome,
) -> None:
    with closing(Rooms(Settings(home=Path("unused")), baseline(WordLengthEncoder()))) as rooms:
        metrics = Metrics(rooms)
        for face, status, step, text, seconds in calls:
            answer = Answer(Question(text), status, Why(step), text, timings_ms={"read": seconds})
            metrics.question(face, answer, seconds)
        metrics.refused(refusal)
        metrics.added(outcome)
        text = metrics.text().decode()
    known = {*rooms.lanes, "retrieve", "read", "quote"}
    for values in (Face, Status, Step, Refusal, Outcome):
        known |= {*get_args(values)}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert {v for name, v in sample.labels.items() if name != "le"} <= known
