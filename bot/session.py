"""One collection opened for asking: its library, its chain, and how people name its articles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
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

Chain = Runnable[Question | str, Answer]

EXAMPLE = Path(str(files("bot") / "example" / "prisoner-exchange.md"))


@dataclass(frozen=True)
class Models:
    """What takes time and memory to load, and so is shared by all collections and threads."""

    encoder: Encoder
    answerer: Answerer
    answerers: Mapping[str, Answerer] = field(default_factory=dict)
    """Those that may be asked for by name."""


@dataclass(frozen=True)
class Session:
    """A collection opened for asking. Its vectors are not read before something needs them, so that
    what only looks into the library does not wait for that."""

    library: Library
    models: Models
    settings: Settings

    @cached_property
    def store(self) -> LibraryStore:
        """The collection's vectors, and the way in for articles."""
        return LibraryStore(self.library, self.models.encoder)

    @cached_property
    def retriever(self) -> HybridRetriever:
        return HybridRetriever(store=self.store, k=self.settings.passages)

    @cached_property
    def chain(self) -> Chain:
        """The chain with the operator's answerer and threshold."""
        return build_chain(self.retriever, self.models.answerer, self.settings.min_confidence)

    @cached_property
    def intake(self) -> Intake:
        """What reads files, links and feeds into this collection."""
        return open_intake(self.store, self.settings)

    def ask(
        self,
        text: str,
        articles: Sequence[int] = (),
        most_quotes: int = 1,
        *,
        min_confidence: float | None = None,
        answerer: str = "",
    ) -> Answer:
        """The chain's answer to one question.

        `min_confidence` and `answerer` take the place of the operator's; an answerer that is not
        allowed (any more) is taken for none.
        """
        question = Question(text, tuple(articles), most_quotes)
        chosen = self.models.answerers.get(answerer)
        if min_confidence is None and chosen is None:
            return self.chain.invoke(question)
        needed = self.settings.min_confidence if min_confidence is None else min_confidence
        chain = build_chain(self.retriever, chosen or self.models.answerer, needed)
        return chain.invoke(question)

    def close(self) -> None:
        """Saves the snapshot of the vectors, if they were read, and closes the library."""
        opened: Library | LibraryStore = vars(self).get("store", self.library)
        opened.close()


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
        sentence = f"No article here is called “{name}”; list the articles to see what is."
        raise LibraryError(sentence, "article_unknown", name=name)
    several = "; ".join(f"{a.id} {a.title}" for a in found[:5])
    sentence = f"“{name}” could be several articles ({several}); give the number."
    raise LibraryError(sentence, "article_several", name=name, several=several)


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
    library = Library(collection_folder(settings.home, collection))
    with closing(Session(library, models, settings)) as session:
        library.require_encoder(models.encoder.id)
        yield session


@contextmanager
def open_store(settings: Settings, collection: str, encoder: Encoder) -> Iterator[LibraryStore]:
    """Opens a collection for adding; raises LibraryError."""
    with (
        closing(Library(collection_folder(settings.home, collection))) as library,
        closing(LibraryStore(library, encoder)) as store,
    ):
        yield store


def load_models(settings: Settings) -> Models:
    """The encoder and the answerers that the settings name; raises EncoderError."""
    encoder = open_encoder(settings)
    answerers: dict[str, Answerer] = {"best-sentence": (baseline := BestSentence(encoder))}
    if "reader" in (settings.answerer, *settings.answerers):
        answerers["reader"] = Reader(baseline, threads=settings.threads)
    default = answerers[settings.answerer]
    return Models(encoder, default, {str(name): answerers[name] for name in settings.answerers})


def open_intake(store: LibraryStore, settings: Settings) -> Intake:
    """What reads files, links and feeds into a collection."""
    from index.intake import Intake  # HTTP and TLS: who only asks does not wait for them
    from index.sources.fetch import Fetcher, Limits

    return Intake(store, Fetcher(Limits(robots=settings.robots)))


def open_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name; raises EncoderError."""
    return load_encoder(settings.encoder, settings.threads, settings.download)
