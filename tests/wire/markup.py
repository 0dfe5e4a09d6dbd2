"""Discord's markup, read as strictly as it may be acted on."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Displayed:
    """A message as Discord shows it. `live`: what it would act on rather than show."""

    text: str
    bold: list[str]
    links: list[tuple[str, str]]
    """Words and address of each link that shows no preview."""
    live: list[str]


_SHOWN = re.compile(
    r"\\(?P<plain>[^0-9A-Za-z\s])|(?P<bold>\*\*)|<(?P<link>https?://[^>\s]+)>"
    r"|\[(?P<words>(?:\\.|[^\]\\])*)\]\(<(?P<address>https?://[^>\s]+)>\)"
    r"|(?P<live><(?:[@#/:]|[at]:|id:)[^>]*>|@everyone|@here|\]\(|\|\||~~|[*_`]|https?://"
    r"|discord\.(?:gg|com|new|gift)/|:[\w+-]+:)|."
)
_LAYOUT = re.compile(r"\s*(?:>>> |> |-# |#{1,3} |[-*+] |\d+[.)] )")


def displayed(content: str) -> Displayed:
    """Reads quotes, small print, bold words and links as the bot writes them; the rest is live."""
    text: list[str] = []
    bold, links, live, inside = [""], [], [], False
    for line in content.split("\n"):
        line = re.sub(r"^(?:> |-# )+", "", line)
        if layout := _LAYOUT.match(line):
            live.append(layout[0])
        for found in _SHOWN.finditer(line):
            if found["bold"]:
                inside = not inside
                bold += [""] if inside else []
                continue
            if found["address"]:
                links.append((_unescaped(found["words"]), found["address"]))
            live += [found["live"]] if found["live"] else []
            shown = _unescaped(found["words"] or "") or found["plain"] or found["link"] or found[0]
            text.append(shown)
            bold[-1] += shown if inside else ""
        text.append("\n")
    return Displayed("".join(text).strip("\n"), bold[1:], links, live + ["**"] * inside)


def _unescaped(words: str) -> str:
    return re.sub(r"\\(.)", r"\1", words)
