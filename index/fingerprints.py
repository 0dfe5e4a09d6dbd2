"""A text as the set of its sentences, by which those that are nearly the same are told."""

from __future__ import annotations

import re
from hashlib import blake2b

from index.articles import Version

_WORD = re.compile(r"\w+")


def fingerprints(version: Version) -> list[int]:
    """A signed number of 64 bits for each different sentence, ascending.

    Only letters and digits count, in small letters: what quotation marks or spaces there are makes
    no difference.
    """
    sentences = (version.text[start:end] for start, end in version.sentences)
    spoken = {" ".join(_WORD.findall(sentence.casefold())) for sentence in sentences}
    return sorted(_hash(words) for words in spoken - {""})


def _hash(words: str) -> int:
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "big", signed=True)
