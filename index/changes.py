"""What a newer version of an article says that an older one did not, sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.articles import Span, Version

# Two sentences that share so much of their words are one that was edited (Dice's coefficient).
_EDITED = 0.6
_MOST_HOLDERS = 32  # a word of more sentences than that tells little, and would take long to follow
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

_Words = Counter[str]


@dataclass(frozen=True)
class Changes:
    """Sentences that came, that went, and that read differently now; false if there are none.

    `added` and the second ones of `edited` are spans of the newer version, the others of the
    older; each in its text's order, `edited` in the newer one's. Without them both versions have
    the same sentences, equally often: one that only moved is no change.
    """

    added: Sequence[Span]
    removed: Sequence[Span]
    edited: Sequence[tuple[Span, Span]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.edited)


def compare(old: Version, new: Version) -> Changes:
    """How `new` differs from `old`, in about linear time."""
    removed, added = _only_in(old, new), _only_in(new, old)
    pairs = _pairs([_words(span) for span in removed], [_words(span) for span in added])
    edited = set(pairs.values())
    return Changes(
        added=[span for j, span in enumerate(added) if j not in pairs],
        removed=[span for i, span in enumerate(removed) if i not in edited],
        edited=[(removed[i], added[j]) for j, i in sorted(pairs.items())],
    )


def still_says(quoted: Span, newest: Version) -> bool:
    """Whether the sentences that `quoted` lies in stand in `newest` too: whole, letter by letter,
    one right after the other."""
    version, texts = quoted.version, [span.text for span in _sentences(newest)]
    touched = [s for s in version.sentences if s[0] < quoted.end and quoted.start < s[1]]
    wanted = [version.text[start:end] for start, end in touched]
    return any(texts[i : i + len(wanted)] == wanted for i in range(len(texts)))


def _words(sentence: Span) -> _Words:
    """Small letters; where a script puts no spaces between words, its characters."""
    return Counter(_WORD.findall(sentence.text.casefold()))


def _sentences(version: Version) -> Iterator[Span]:
    return (Span(version, start, end) for start, end in version.sentences)


def _only_in(version: Version, other: Version) -> list[Span]:
    """The sentences that `other` does not have, or has less often: then the last of them."""
    left = Counter(span.text for span in _sentences(other))
    found = []
    for span in _sentences(version):
        if left[span.text]:
            left[span.text] -= 1
        else:
            found.append(span)
    return found


def _pairs(removed: Sequence[_Words], added: Sequence[_Words]) -> dict[int, int]:
    """Of which removed sentence an added one was made: the most alike first, then the nearest."""
    holders = _holders(removed)
    alike = [
        (-likeness, abs(i - j), j, i)
        for j, new in enumerate(added)
        for i in {i for word in new for i in holders.get(word, ())}
        if (likeness := _likeness(removed[i], new)) >= _EDITED
    ]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, j, i in sorted(alike):
        if j not in pairs and i not in taken:
            pairs[j] = i
            taken.add(i)
    return pairs


def _holders(sentences: Sequence[_Words]) -> Mapping[str, Sequence[int]]:
    """In which sentences each word stands, for the words that only some have."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, counts in enumerate(sentences):
        for word in counts:
            holders[word].append(number)
    return {word: numbers for word, numbers in holders.items() if len(numbers) <= _MOST_HOLDERS}


def _likeness(one: _Words, other: _Words) -> float:
    return 2 * (one & other).total() / (one.total() + other.total())
