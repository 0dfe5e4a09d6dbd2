"""Follow-ups as typed, resolved, and written out by hand: ``python -m benchmarks.follow_ups``.

Short conversations about four articles, `benchmarks/conversations/`. The questions before the
follow-up are asked first, so what it is resolved by is what people would have got. The rules were
made with the conversations about two of the articles; those about the other two are held out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bot.answers import Answer
from bot.conversation import Resolved, Turn, resolve, turn_of
from bot.questions import GoldQuestion, read_questions
from bot.quotes import quote_span
from bot.session import Session, open_session
from bot.settings import Settings
from index.articles import Span, Version

FOLDER = Path(__file__).parent / "conversations"
_SHOWN = 20  # questions that were changed
WAYS = ("as typed", "resolved", "by hand")


@dataclass(frozen=True)
class Conversation:
    """`asked` comes first, then `question`, which `standalone` is the same as, written out.

    `kind`: "ellipsis", "pronoun", "stands" (by itself), or "silent", if the article does not say.
    `quotes` are words of the sentences that answer.
    """

    half: str
    article: str
    kind: str
    asked: Sequence[str]
    question: str
    standalone: str
    quotes: Sequence[str]


@dataclass(frozen=True)
class Asked:
    """A follow-up, what it was resolved to, and its answers in WAYS."""

    conversation: Conversation
    resolved: Resolved
    answers: Mapping[str, Answer]

    def is_first(self, way: str) -> bool:
        """Whether the first quote, or the nearest after silence, has the words looked for."""
        answer = self.answers[way]
        first = answer.quotes[0] if answer.quotes else answer.why.nearest
        return first is not None and any(q in first.text for q in self.conversation.quotes)

    def is_answered(self, way: str) -> bool:
        return self.answers[way].status == "answered"


def ask(session: Session, conversation: Conversation, article: int) -> Asked:
    """The conversation with the bot; then its follow-up in the three ways."""
    history = []
    for question in conversation.asked:
        read = resolve(question, history).text
        history.append(turn_of(session.ask(read, [article])))
    resolved = resolve(conversation.question, history)
    texts = (conversation.question, resolved.text, conversation.standalone)
    answers = {way: session.ask(text, [article]) for way, text in zip(WAYS, texts, strict=True)}
    return Asked(conversation, resolved, answers)


def ask_all(conversations: Sequence[Conversation]) -> list[Asked]:
    """All of them, each of its own article."""
    with (
        TemporaryDirectory(prefix="pullquote-") as home,
        open_session(Settings(home=Path(home))) as session,
    ):
        names = dict.fromkeys(each.article for each in conversations)
        ids = {name: session.intake.add(str(FOLDER / name)).version.article.id for name in names}
        return [ask(session, each, ids[each.article]) for each in conversations]


def show(half: str, asked: Sequence[Asked]) -> None:
    """Counts of the conversations of one half, by kind."""
    table = Table(half, "", *WAYS, box=None)
    for kind in ("pronoun", "ellipsis", "stands"):
        those = [each for each in asked if each.conversation.kind == kind]
        for name, is_so in COUNTS.items():
            counts = [sum(is_so(each, way) for each in those) for way in WAYS]
            table.add_row(kind, name, *(f"{count} of {len(those)}" for count in counts))
            kind = ""
    silent = [each for each in asked if each.conversation.kind == "silent"]
    counts = [sum(not each.is_answered(way) for each in silent) for way in WAYS]
    table.add_row("silent", "left unanswered", *(f"{count} of {len(silent)}" for count in counts))
    Console().print(table)
    standing = [each for each in asked if each.conversation.kind == "stands"]
    kept = sum(not each.resolved.changed for each in standing)
    print(f"Left as typed, of those that stand by themselves: {kept} of {len(standing)}\n")


COUNTS: Mapping[str, Callable[[Asked, str], bool]] = {
    "right sentence first": lambda asked, way: asked.is_first(way),
    "answered, and by it": lambda asked, way: asked.is_first(way) and asked.is_answered(way),
    "answered by another": lambda asked, way: asked.is_answered(way) and not asked.is_first(way),
}


def show_each(asked: Sequence[Asked]) -> None:
    """Every conversation; + the right sentence first, a answered, in WAYS."""
    for each in asked:
        marks = ("+-"[not each.is_first(way)] + "as"[not each.is_answered(way)] for way in WAYS)
        print(each.conversation.asked[-1], "|", each.conversation.question)
        print(f"    {' '.join(marks)}  {each.resolved.text} [{each.answers['resolved'].text[:60]}]")


def show_standing(file: Path) -> None:
    """How many questions of a SQuAD file are changed, each as if it followed the one before it
    about the same paragraph. They were written to stand by themselves, and nearly all do."""
    asked = read_questions(file)
    changed, total = [], 0
    for before, question in pairwise(asked.questions):
        if before.home == question.home:
            total += 1
            resolved = resolve(question.text, [_turn(before, asked.texts[before.home])])
            changed += [resolved.text] if resolved.changed else []
    for text in changed[:: max(1, len(changed) // _SHOWN)]:
        print(f"    {text}")
    print(f"{file.name}: {len(changed)} of {total:,} questions were changed")


def _turn(question: GoldQuestion, text: Version) -> Turn:
    if not question.places:
        return Turn(question.text)
    quote = quote_span(Span(text, *question.places[0]))
    return Turn(question.text, quote.highlighted, quote.text)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--development", action="store_true", help="only these, one by one")
    parser.add_argument("--standing", type=Path, help="a SQuAD file: how many of it are changed")
    options = parser.parse_args()
    if options.standing:
        show_standing(options.standing)
        return
    lines = (FOLDER / "conversations.jsonl").read_text("utf-8").splitlines()
    every = [Conversation(**json.loads(line)) for line in lines]
    for half in ("development",) if options.development else ("development", "held out"):
        asked = ask_all([each for each in every if each.half == half])
        if options.development:
            show_each(asked)
        show(half, asked)


if __name__ == "__main__":
    main()
