"""Our sentence splitter beside maintained ones.

`PYTHONPATH=. python benchmarks/sentences.py DATA [GOLD]`, from the root.

DATA holds squad1-train.json.gz; its articles are halved by title, and only the half that the rules
were not written on is reported. GOLD is an optional JSON list of {"text", "starts", "judged"}:
where sentences after the first begin, and the offsets that were judged (null: the whole text).
Not installed: skipped. `pip install sentencex nupunkt pysbd` brings the others.
"""

import argparse
import gzip
import importlib.util
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

Splitter = Callable[[str], list[tuple[int, int]]]
# Each defines `split`; run in a process of its own for import time and memory, here for the rest.
SPLITTERS = {
    "ours": ("index", "from index.sentences import sentences as split"),
    "sentencex": (
        "sentencex",
        "import sentencex\n"
        "def split(text):\n"
        "    bounds = sentencex.get_sentence_boundaries('en', text)\n"
        "    return [(bound['start_index'], bound['end_index']) for bound in bounds]",
    ),
    "nupunkt": ("nupunkt", "from nupunkt import sent_spans as split"),
    "pysbd": (
        "pysbd",
        "import pysbd\n"
        "segmenter = pysbd.Segmenter(language='en', clean=False, char_span=True)\n"
        "def split(text):\n"
        "    return [(span.start, span.end) for span in segmenter.segment(text)]",
    ),
}
START_UP = """
import resource, time
def mb(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
before, began = mb(), time.perf_counter()
{code}
split("One. Two.")
print(time.perf_counter() - began, mb() - before)
"""
INNER = re.compile(r"(\S+?)[.!?][\"'”’)\]]*\s+[\"“(]?[A-Z]")
ABBREVIATED = re.compile(
    r"\W*((\w\.)*\w|St|Mrs?|Ms|Dr|Jr|Sr|Rev|Gen|Lt|Col|Capt|Maj|Sen|Rep|Gov|vs|cf|Inc|Bros|No)\Z"
)


def starts_of(split: Splitter, text: str) -> set[int]:
    """Where sentences after the first begin, at visible characters, whatever the spans hold."""
    found = [start for start, _ in split(text)]
    starts = {start + len(text[start:]) - len(text[start:].lstrip()) for start in found}
    return starts - {len(text) - len(text.lstrip()), len(text)}


def reported_paragraphs(data: Path, count: int) -> list[dict[str, Any]]:
    """A fixed sample of paragraphs from the half of the articles that the rules never saw."""
    with gzip.open(data / "squad1-train.json.gz", "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    titles = sorted(article["title"] for article in articles)
    random.Random(7).shuffle(titles)
    reported = set(titles[len(titles) // 2 :])
    paragraphs = [
        p for article in articles if article["title"] in reported for p in article["paragraphs"]
    ]
    return random.Random(11).sample(paragraphs, min(count, len(paragraphs)))


def answers_cut(starts: list[set[int]], paragraphs: list[dict[str, Any]]) -> float:
    """The share of gold answers with a boundary inside them."""
    cut = total = 0
    for found, paragraph in zip(starts, paragraphs, strict=True):
        for question in paragraph["qas"]:
            for answer in question["answers"][:1]:
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                cut += any(start < boundary < end for boundary in found)
                total += 1
    return cut / total


def left_whole(starts: list[set[int]], paragraphs: list[dict[str, Any]]) -> float:
    """The share of sentences that hold another likely end: a mark, a space, a capital."""
    held = total = 0
    for found, paragraph in zip(starts, paragraphs, strict=True):
        bounds = [0, *sorted(found), len(paragraph["context"])]
        for start, end in pairwise(bounds):
            inner = INNER.finditer(paragraph["context"], start, end)
            held += any(not ABBREVIATED.match(match[1]) for match in inner)
            total += 1
    return held / total


def against_gold(split: Splitter, gold: list[dict[str, Any]]) -> str:
    """Precision, recall and F1 of the boundaries that a person judged."""
    right = proposed = wanted = 0
    for case in gold:
        found, true = starts_of(split, case["text"]), set(case["starts"])
        if case["judged"] is not None:
            found &= set(case["judged"])
        right, proposed, wanted = (
            right + len(found & true),
            proposed + len(found),
            wanted + len(true),
        )
    precision, recall = right / max(1, proposed), right / max(1, wanted)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"{precision:.4f} {recall:.4f} {f1:.4f}"


def report(name: str, paragraphs: list[dict[str, Any]], gold: list[dict[str, Any]]) -> str:
    """One line of the table."""
    package, code = SPLITTERS[name]
    if importlib.util.find_spec(package) is None:
        return f"{name:10} not installed, skipped"
    command = [sys.executable, "-c", START_UP.format(code=code)]
    seconds, memory = map(float, subprocess.check_output(command, text=True).split())
    scope: dict[str, Any] = {}
    exec(code, scope)  # noqa: S102 - the four snippets above, the same that the subprocess ran
    split: Splitter = scope["split"]
    began = time.perf_counter()
    for paragraph in paragraphs:
        split(paragraph["context"])
    speed = len(paragraphs) / (time.perf_counter() - began)
    starts = [starts_of(split, paragraph["context"]) for paragraph in paragraphs]
    cut, whole = answers_cut(starts, paragraphs), left_whole(starts, paragraphs)
    line = f"{name:10} {cut:11.3%} {whole:10.2%} {speed:12.0f} {seconds:8.3f} {memory:7.1f}"
    return f"{line}  {against_gold(split, gold)}" if gold else line


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("gold", type=Path, nargs="?")
    parser.add_argument("--paragraphs", type=int, default=3000)
    arguments = parser.parse_args()
    paragraphs = reported_paragraphs(arguments.data, arguments.paragraphs)
    gold = json.loads(arguments.gold.read_text(encoding="utf-8")) if arguments.gold else []
    print("splitter   answers cut left whole paragraphs/s import s      MB  precision recall F1")
    for name in SPLITTERS:
        print(report(name, paragraphs, gold))


if __name__ == "__main__":
    main()
