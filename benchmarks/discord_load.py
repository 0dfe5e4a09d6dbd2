"""Questions by the hundred, over the wire: ``python -m benchmarks.discord_load``.

The real bot, in a process of its own, is logged in to the loopback Discord of tests/wire, which
runs in this one and judges all that the bot sends. Each server has a library of two articles. Exit
status 1 if something is not as it must be.

Waves: 500 people, ten in each of 50 servers, all ask at once; the next wave comes when everybody
has an answer. The bot is `pullquote discord` as it is, with its limits.

A flood: 200 people of one server ask at once, while in another one question is asked after another.
The bot would refuse the flood from the 21st question on, so that its limits on how fast may be
asked are lifted; how much may wait is bounded as always.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from benchmarks.discord_process import BotProcess, bot_process
from benchmarks.speed import article
from bot.discord_app.place import server_collection
from bot.discord_app.rooms import SIZES
from bot.session import EXAMPLE, load_models, open_session
from bot.settings import Settings
from index.articles import Article, Version
from tests.wire.clock import Clock
from tests.wire.interactions import Interaction
from tests.wire.server import DiscordServer, discord_server
from tests.wire.state import Guild
from tests.wire.traffic import Request, Violation

SOON = 1.0  # seconds within which Discord has to hear that a question has come
TURNS = 2 * SIZES["ask"].workers  # of a flood, that may come before a question of another server
GROWTH = 1.1  # of the memory held, from the first wave to the last
PATIENCE = 840.0  # seconds; after 15 minutes Discord takes no answer any more
QUESTIONS = [
    json.loads(line)["question"]
    for line in EXAMPLE.with_name("questions.jsonl").read_text("utf-8").splitlines()
]
OTHER = 1000  # server 7 has the articles 7 and 1007
_TITLE = re.compile(r"Report (\d+)")


@dataclass(frozen=True)
class Load:
    """`each`: questions in every server, a wave. `flood`: questions of the one server, `quiet` of
    the other."""

    servers: int = 50
    each: int = 10
    waves: int = 3
    flood: int = 200
    quiet: int = 10


@dataclass(frozen=True)
class Outcome:
    """What came of one question: when it was asked (of the monotonic clock), and how many seconds
    later Discord had heard that it had come, and had the answer (infinity: never).

    is_answer: it was not just told why there is none. twice: more than one first response, or more
    than one message. foreign: it quotes an article of another server.
    """

    begun: float
    deferred: float
    answered: float
    is_answer: bool
    twice: bool
    foreign: bool

    @property
    def ended(self) -> float:
        return self.begun + self.answered


@dataclass(frozen=True)
class Wave:
    """Seconds in all, and of processor time for the bot and for this process; megabytes that the
    bot holds in the end."""

    outcomes: Sequence[Outcome]
    seconds: float
    bot: float
    double: float
    resident: float


@dataclass(frozen=True)
class Flood:
    """Questions of one server before and during the flood of another."""

    alone: Sequence[Outcome]
    beside: Sequence[Outcome]
    flood: Sequence[Outcome]

    @property
    def turns(self) -> list[int]:
        """How many of the flood were answered while each question waited."""
        ended = [one.ended for one in self.flood if one.is_answer]
        return [sum(one.begun < at < one.ended for at in ended) for one in self.beside]


@dataclass(frozen=True)
class Seen:
    """What was wrong beside single questions."""

    violations: Sequence[Violation]
    refused: int
    """Requests that were answered by an error."""
    errors: Sequence[str]
    """Lines of the bot's log."""


