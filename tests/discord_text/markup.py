"""Discord's markup, read strictly: what might be acted on counts as live, even where Discord's own
rules would let it pass. The bot's own bold words, code, links and mentions are told apart."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LIMIT = 2000


@dataclass(frozen=True)
class Displayed:
    """A message as Discord shows it; `live` is what it would act on rather than show."""

    text: str
    bold: list[str]
    live: list[str]
    links: list[tuple[str, str]]
    """Words and address of each link that shows no preview."""
    code: list[str]
    mentions: list[str]
    """Channels and roles."""


_INLINE = re.compile(
    r"\\(?P<plain>[^0-9A-Za-z\s])"
    r"|(?P<bold>\*\*)"
    r"|`(?P<code>[^`\\]+)`"
    r"|\[(?P<words>[^\[\]\\*_~|`<>:@]+)\]\(<(?P<address>https?://[^\s<>()\\]+)>\)"
    r"|(?P<mention><(?:#|@&)\d+>)"
    r"|(?P<live>[\\*_~|`<\[]|@everyone|@here|\w+://|:[\w+-]+:"
    r"|discord(?:app)?\.(?:gg|com|new|gift)\b)"
    r"|.",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"> |-# ")
_LAYOUT = re.compile(r"\s*(?:>>>|>|-#|#{1,3}\s|[-*+]\s|\d+[.)](?:\s|$))")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_VISIBLE = {*map(chr, range(0x600, 0x606)), *"\u06dd\u070f\u08e2\U000110bd\U000110cd"}


def displayed(content: str) -> Displayed:
    """Reads one message."""
    text: list[str] = []
    bold, code, mentions, live = [""], [], [], []
    links: list[tuple[str, str]] = []
    inside = False
    for line in content.split("\n"):
        rest = line[found.end() :] if (found := _PREFIX.match(line)) else line
        # Where bold words begin a line, Discord looks for headings and lists in them again.
        live += [layout[0] for layout in [_LAYOUT.match(rest.removeprefix("**"))] if layout]
        for found in _INLINE.finditer(rest):
            if found["bold"]:
                inside = not inside
                bold += [""] if inside else []
                continue
            links += [(found["words"], found["address"])] if found["words"] else []
            code += [found["code"]] if found["code"] else []
            mentions += [found["mention"]] if found["mention"] else []
            live += [found["live"]] if found["live"] else []
            shown = found["plain"] or found["code"] or found["words"] or found[0]
            text.append(shown)
            bold[-1] += shown if inside else ""
        text.append("\n")
    seen = {*content} - {"\n"} - _VISIBLE
    live += [letter for letter in seen if unicodedata.category(letter) in _INVISIBLE]
    live += ["**"] * inside
    return Displayed("".join(text).strip("\n"), bold[1:], live, links, code, mentions)


def quote_in(pages: list[str]) -> str:
    """The quote that some messages show: their quote lines, joined at a space."""
    lines = [line for page in pages for line in page.split("\n") if line.startswith("> ")]
    return " ".join(displayed(line).text for line in lines)


def bold_in(pages: list[str]) -> list[str]:
    """The bold words of the quote that some messages show."""
    lines = [line for page in pages for line in page.split("\n") if line.startswith("> ")]
    return [words for line in lines for words in displayed(line).bold]


def require_sound(page: str) -> Displayed:
    """One message as Discord shows it; asserts that it can be sent, and that nothing is live."""
    assert page.strip()
    assert len(page.encode("utf-16-le")) <= 2 * LIMIT
    shown = displayed(page)
    assert shown.live == []
    assert all(re.fullmatch(r"/[\w -]+", words) for words in shown.code)
    return shown
