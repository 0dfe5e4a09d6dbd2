"""What the bot counts and measures, as Prometheus reads it. No label names a server or a person."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from discord.ext import commands
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.answers import Answer
from bot.discord_app.rooms import Rooms
from index.library import Outcome

Face = Literal["slash", "quotes", "message", "menu"]
Refusal = Literal["limit", "busy"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counts for one bot, in a registry of its own."""

    def __init__(self, rooms: Rooms) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._questions = self._counter(
            "questions", "Questions by where they were asked and what came of them.", "face status"
        )
        self._silences = self._counter(
            "abstentions", "Questions without an answer, by the step that decided.", "step"
        )
        self._whole = self._histogram("question", "From taking up a question to its answer.", "")
        self._steps = self._histogram("step", "The steps of answering.", "step")
        self._waits = self._histogram("wait", "Work that waited for a worker.", "lane")
        self._refusals = self._counter("refused", "Questions refused, by what for.", "kind")
        self._failures = self._counter("failures", "What failed unforeseen; the log has more.", "")
        self._added = self._counter("articles", "Articles read, by what came of it.", "outcome")
        self._connections = self._counter(
            "gateway_events",
            "Connections to the gateway that began anew, were lost, or were resumed.",
            "shard event",
        )
        self._watch_lanes(rooms)

    def question(self, face: Face, answer: Answer, seconds: float) -> None:
        """A question that was answered, or not, in so many seconds with all waiting."""
        self._questions.labels(face, answer.status).inc()
        if answer.status != "answered":
            self._silences.labels(answer.why.step).inc()
        self._whole.observe(seconds)
        for step, spent in answer.timings_ms.items():
            self._steps.labels(step).observe(spent / 1000)

    def refused(self, kind: Refusal) -> None:
        """A question that was not taken up: too many of that person or server, or of all."""
        self._refusals.labels(kind).inc()

    def added(self, outcome: Outcome) -> None:
        """An article that was handed over and read."""
        self._added.labels(outcome).inc()

    def failed(self) -> None:
        """Something broke, and someone was told so."""
        self._failures.inc()

    def watch(self, bot: commands.AutoShardedBot) -> None:
        """Tells of this bot's connection from now on; once for a Metrics."""
        self._registry.register(_Gateway(bot))

        def count(event: str) -> None:
            async def happened(shard: int) -> None:
                self._connections.labels(shard, event).inc()

            bot.add_listener(happened, f"on_shard_{event}")

        for event in ("connect", "disconnect", "resumed"):
            count(event)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)

    def _watch_lanes(self, rooms: Rooms) -> None:
        waiting = self._gauge("lane_waiting", "Work that waits for a worker now.", "lane")
        in_hand = self._gauge("lane_in_hand", "Work that workers are at now.", "lane")
        for name, lane in rooms.lanes.items():
            waiting.labels(name).set_function(partial(getattr, lane, "waiting"))
            in_hand.labels(name).set_function(partial(getattr, lane, "in_hand"))
            lane.waited = self._waits.labels(name).observe

    def _counter(self, name: str, what: str, labels: str) -> Counter:
        return Counter(f"pullquote_{name}", what, labels.split(), registry=self._registry)

    def _gauge(self, name: str, what: str, labels: str) -> Gauge:
        return Gauge(f"pullquote_{name}", what, labels.split(), registry=self._registry)

    def _histogram(self, name: str, what: str, labels: str) -> Histogram:
        return Histogram(
            f"pullquote_{name}_seconds",
            what,
            labels.split(),
            registry=self._registry,
            buckets=_SECONDS,
        )


class _Gateway(Collector):
    """The connections as they are when somebody asks."""

    def __init__(self, bot: commands.AutoShardedBot) -> None:
        self._bot = bot

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily(
            "pullquote_gateway_up", "1 while a shard is connected.", labels=["shard"]
        )
        latency = GaugeMetricFamily(
            "pullquote_gateway_latency_seconds", "From a heartbeat to its echo.", labels=["shard"]
        )
        for number, shard in self._bot.shards.items():
            up.add_metric([str(number)], not shard.is_closed())
            latency.add_metric([str(number)], shard.latency)
        servers = GaugeMetricFamily(
            "pullquote_servers", "Servers that the bot is in.", len(self._bot.guilds)
        )
        return (up, latency, servers)
