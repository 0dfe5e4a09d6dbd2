"""What came of adding, reading again and comparing articles, as terminal text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text

from index.articles import Span, Version
from index.changes import Changes, compare
from index.library import Kept
from prompts import message

if TYPE_CHECKING:
    from index.intake import Reading


def kept(kept: Kept) -> str:
    """What came of adding an article, and what people should know about it: a sentence a line."""
    version, about = kept.version, kept.version.article
    words = len(version.text.split())
    changed = changes_in_short(kept.changes) if kept.changes else message("changed_order")
    name = f"kept_{kept.outcome}"
    said = message(name, number=about.id, title=about.title, words=words, changes=changed)
    lines = [said]
    if kept.near:
        lines.append(message("kept_near", number=kept.near.id, title=kept.near.title))
    if version.warning and kept.outcome != "unchanged":
        lines.append(message("kept_warning", warning=version.warning))
    return "\n".join(lines)


def reading(read: Reading) -> str:
    """What came of reading one place of several."""
    return kept(read.kept) if read.kept else read.error


def about(versions: Sequence[Version], origins: Sequence[str]) -> str:
    """What is known of an article besides its words; `versions` has the newest first."""
    newest = versions[0]
    article = newest.article
    facts = [article.title, article.author, article.publisher, article.published, article.language]
    places = dict.fromkeys([article.url, article.source, *origins])
    read = [
        f"version {version.id}, read {version.read_at:%Y-%m-%d %H:%M} UTC" for version in versions
    ]
    warned = message("kept_warning", warning=newest.warning) if newest.warning else ""
    return "\n".join(line for line in [*facts, *places, *read, warned] if line)


def history(versions: Sequence[Version]) -> Text:
    """What each version changed, the newest first, as `versions` are."""
    parts = [
        Text(f"{new.read_at:%Y-%m-%d %H:%M} UTC: ").append(changes_in_full(compare(old, new)))
        for new, old in pairwise(versions)
    ]
    first = Text(message("first_version", read=versions[-1].read_at))
    return Text("\n\n").join([*parts, first])


def changes_in_short(changes: Changes) -> str:
    """As in “2 sentences added, 1 removed”; for a text whose sentences are the same, that."""
    counts = {"added": changes.added, "removed": changes.removed, "edited": changes.edited}
    some = [f"{len(found)} {name}" for name, found in counts.items() if found]
    if not some:
        return message("changed_order")
    first, *rest = some
    noun = "sentence" if first.startswith("1 ") else "sentences"
    number, name = first.split()
    return ", ".join([f"{number} {noun} {name}", *rest])


def changes_in_full(changes: Changes) -> Text:
    """Every sentence that came, went or was edited, in the order of the newer text."""
    lines = [Text(changes_in_short(changes))]
    for old, new in changes.edited:
        lines += [_line("-", old, "red"), _line("+", new, "green")]
    lines += [_line("-", span, "red") for span in changes.removed]
    lines += [_line("+", span, "green") for span in changes.added]
    return Text("\n").join(lines)


def _line(sign: str, span: Span, colour: str) -> Text:
    return Text(f"{sign} {' '.join(span.text.split())}", style=colour)
