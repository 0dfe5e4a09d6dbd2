"""Articles with words that stand nowhere else, so that every trace of them can be found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from index.articles import Origin, Version
from tests.conftest import version_of

CONSONANTS = "bcdfghjkmnpqtvwxz"  # words of these have no stem but themselves
CANARY = re.compile(rb"([a-z]{6})qxzq")  # an index may leave out how a word begins

State = Mapping[int, int]
"""How many versions each article has, by its number."""


def canary(number: int, revision: int) -> str:
    """A word that stands in this version and nowhere else."""
    digest = hashlib.sha256(f"{number}.{revision}".encode()).digest()
    return "".join(CONSONANTS[byte % len(CONSONANTS)] for byte in digest[:9]) + "qxzq"


def canaries(state: State) -> set[bytes]:
    """The canaries of these articles in all their versions, as `found` finds them."""
    words = (canary(number, revision) for number in state for revision in range(state[number]))
    return {word[3:9].encode() for word in words}


def found(folder: Path) -> set[bytes]:
    """The canaries that stand in any file."""
    files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return {word for data in files for word in CANARY.findall(data)}


def tale(number: int, revision: int) -> Version:
    """An article that anyone can work out; some are long, and revisions share sentences."""
    word = canary(number, revision)
    sentences = [
        f"Tale {number} says {'so ' * (i % 7)}that boat{i} met {word if i % 3 else 'nobody'} today."
        for i in range(120 if number % 7 == 0 else 12)
    ]
    return version_of(" ".join(sentences), title=str(number))


def place(number: int, revision: int) -> Origin:
    """Where a tale was read, and what was said of it there."""
    return Origin(f"https://tales.example/{number}", f'"{revision}"')
