"""One collection opened for asking: its library, its chain, and how people name its articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.runnables import Runnable

from bot.answers import Answer, Answerer, Question
from bot.best_sentence import BestSentence
from bot.chain import build_chain
from bot.reader import Reader
from bot.settings import Settings
from index.articles import Article
from index.collection import collection_folder
from index.encoder import Encoder, load_encoder
from index.errors import LibraryError
from index.library import Library
from index.retriever import HybridRetriever
from index.vectors import LibraryStore

if TYPE_CHECKING:
    from index.intake import Intake

EXAMPLE = Path(str(files("bot") / "example" / "prisoner-exchange.md"))


@dataclass(frozen=True)
class Models:
    """What takes time and memory to load, and so is shared by all collections and threads."""

    encoder: Encoder
    answerer: Answerer


@dataclass(frozen=True)
class Session:
    """A collection and the chain that answers from it."""

    store: LibraryStore
    retriever: HybridRetriever
    chain: Runnable[Question | str, Answer]
    settings: Settings

    @property
    def library(self) -> Library:
        return self.store.library

    @cached_property
    def intake(self) -> Intake:
        """What reads files, links and feeds into this collection."""
        return open_intake(self.store, self.settings)

    def ask(self, text: str, articles: Sequence[int] = (), most_quotes: int = 1) -> Answer:
        """The chain's answer to one question."""
        return self.chain.invoke(Question(text, tuple(articles), most_quotes))


def find_article(library: Library, name: str) -> Article:
    """The article that a person means: its number, its source, a part of its title or file name.

    Raises LibraryError if there is none or if it could be several.
    """
    articles = library.articles()
    wanted = name.casefold().strip()
    exact = [a for a in articles if wanted in {str(a.id), a.title.casefold()}]
    exact = exact or [a for a in articles if name in {a.source, a.url} or _same_file(a, name)]
    found = exact or [a for a in articles if wanted and wanted in _names(a)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise LibraryError(f"No article here is called “{name}”; list the articles to see what is.")
    several = "; ".join(f"{a.id} {a.title}" for a in found[:5])
    raise LibraryError(f"“{name}” could be several articles ({several}); give the number.")


def _names(article: Article) -> str:
    return f"{article.title}\n{Path(article.source).name}".casefold()


def _same_file(article: Article, name: str) -> bool:
    return article.source == str(Path(name).absolute())


@contextmanager
def open_session(
    settings: Settings, collection: str = "local", models: Models | None = None
) -> Iterator[Session]:
    """Opens a collection for asking; models that are loaded already are shared.

    Raises EncoderError and LibraryError.
    """
    models = models or load_models(settings)
    with open_store(settings, collection, models.encoder) as store:
        retriever = HybridRetriever(store=store, k=settings.passages)
        chain = build_chain(retriever, models.answerer, settings.min_confidence)
        yield Session(store, retriever, chain, settings)


@contextmanager
def open_store(settings: Settings, collection: str, encoder: Encoder) -> Iterator[LibraryStore]:
    """Opens a collection for adding; raises LibraryError."""
    with (
        closing(Library(collection_folder(settings.home, collection))) as library,
        closing(LibraryStore(library, encoder)) as store,
    ):
        yield store


def load_models(settings: Settings) -> Models:
    """The encoder and the answerer that the settings name; raises EncoderError."""
    encoder = open_encoder(settings)
    baseline = BestSentence(encoder)
    if settings.answerer == "best-sentence":
        return Models(encoder, baseline)
    return Models(encoder, Reader(baseline, threads=settings.threads))


def open_intake(store: LibraryStore, settings: Settings) -> Intake:
    """What reads files, links and feeds into a collection."""
    from index.intake import Intake  # HTTP and TLS: who only asks does not wait for them
    from index.sources.fetch import Fetcher, Limits

    return Intake(store, Fetcher(Limits(robots=settings.robots)))


def open_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name; raises EncoderError."""
    return load_encoder(settings.encoder, settings.threads, settings.download)
