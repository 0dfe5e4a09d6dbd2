"""Speed and memory beside the stock recipe, in one run: ``python -m benchmarks.speed``.

Medians; the two take turns, so that a busy machine slows both. Whole processes are measured from
their start by the operating system's own accounting.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bot.session import EXAMPLE, Session, load_models, open_session
from bot.settings import Settings
from index.articles import Article, Version
from index.sources import read_file

if TYPE_CHECKING:
    from benchmarks.stock import Stock

QUESTION = "Where was Valerii taken captive?"
THREADS = min(2, os.cpu_count() or 1)
RUNS, ARTICLES, WORDS = 7, 1000, 400

Row = tuple[str, float, float, str]


def main() -> None:
    """Prints one table."""
    os.environ["OMP_NUM_THREADS"] = str(THREADS)  # the stock recipe's torch
    table = Table("median", "Pullquote", "stock", "ratio", box=None)
    with tempfile.TemporaryDirectory() as folder:
        for what, ours, stock, unit in measure(Path(folder)):
            better = ours / stock if unit.endswith("/s") else stock / ours
            beside = f"{stock:,.1f} {unit}" if stock else ""
            ratio = f"{better:.1f}x" if stock else ""
            table.add_row(what, f"{ours:,.1f} {unit}", beside, ratio)
    Console().print(table)


def measure(home: Path) -> list[Row]:
    """What was measured: ours, the stock recipe's (0 where it has no such thing), the unit."""
    cold = _cold(home)  # first: a process starts with the peak memory of the one that starts it
    from benchmarks.stock import Stock

    stock = Stock()
    stock.load(home)
    settings = Settings(home=home, threads=THREADS, passages=4)
    with open_session(settings) as session:
        warm = _warm(session, stock)
    return [*cold, warm, *_indexing(settings, stock), _opening(settings)]


def _cold(home: Path) -> list[Row]:
    """A question to an article that is indexed already, from the start of the process."""
    ask = [sys.executable, "-m", "bot", "ask", QUESTION]
    recipe = [sys.executable, "-m", "benchmarks.stock", str(home), QUESTION]
    for first in ([*ask[:3], "add", "--example"], recipe):  # these index
        _process(first, home)
    pairs = [(_process(ask, home), _process(recipe, home)) for _ in range(RUNS)]
    seconds = [median(pair[side][0] for pair in pairs) for side in (0, 1)]
    megabytes = [median(pair[side][1] for pair in pairs) for side in (0, 1)]
    return [
        ("cold answer (stock: first passage)", *seconds, "s"),
        ("its peak memory", *megabytes, "MB"),
    ]


def _process(command: Sequence[str], home: Path) -> tuple[float, float]:
    """Wall seconds and peak megabytes of one process."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    environment = os.environ | {"PULLQUOTE_HOME": str(home)}
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, command
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def _warm(session: Session, stock: Stock) -> Row:
    rank = session.retriever.rank
    pairs = [
        (milliseconds(lambda: rank(QUESTION)), milliseconds(lambda: stock.search(QUESTION)))
        for _ in range(50)
    ]
    return ("warm retrieval", median(a for a, _ in pairs), median(b for _, b in pairs), "ms")


def _indexing(settings: Settings, stock: Stock) -> list[Row]:
    """Articles of 400 words: ours into a library on disk, one transaction each; stock in memory."""
    versions = [Version(Article(f"article {n}"), article(n)) for n in range(ARTICLES)]
    ours, theirs = [], []
    with open_session(settings, "bench") as session:
        for at in range(0, ARTICLES, 100):
            batch = versions[at : at + 100]
            before = len(session.library.passage_ids())
            spent = milliseconds(lambda: [session.store.add_article(v) for v in batch]) / 1000  # noqa: B023
            ours.append(((len(session.library.passage_ids()) - before) / spent, 100 / spent))
            if at < 300:  # the stock recipe is slow, and its rate does not change
                start = time.perf_counter()
                chunks = stock.add([v.text for v in batch])
                spent = time.perf_counter() - start
                theirs.append((chunks / spent, 100 / spent))
    rates = [median(run[what] for run in runs) for what in (0, 1) for runs in (ours, theirs)]
    return [
        ("indexing, passages", rates[0], rates[1], "/s"),
        ("indexing, articles of 400 words", rates[2], rates[3], "/s"),
    ]


def _opening(settings: Settings) -> Row:
    """Opening the library of 1,000 articles and the first search, the models being loaded."""
    models = load_models(settings)

    def first_search() -> None:
        with open_session(settings, "bench", models) as session:
            session.retriever.rank(QUESTION)

    spent = median(milliseconds(first_search) for _ in range(RUNS))
    return ("opening 1,000 articles, first search", spent, 0, "ms")


def article(number: int) -> str:
    """400 words that no other number gives: the example's sentences, shuffled and numbered."""
    version = read_file(EXAMPLE)
    sentences = [version.text[a:b] for a, b in version.sentences]
    shuffled = random.Random(number).choices(sentences, k=40)
    words = f"Report {number}. {' '.join(shuffled)}".split()[:WORDS]
    return " ".join(words)


def milliseconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
