"""Whether what was read has the words of an article, whatever it was read from.

What only a web page can be (a cookie wall, a login page, …) is told in page_gate.py.
"""

from __future__ import annotations

import re

from index.errors import SourceError
from index.sources.page_words import PAYWALL
from index.sources.parsed import Parsed

FEWEST_WORDS = 50
DOUBTFUL_WORDS = 120
END = 300  # characters; how much of a text is its end
_QUOTED_WORDS = 8
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_UNSPACED = re.compile(  # Thai, Lao, Khmer, Chinese, Japanese
    "[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
ENDS_WHOLE = re.compile(r"[.!?。！？:)\]\d\"'”’»|]\s*\Z")
TRAILS_OFF = re.compile(r"(?:…|\.\.\.|\[[…. ]+\])[\"'”’»)\]]*\s*\Z")


def judge(parsed: Parsed, name: str) -> str:
    """A warning for people about a doubtful article, "" for a sound one.

    Raises SourceError for fewer than 50 words.
    """
    words = count_words(parsed.text)
    if words < FEWEST_WORDS:
        raise SourceError(
            f"{name} has {quoted(parsed.text)}: too little for an article, which has at least "
            f"{FEWEST_WORDS} words; paste its text if there is more of it.",
            "too_short",
        )
    warnings = dict.fromkeys([parsed.warning, _doubt(parsed.text, words)])
    return " ".join(filter(None, warnings))


def count_words(text: str) -> int:
    """Words; in scripts that put no space between them, two characters are taken for one."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + unspaced // 2


def quoted(text: str) -> str:
    """How many words a text has, and the first of them."""
    words, first = count_words(text), text.split()
    if not words:
        return "no words"
    start = " ".join(first[:_QUOTED_WORDS])[:100] + (" …" if len(first) > _QUOTED_WORDS else "")
    return f"{words} word{'s' * (words > 1)} (“{start}”)"


def _doubt(text: str, words: int) -> str:
    if PAYWALL.search(text[-END:]):
        return "The text ends by asking to subscribe or read on; the rest may be missing."
    if TRAILS_OFF.search(text):
        return "The text ends in an ellipsis; the rest may be missing."
    if words < DOUBTFUL_WORDS and not ENDS_WHOLE.search(text):
        return f"The text has only {words} words and ends within a sentence; it may be cut off."
    return ""
