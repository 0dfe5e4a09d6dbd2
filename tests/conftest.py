"""What tests share: an encoder that can be worked out by hand, the real one, and other users."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from bot.best_sentence import BestSentence
from bot.session import Models
from index.articles import Article, Version, canonical_text
from index.encoder import Encoder, load_encoder
from index.library import Library
from index.vectors import LibraryStore

REPOSITORY = Path(__file__).parents[1]
_NOBODY = 65534

settings.register_profile("pullquote", deadline=None)  # the machine may be busy
settings.load_profile("pullquote")


class WordLengthEncoder(Encoder):
    """A text becomes the counts of its words of one letter, of two, of three, …, at length 1."""

    id = "word-lengths/1"
    dimension = 12
    window = 30

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.split():
                counts[row, min(len(word), self.dimension) - 1] += 1
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return np.asarray(counts / np.maximum(lengths, 1), dtype=np.float32)

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def version_of(text: str, title: str = "An article") -> Version:
    """An article that has not been stored yet."""
    return Version(Article(title), canonical_text(text))


def baseline(encoder: Encoder) -> Models:
    """Models with the answerer that needs no weights of its own."""
    return Models(encoder, BestSentence(encoder))


@pytest.fixture
def encoder() -> Encoder:
    return WordLengthEncoder()


@pytest.fixture(scope="session")
def bundled() -> Encoder:
    """The encoder that people get."""
    return load_encoder()


@pytest.fixture
def store(tmp_path: Path, encoder: Encoder) -> Iterator[LibraryStore]:
    """An empty library in `tmp_path / "library"`."""
    with closing(LibraryStore(Library(tmp_path / "library"), encoder)) as opened:
        yield opened


@pytest.fixture
def unprivileged() -> Callable[[], AbstractContextManager[None]]:
    """A context in which file permissions count, also where the tests are run by root."""

    @contextmanager
    def nobody() -> Iterator[None]:
        if os.getuid() != 0:
            yield
            return
        os.setresuid(_NOBODY, _NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    return nobody


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user of this machine may look into (pytest's own are private)."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts another Python in the repository, with lines going in and out."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(  # noqa: S603 - code of these tests
            command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True, start_new_session=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the children that it may have left
        process.communicate()
