"""From a question on Discord to the messages that answer it. Synchronous: it runs in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.answers import Answer
from bot.best_sentence import ON_TOPIC
from bot.conversation import Turn, resolve
from bot.discord_app.options import ServerOptions
from bot.discord_app.place import Place
from bot.discord_app.records import Asked, Records
from bot.discord_text import answer_pages, more_pages
from bot.quotes import quote_span
from bot.session import Session, find_article
from bot.suggestions import suggestions
from index.articles import Article
from index.errors import LibraryError, QuestionError
from index.ranking import SentenceRanker

TOPIC_QUOTES = 5
MORE_QUOTES = 3
LONGEST_HISTORY = 3  # turns; what a pronoun means was said lately


@dataclass(frozen=True)
class Request:
    """What a person asks. `article` is how they name one, `articles` are known ids; `follows` is
    the question that this one follows up, 0 if none. `repeat`: whether the answer repeats the
    question, because nobody else can see it."""

    question: str
    article: str = ""
    articles: tuple[int, ...] = ()
    topic: bool = False
    follows: int = 0
    repeat: bool = True


@dataclass(frozen=True)
class Shown:
    """Messages, and the verbs of the buttons under the last, which are about question `asked`."""

    pages: Sequence[str]
    asked: int = 0
    verbs: tuple[str, ...] = ()
    answer: Answer | None = None
    title: str = ""
    """What a thread about it is called."""
    turns: tuple[int, int] | None = None
    """Of a list: which page this is and which is the last, from 0."""


def answer(
    session: Session, place: Place, options: ServerOptions, request: Request, at: datetime
) -> Shown:
    """The answer to a question that was asked at `at`, kept so that its buttons and follow-ups can
    refer to it.

    Raises QuestionError if the question or the article cannot be understood.
    """
    records = Records(session.library)
    history = _history(records, request.follows)
    articles = _scope(session, place, options, request, history)
    resolved = resolve(request.question, [_turn(records, asked) for asked in history])
    needed = options.min_confidence
    found = session.ask(
        resolved.text,
        articles,
        TOPIC_QUOTES if request.topic else 1,
        min_confidence=needed,
        answerer=options.answerer,
    )
    number = records.keep(
        found,
        user=place.user,
        channel=place.channel,
        needed=session.settings.min_confidence if needed is None else needed,
        follows=request.follows,
        at=at,
    )
    said = replace(found, question=replace(found.question, text=request.question))
    offered = _offered(found)
    pages = answer_pages(said, place.language, asked=request.repeat, suggestions=offered)
    return Shown(pages, number, _verbs(found), found, request.question)


def more(session: Session, place: Place, asked: Asked) -> Shown:
    """Other sentences near to a question, whether they answer it or not."""
    rows = session.retriever.rank(asked.question, articles=asked.scope)
    passages = [row.passage for row in rows]
    ranked = SentenceRanker(session.models.encoder).rank(asked.question, passages) if rows else []
    shown = {(kept.article, kept.version, kept.start) for kept in asked.quotes}
    near = [quote_span(span) for span, cosine in ranked if cosine >= ON_TOPIC]
    others = [q for q in near if (q.version.article.id, q.version.id, q.start) not in shown]
    return Shown(more_pages(others[:MORE_QUOTES], place.language))


def chosen(session: Session, name: str) -> Article:
    """The article that a person means; raises QuestionError if that cannot be told."""
    try:
        return find_article(session.library, name)
    except LibraryError as error:
        raise QuestionError(str(error), error.code, **error.values) from error


def _scope(
    session: Session,
    place: Place,
    options: ServerOptions,
    request: Request,
    history: Sequence[Asked],
) -> tuple[int, ...]:
    """Which articles are asked: the named one, else those under discussion, else the channel's,
    else all. What has been removed since is no longer meant."""
    if request.article:
        return (chosen(session, request.article).id,)
    default = options.articles.get(place.channel) or options.articles.get(place.parent)
    discussed = _discussed(history[-1]) if history else ()
    there = {article.id for article in session.library.articles()}
    for meant in (request.articles, discussed, (default,) if default else ()):
        if kept := tuple(number for number in meant if number in there):
            return kept
    return ()


def _discussed(asked: Asked) -> tuple[int, ...]:
    """The articles that an answer was about."""
    quoted = asked.quotes or ((asked.nearest,) if asked.nearest else ())
    return tuple(dict.fromkeys(kept.article for kept in quoted)) or asked.scope


def _history(records: Records, follows: int) -> list[Asked]:
    """The questions before this one, oldest first."""
    found: list[Asked] = []
    while follows and len(found) < LONGEST_HISTORY and (asked := records.asked(follows)):
        found.append(asked)
        follows = asked.follows
    return found[::-1]


def _turn(records: Records, asked: Asked) -> Turn:
    quotes = [quote for kept in asked.quotes if (quote := records.quote(kept))]
    said = "\n".join(quote.highlighted for quote in quotes)
    text = "\n".join(quote.text for quote in quotes)
    return Turn(asked.question, said, text, _discussed(asked))


def _offered(found: Answer) -> Sequence[str]:
    """What could be asked instead, where the articles do not say."""
    if found.status != "not_in_article" or not found.passages:
        return ()
    return suggestions(found)


def _verbs(found: Answer) -> tuple[str, ...]:
    if found.status == "no_article":
        return ()
    if found.status == "answered":
        more = () if found.question.is_topic else ("more",)
        return ("context", *more, "why", "good", "bad", "delete")
    near = ("context",) if found.why.nearest else ()
    return (*near, "why", "good", "bad", "delete")
