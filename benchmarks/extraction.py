"""How much of an article is read, and how much else: ``python -m benchmarks.extraction DATA``.

DATA is the folder of the article-extraction-benchmark: ground-truth.json and html/*.html.gz. What
a reader refuses counts as nothing read. Beside each other: Pullquote, trafilatura on its own,
readability-lxml, which has to be installed for it, and jusText, which trafilatura brings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, median

import justext
import trafilatura
from lxml.html import fromstring
from readability import Document
from rich.console import Console
from rich.table import Table

from index.errors import SourceError
from index.sources.blocks import blocks
from index.sources.charset import decode_page
from index.sources.html import extract, parse_html

Read = Callable[[bytes, str], str]
_TOKEN = re.compile(r"\w+")
_SHINGLE = 4  # tokens, as in the article-extraction-benchmark
_LINE = 5  # tokens of the shortest line that is looked for in the page


@dataclass(frozen=True)
class Page:
    """A page and the text that a person marked in it."""

    key: str
    html: bytes
    url: str
    gold: str

    @cached_property
    def shown(self) -> str:
        """All words that a reader of the page sees."""
        return "\n".join(block.text for block in extract(self.html, self.url).seen)

    @property
    def is_held_out(self) -> bool:
        """Whether it was kept from the choice of rules: half of the pages, by their hash."""
        return int(self.key[-1], 16) % 2 == 1


@dataclass(frozen=True)
class Score:
    """Of one page, all from 0 to 1 but the time."""

    precision: float
    recall: float
    shingle_precision: float
    shingle_recall: float
    whole: float
    """The share of the lines read that stand in the page like that, no word left out."""
    seconds: float

    @property
    def f1(self) -> float:
        return harmonic(self.precision, self.recall)


def harmonic(precision: float, recall: float) -> float:
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def pages(data: Path) -> list[Page]:
    gold = json.loads((data / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        Page(key, gzip.decompress(path.read_bytes()), gold[key]["url"], gold[key]["articleBody"])
        for path in sorted((data / "html").glob("*.html.gz"))
        if (key := path.name.removesuffix(".html.gz")) in gold
    ]


def overlap(gold: Sequence[object], found: Sequence[object]) -> tuple[float, float]:
    """Precision and recall of a bag; nothing found has a precision of 0."""
    common = (Counter(gold) & Counter(found)).total()
    return common / max(1, len(found)), common / max(1, len(gold))


def shingles(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """All runs of four tokens; a text of fewer is one run."""
    starts = range(max(1, len(tokens) - _SHINGLE + 1))
    return [tuple(tokens[start : start + _SHINGLE]) for start in starts] if tokens else []


def score(page: Page, read: Read) -> Score:
    began = time.perf_counter()
    text = read(page.html, page.url)
    seconds = time.perf_counter() - began
    gold, found = _TOKEN.findall(page.gold), _TOKEN.findall(text)
    return Score(
        *overlap(gold, found), *overlap(shingles(gold), shingles(found)), whole(page, text), seconds
    )


def whole(page: Page, text: str) -> float:
    shown = "".join(_TOKEN.findall(page.shown))
    lines = [tokens for line in text.split("\n") if len(tokens := _TOKEN.findall(line)) >= _LINE]
    return mean("".join(tokens) in shown for tokens in lines) if lines else 1.0


def pullquote(html: bytes, url: str) -> str:
    try:
        return parse_html(html, url).text
    except SourceError:
        return ""


def without_gate(html: bytes, url: str) -> str:
    return extract(html, url).parsed.text


def by_trafilatura(precision: bool = False, recall: bool = False) -> Read:
    def read(html: bytes, url: str) -> str:
        return (
            trafilatura.extract(
                html,
                url=url,
                include_comments=False,
                favor_precision=precision,
                favor_recall=recall,
            )
            or ""
        )

    return read


def readability(html: bytes, _: str) -> str:
    summary = fromstring(Document(decode_page(html)).summary())
    return "\n".join(block.text for block in blocks(summary))


def by_justext(html: bytes, _: str) -> str:
    paragraphs = justext.justext(html, justext.get_stoplist("English"))
    return "\n".join(part.text for part in paragraphs if not part.is_boilerplate)


READERS: dict[str, Read] = {
    "Pullquote": pullquote,
    "Pullquote, nothing refused": without_gate,
    "trafilatura": by_trafilatura(),
    "trafilatura, favor_precision": by_trafilatura(precision=True),
    "trafilatura, favor_recall": by_trafilatura(recall=True),
    "readability-lxml": readability,
    "jusText": by_justext,
}


def row(scores: Sequence[Score], held_out: Sequence[bool]) -> list[str]:
    chosen = [score.f1 for score, held in zip(scores, held_out, strict=True) if not held]
    held = [score.f1 for score, held in zip(scores, held_out, strict=True) if held]
    shingle = harmonic(
        mean(score.shingle_precision for score in scores),
        mean(score.shingle_recall for score in scores),
    )
    figures = [
        mean(score.f1 for score in scores),
        mean(chosen),
        mean(held),
        mean(score.precision for score in scores),
        mean(score.recall for score in scores),
        shingle,
        mean(score.whole for score in scores),
    ]
    milliseconds = 1000 * median(score.seconds for score in scores)
    return [f"{figure:.3f}" for figure in figures] + [f"{milliseconds:.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = pages(parser.parse_args().data)
    logging.disable(logging.CRITICAL)
    columns = ("token F1", "choosing half", "held-out half", "precision", "recall")
    table = Table("", *columns, "4-gram F1", "whole lines", "ms a page", title=f"{len(data)} pages")
    for name, read in READERS.items():
        read(data[0].html, data[0].url)  # what is loaded at first use is not the page's time
        scores = [score(page, read) for page in data]
        table.add_row(name, *row(scores, [page.is_held_out for page in data]))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