class Crowd:
    """People on a Discord, so many in each server, who ask one question each at a time."""

    def __init__(self, server: DiscordServer, each: int) -> None:
        self.server, self.guilds = server, list(server.guilds.values())
        people = [server.add_person(f"person{n}") for n in range(each * len(self.guilds))]
        self._people = {g.id: people[n :: len(self.guilds)] for n, g in enumerate(self.guilds)}
        for guild in self.guilds:
            for person in self._people[guild.id]:
                server.join(guild, person)

    async def ask(self, each: int, guilds: Sequence[Guild]) -> list[Interaction]:
        """So many questions in every server, one server after another, as fast as they are sent."""
        asked = []
        for number in range(each):
            for place, guild in enumerate(guilds):
                question = QUESTIONS[(number + place) % len(QUESTIONS)]
                by = self._people[guild.id][number]
                asked.append(self.server.slash("ask", guild.channel(), by, question=question))
                await asyncio.sleep(0)  # else all would be made before the first is sent
        return asked

    async def outcomes(self, asked: Sequence[Interaction]) -> list[Outcome]:
        """What has come of them, once nothing more is to come."""
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            sent = self._sent()
            if all(_is_over(each, sent[each.token]) for each in asked):
                break
            await asyncio.sleep(0.1)
        sent = self._sent()
        return [self._outcome(each, sent[each.token]) for each in asked]

    def _sent(self) -> defaultdict[str, list[Request]]:
        """The bot's requests by the interaction that they are about."""
        sent: defaultdict[str, list[Request]] = defaultdict(list)
        for request in self.server.requests:
            for part in request.path.split("/"):
                sent[part].append(request)
        return sent

    def _outcome(self, asked: Interaction, sent: Sequence[Request]) -> Outcome:
        responses = [r for r in sent if r.operation == "create_interaction_response"]
        text = "\n".join(m.content for m in asked.messages if not m.loading).replace("\\", "")
        own = self.guilds.index(asked.channel.guild) if asked.channel.guild else -1
        begun, ended = asked.begun, max((r.at for r in sent if r.status < 300), default=math.inf)
        return Outcome(
            begun,
            min((r.at - begun for r in responses if r.status < 300), default=math.inf),
            ended - begun if text else math.inf,
            asked.data["options"][0]["value"] in text,
            len(responses) > 1 or len(asked.messages) > 1,
            any(int(number) % OTHER != own for number in _TITLE.findall(text)),
        )


def _is_over(asked: Interaction, sent: Sequence[Request]) -> bool:
    """Something can be read, or the bot came too late and knows it."""
    late = any(request.status >= 400 for request in sent)
    return late or any(not message.loading for message in asked.messages)


async def waves(load: Load) -> tuple[list[Wave], float, Seen]:
    """The waves, the megabytes before the first, and what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with discord_server(load.servers, clock=Clock(running=True)) as server:
            crowd = Crowd(server, load.each)
            _fill(home, crowd.guilds)
            async with bot_process(server, home) as bot:
                await crowd.outcomes(await crowd.ask(1, crowd.guilds[:1]))  # it is at work
                before = bot.resident
                found = [await _wave(crowd, bot, load.each) for _ in range(load.waves)]
                return found, before, _seen(server, bot)


async def _wave(crowd: Crowd, bot: BotProcess, each: int) -> Wave:
    crowd.server.requests.clear()
    began, busy, own = time.monotonic(), bot.cpu, time.process_time()
    asked = await crowd.ask(each, crowd.guilds)
    found = await crowd.outcomes(asked)
    seconds = time.monotonic() - began
    await asyncio.sleep(1.0)  # what would come twice has come by then
    found = await crowd.outcomes(asked)
    return Wave(found, seconds, bot.cpu - busy, time.process_time() - own, bot.resident)


async def flood(load: Load) -> tuple[Flood, Seen]:
    """A server's questions before and during the flood of another."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with discord_server(2, clock=Clock(running=True)) as server:
            crowd = Crowd(server, max(load.flood, load.quiet))
            _fill(home, crowd.guilds)
            loud, quiet = crowd.guilds
            async with bot_process(server, home, limited=False) as bot:
                await crowd.outcomes(await crowd.ask(2, crowd.guilds))  # it is at work
                alone = await _one_by_one(crowd, quiet, load.quiet)
                many = await crowd.ask(load.flood, [loud])
                beside = await _one_by_one(crowd, quiet, load.quiet)
                return Flood(alone, beside, await crowd.outcomes(many)), _seen(server, bot)


async def _one_by_one(crowd: Crowd, guild: Guild, count: int) -> list[Outcome]:
    found = []
    for _ in range(count):
        found += await crowd.outcomes(await crowd.ask(1, [guild]))
    return found


def _fill(home: Path, guilds: Sequence[Guild]) -> None:
    """Two articles of 400 words for each server, which no other has."""
    settings = Settings(home=home)
    models = load_models(settings)
    for number, guild in enumerate(guilds):
        with open_session(settings, server_collection(guild.id), models) as session:
            for own in (number, number + OTHER):
                session.store.add_article(Version(Article(f"Report {own}"), article(own)))


