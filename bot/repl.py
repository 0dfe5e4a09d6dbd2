"""The REPL: questions, and a few commands that start with a slash."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from rich.console import Console
from rich.table import Table

from bot import render, render_library
from bot.answers import Answer
from bot.session import Session, find_article
from index.errors import PullquoteError
from index.sources import read_text
from index.sources.files import is_url

HELP = """\
Ask a question, or:
  /articles          list the articles
  /use ARTICLE|all   ask only this article (number or part of its title)
  /add FILE|LINK     add an article; without either, paste one and end it with a line “.”
  /refresh           read the articles that are asked again, where they were read
  /remove ARTICLE    remove an article
  /quotes TOPIC      the best quotes on a topic
  /context N         the text around quote N of the last answer
  /why               how the last answer came about
  /json              answers as JSON, on or off
  /help, /quit"""

_TOPIC_QUOTES = 5


class Repl:
    """Reads lines until /quit or the end of input, and prints answers on `console`."""

    def __init__(self, session: Session, console: Console, article: int | None = None) -> None:
        self._session, self._console = session, console
        self._articles = [article] if article else []
        self._last: Answer | None = None
        self._as_json = False
        self._commands: Mapping[str, Callable[[str], None]] = {
            "/articles": self._list,
            "/use": self._use,
            "/add": self._add,
            "/refresh": self._refresh,
            "/remove": self._remove,
            "/quotes": self._quotes,
            "/context": self._context,
            "/why": self._why,
            "/json": self._toggle_json,
            "/help": lambda _: self._print(HELP),
        }
        self._history = _History(str(session.settings.home / "history"))
        self._lines = self._typed() if sys.stdin.isatty() else self._piped()

    def run(self) -> None:
        """Until /quit. Ctrl-C stops what is being done, not the program."""
        self._print(f"{self._about()} Ask a question, or /help.")
        for line in self._lines:
            if line.strip() in {"/quit", "/exit"}:
                return
            try:
                self.handle(line.strip())
            except PullquoteError as error:
                self._print(str(error))
            except KeyboardInterrupt:
                self._print("Stopped.")

    def handle(self, line: str) -> None:
        """One line: a command or a question."""
        name, _, rest = line.partition(" ")
        if not line:
            return
        if not line.startswith("/"):
            self._ask(line)
        elif name in self._commands:
            self._commands[name](rest.strip())
        else:
            self._print(f"There is no command {name}; /help lists them.")

    def _ask(self, text: str, most_quotes: int = 1) -> None:
        self._last = self._session.ask(text, self._articles, most_quotes)
        if self._as_json:
            self._print(json.dumps(render.as_json(self._last), ensure_ascii=False))
        else:
            self._console.print(render.terminal(self._last), end="\n\n")

    def _quotes(self, topic: str) -> None:
        if topic:
            self._ask(topic, _TOPIC_QUOTES)
        else:
            self._print("Name a topic, as in: /quotes families")

    def _list(self, _: str) -> None:
        table = Table(box=None, show_header=False, pad_edge=False)
        for article in self._session.library.articles():
            mark = "*" if article.id in self._articles else ""
            table.add_row(mark, str(article.id), article.title, article.source)
        self._console.print(table if table.rows else "There are no articles yet; /add one.")

    def _use(self, name: str) -> None:
        everything = name in {"", "all"}
        self._articles = [] if everything else [find_article(self._session.library, name).id]
        self._print(self._about())

    def _add(self, rest: str) -> None:
        if rest:
            source = rest if is_url(rest) else str(_path(rest))
            kept = self._session.intake.add(source)
        else:
            self._print("Paste the article; end it with a line that has only a full stop.")
            with self._history.paused():
                pasted = "\n".join(iter(lambda: next(self._lines, "."), "."))
            kept = self._session.store.add_article(read_text(pasted, "the paste"))
        self._articles = [kept.version.article.id]
        self._print(f"{render_library.kept(kept)}\n{self._about()}")

    def _refresh(self, _: str) -> None:
        for article in self._session.library.articles():
            if article.id in self._articles or not self._articles:
                for reading in self._session.intake.refresh(article):
                    self._print(render_library.reading(reading))

    def _remove(self, name: str) -> None:
        article = find_article(self._session.library, name)
        self._session.store.remove_articles([article.id])
        self._articles = [a for a in self._articles if a != article.id]
        self._print(f"Removed {article.id} “{article.title}”. {self._about()}")

    def _context(self, number: str) -> None:
        quotes = list(self._last.quotes) if self._last else []
        if self._last and self._last.why.nearest:
            quotes.append(self._last.why.nearest)
        wanted = int(number or 1) if (number or "1").isdecimal() else 0
        if not 1 <= wanted <= len(quotes):
            self._print(f"The last answer has {len(quotes)} quotes; /context takes one of these.")
            return
        quote = quotes[wanted - 1]
        newest = self._session.library.version(quote.version.article.id)
        self._console.print(render.context(quote, newest))

    def _why(self, _: str) -> None:
        minimum = self._session.settings.min_confidence
        self._print(render.why(self._last, minimum) if self._last else "Nothing was asked yet.")

    def _toggle_json(self, _: str) -> None:
        self._as_json = not self._as_json
        self._print(f"Answers as JSON: {'on' if self._as_json else 'off'}.")

    def _about(self) -> str:
        """What is being asked, in a sentence."""
        articles = self._session.library.articles()
        chosen = [a for a in articles if a.id in self._articles]
        if chosen:
            return f"Asking “{chosen[0].title}”."
        if len(articles) == 1:
            return f"Asking “{articles[0].title}”."
        return f"Asking all {len(articles)} articles." if articles else "There are no articles yet."

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False)

    def _typed(self) -> Iterator[str]:
        completer = _Completer(list(self._commands), self._session)
        prompt: PromptSession[str] = PromptSession(history=self._history, completer=completer)
        while True:
            try:
                yield prompt.prompt("> ")
            except KeyboardInterrupt:
                continue
            except EOFError:
                return

    def _piped(self) -> Iterator[str]:
        return (line.rstrip("\n") for line in sys.stdin)


def _path(typed: str) -> Path:
    """A path as people type it, or as a terminal pastes it: quoted, or with backslashes."""
    try:
        words = shlex.split(typed)
    except ValueError:  # an apostrophe in the name
        words = []
    plain = Path(typed).expanduser()
    return plain if plain.exists() or len(words) != 1 else Path(words[0]).expanduser()


class _History(FileHistory):
    """What was typed, but for articles: a removed one would live on in it."""

    _is_paused = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False

    def append_string(self, string: str) -> None:
        if not self._is_paused:
            super().append_string(string)


class _Completer(Completer):
    """Commands, then the titles of the articles for those that take one."""

    def __init__(self, commands: list[str], session: Session) -> None:
        self._commands, self._session = [*commands, "/quit"], session

    def get_completions(self, document: Document, _: object) -> Iterator[Completion]:
        line = document.text_before_cursor
        name, space, rest = line.partition(" ")
        if name in {"/use", "/remove"} and space:
            titles = [a.title for a in self._session.library.articles()]
            yield from _matching(titles, rest)
        elif line.startswith("/"):
            yield from _matching(self._commands, line)


def _matching(words: list[str], start: str) -> Iterator[Completion]:
    known = start.casefold()
    return (Completion(w, -len(start)) for w in words if w.casefold().startswith(known))
