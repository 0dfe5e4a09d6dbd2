"""What people voted for, as a set of questions for `pullquote evaluate` (in SQuAD 2.0's layout).

A vote for an answer makes its words the right ones; a vote for “the article does not say” makes the
question one that its article leaves unanswered. A vote against says only that something is wrong,
not what would be right: such questions are no part of the set, and stand in a list of their own for
people to look at. Whose the votes were is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.discord_app.records import Asked, Records, Voted
from bot.quotes import Quote
from index.articles import Version


@dataclass(frozen=True)
class VotedSet:
    """The file's content as JSON values; how many questions are in it, how many in the list of
    those that were voted against, and how many in neither: as many votes for as against, a topic
    and no question, or the quote is gone."""

    content: Mapping[str, object]
    questions: int
    disliked: int
    left_out: int


def voted_set(records: Records) -> VotedSet:
    """The questions of a collection that have votes."""
    voted = records.voted()
    disliked = [_disliked(records, each) for each in voted if each.bad > each.good]
    of_version: dict[Version, list[object]] = defaultdict(list)
    for each in voted:
        if (
            each.good > each.bad
            and not each.asked.topic
            and (quotes := _quotes(records, each.asked))
        ):
            of_version[quotes[0].version].append(_question(each, quotes))
    data = [_text(version, questions) for version, questions in of_version.items()]
    questions = sum(map(len, of_version.values()))
    content = {"version": "v2.0", "data": data, "disliked": disliked}
    left_out = len(voted) - questions - len(disliked)
    return VotedSet(content, questions, len(disliked), left_out)


def _quotes(records: Records, asked: Asked) -> Sequence[Quote]:
    """What an answer quoted, or the nearest sentences where it was that the article does not say:
    those of the first one's version."""
    kept = asked.quotes or ((asked.nearest,) if asked.nearest else ())
    found = [quote for each in kept if (quote := records.quote(each))]
    return [quote for quote in found if quote.version == found[0].version]


def _text(version: Version, questions: Sequence[object]) -> Mapping[str, object]:
    return {
        "title": version.article.title or version.article.source or f"article {version.article.id}",
        "article": version.article.id,
        "sha256": version.id,
        "url": version.article.url,
        "paragraphs": [{"context": version.text, "qas": questions}],
    }


def _question(voted: Voted, quotes: Sequence[Quote]) -> Mapping[str, object]:
    """One entry of SQuAD's; `quotes` are the whole sentences of the answers, as offsets."""
    answered = voted.asked.status == "answered"
    right = quotes if answered else ()
    return _about(voted) | {
        "is_impossible": not answered,
        "answers": [{"text": q.highlighted, "answer_start": q.highlight[0]} for q in right],
        "quotes": [[q.start, q.end] for q in right],
    }


def _disliked(records: Records, voted: Voted) -> Mapping[str, object]:
    quotes = _quotes(records, voted.asked) if voted.asked.status == "answered" else ()
    where = (
        {"article": quotes[0].version.article.id, "sha256": quotes[0].version.id} if quotes else {}
    )
    return _about(voted) | {"answered": [quote.highlighted for quote in quotes]} | where


def _about(voted: Voted) -> dict[str, object]:
    return {
        "id": str(voted.asked.id),
        "question": voted.asked.question,
        "good": voted.good,
        "bad": voted.bad,
        "confidence": voted.asked.confidence,
        "asked_at": voted.asked.asked_at.isoformat(),
    }