def _seen(server: DiscordServer, bot: BotProcess) -> Seen:
    refused = sum(times for status, times in server.traffic.by_status.items() if status >= 400)
    return Seen(server.take_violations(), refused, bot.errors)


def wrong(found: Sequence[Outcome], seen: Seen) -> Iterator[str]:
    """What must not be, whatever the machine."""
    counts = {
        "lost": sum(one.answered == math.inf for one in found),
        "answered twice": sum(one.twice for one in found),
        "answered from another server's library": sum(one.foreign for one in found),
        "refused requests": seen.refused,
        "violations": len(seen.violations),
        "errors in the log": len(seen.errors),
    }
    yield from (f"{count} {what}" for what, count in counts.items() if count)
    yield from map(str, (*seen.violations[:3], *seen.errors[:3]))


def wrong_of_waves(found: Sequence[Wave], seen: Seen) -> Iterator[str]:
    every = [one for wave in found for one in wave.outcomes]
    yield from wrong(every, seen)
    if told := sum(one.answered < math.inf and not one.is_answer for one in every):
        yield f"{told} were told that they cannot be answered now"
    if late := sum(one.deferred > SOON for one in every):
        yield f"{late} of {len(every)} were acknowledged after {SOON:.0f} s"
    if found[-1].resident > found[0].resident * GROWTH:
        yield "the memory held grows from wave to wave"


def wrong_of_flood(found: Flood, seen: Seen) -> Iterator[str]:
    yield from wrong([*found.alone, *found.beside, *found.flood], seen)
    if not all(one.is_answer for one in (*found.alone, *found.beside)):
        yield "the other server was not answered"
    if median(found.turns) > TURNS:
        yield f"more than {TURNS} of the flood came before a question of the other server"


def table_of_waves(found: Sequence[Wave], before: float) -> Table:
    """Times in seconds; processor time in milliseconds a question."""
    heads = "wave|questions|acknowledged p50|most|within 1 s|answered p50|p95|a second"
    table = Table(*heads.split("|"), "CPU of the bot", "of the double", "resident", box=None)
    table.add_row(*[""] * 10, f"{before:.0f} MB")
    for number, wave in enumerate(found, start=1):
        acknowledged = [one.deferred for one in wave.outcomes]
        answered = [one.answered for one in wave.outcomes]
        count = len(answered)
        shares = (sum(one <= SOON for one in acknowledged) / count, count / wave.seconds)
        table.add_row(
            str(number),
            str(count),
            *(f"{seconds:.2f} s" for seconds in (median(acknowledged), max(acknowledged))),
            f"{shares[0]:.1%}",
            *(f"{seconds:.1f} s" for seconds in (median(answered), quantiles(answered, n=20)[-1])),
            f"{shares[1]:.1f}",
            *(f"{1000 * spent / count:.0f} ms" for spent in (wave.bot, wave.double)),
            f"{wave.resident:.0f} MB",
        )
    return table


def table_of_flood(found: Flood) -> Table:
    """The other server's times, and what became of the flood."""
    table = Table("", "alone", "during the flood", "ratio", box=None)
    alone, beside = ([one.answered for one in half] for half in (found.alone, found.beside))
    for name, of in (("median", median), ("most", max)):
        times = of(alone), of(beside)
        table.add_row(
            f"another server's question, {name}",
            *(f"{seconds:.2f} s" for seconds in times),
            f"{times[1] / times[0]:.1f}",
        )
    table.add_row("of the flood answered meanwhile, median", "", f"{median(found.turns):.0f}")
    table.add_row("of the flood answered meanwhile, most", "", str(max(found.turns)))
    answered = sum(one.is_answer for one in found.flood)
    table.add_row("of the flood answered in the end", "", f"{answered} of {len(found.flood)}")
    return table


def main(load: Load) -> int:
    """Prints two tables and what is not as it must be; returns the exit status."""
    console = Console(width=150)
    found, before, seen = asyncio.run(waves(load))
    console.print(table_of_waves(found, before), "")
    flooded, seen_then = asyncio.run(flood(load))
    console.print(table_of_flood(flooded), "")
    broken = [*wrong_of_waves(found, seen), *wrong_of_flood(flooded, seen_then)]
    for sentence in broken:
        console.print(f"WRONG: {sentence}", markup=False)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main(Load(*map(int, sys.argv[1:]))))
