"""HTML into the text of its article.

trafilatura tells which blocks of a page are the article; their words are taken from the page
itself, so that no line has lost any. To tell blocks apart, each carries a mark into trafilatura:
its number in three signs of Braille, which are no letters and no spaces.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document

from index.articles import canonical_text
from index.errors import SourceError
from index.sources.blocks import Block, blocks, is_inline
from index.sources.charset import decode_page
from index.sources.clean import cleaned
from index.sources.gate import FEWEST_WORDS, count_words
from index.sources.hidden import drop_hidden
from index.sources.metadata import metadata
from index.sources.page_gate import PageHints, hints, judge_page
from index.sources.parsed import Parsed

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it says is said here, once

_DEEPEST = 150  # elements; deeper ones are lifted up to here, or recursion would overflow
_REFUSED_DEPTH = 2_000  # the HTML parser drops what is deeper than 2,048
_MARK = re.compile("([\u2801-\u28ff]{3})")
_DIGITS = 255
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_ELEMENTS = 50_000  # a long encyclopedia article has about 20,000
_MOST_TEXT = 2_000_000  # characters; a novel has about one million
_IN_HEAD = frozenset("title meta link script style base noscript template".split())
_MIXED = frozenset({"div", "section", "article", "main", "body", "center", "form"})
_SHAPES = frozenset("p li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table tbody thead tr td th pre".split())
_CLOSE = frozenset({"li", "tr", "dt", "dd"})


@dataclass(frozen=True)
class Extraction:
    """What was found in a page before it is judged."""

    parsed: Parsed
    hints: PageHints
    seen: Sequence[Block]
    """All blocks that a reader sees."""
    chosen: Sequence[Block]
    """Those that are the article."""


def parse_html(data: bytes, url: str = "", charset: str = "") -> Parsed:
    """The article of a page; `charset` is what its server said of its encoding.

    Opens no connection. Raises SourceError with the reason if there is no article in it.
    """
    page = extract(data, url, charset)
    warning = judge_page(page.hints, page.seen, page.chosen, page.parsed.text)
    return replace(page.parsed, warning=warning)


def extract(data: bytes, url: str = "", charset: str = "") -> Extraction:
    """The same without a verdict on what was found; raises SourceError if it is no page."""
    root = _tree(decode_page(data, charset))
    about = metadata(root, url)
    told = hints(root)
    drop_hidden(root)
    _flatten(root)
    body = root.find("body")
    seen = list(blocks(body)) if body is not None else []
    chosen = cleaned(_article(root, seen, url), about.title)
    return Extraction(replace(about, text=canonical_text(_joined(chosen))), told, seen, chosen)


def _tree(text: str) -> HtmlElement:
    parser = HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", huge_tree=True)
    data = text.encode("utf-8", errors="replace")
    try:
        root = document_fromstring(data, parser=parser)
    except etree.LxmlError as error:
        raise SourceError("The page is empty: there is nothing to read in it.") from error
    if root.tag != "html":
        raise SourceError("The page is not HTML; give an HTML page.")
    _give_body(root)
    _prepare(root)
    return root


def _give_body(root: HtmlElement) -> None:
    """HTML need not say where its body begins, and libxml2 does not find out before a tag that it
    does not know, as <article>: what cannot be in a head begins the body."""
    head, body = root.find("head"), root.find("body")
    if head is None:
        return
    first = next((at for at, each in enumerate(head) if each.tag not in _IN_HEAD), len(head))
    if first == len(head):
        return
    if body is None:
        body = root.makeelement("body")
        root.append(body)
    for element in reversed(head[first:]):
        body.insert(0, element)


def _prepare(root: HtmlElement) -> None:
    """Refuses what would take minutes, and drops characters that lxml reads but does not write."""
    elements = text = 0
    for element in root.iter():
        elements += 1
        if _UNWRITABLE.search(element.text or ""):
            element.text = _UNWRITABLE.sub("", element.text)
        if _UNWRITABLE.search(element.tail or ""):
            element.tail = _UNWRITABLE.sub("", element.tail)
        text += len(element.tail or "")
        if element.tag not in {"script", "style"}:
            text += len(element.text or "")
    if elements > _MOST_ELEMENTS or text > _MOST_TEXT:
        raise SourceError("The page is longer than a long book; give the part of it that matters.")


def _flatten(root: HtmlElement) -> None:
    """Lifts what is nested too deeply: trafilatura and lxml go down by recursion."""
    for deepest, kept in ((_DEEPEST, _SHAPES), (2 * _DEEPEST, frozenset[str]())):
        for element in reversed(list(_deeper(root, deepest))):
            if element.tag not in kept:
                element.drop_tag()


def _deeper(root: HtmlElement, deepest: int) -> Iterator[HtmlElement]:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _REFUSED_DEPTH:
            raise SourceError("The page nests its elements too deeply; save it as plain text.")
        if event == "start" and depth > deepest:
            yield element


def _article(root: HtmlElement, found: Sequence[Block], url: str) -> list[Block]:
    """The blocks that are the article. Precision first: text from around an article could be quoted
    as if it were the article's."""
    marked = _marked(root, found)
    best: list[Block] = []
    for precise in (True, False):
        chosen = [found[number] for number in _taken(marked, found, url, precise)]
        best = max(best, chosen, key=_words)
        if _words(best) >= FEWEST_WORDS:
            break
    return best


def _words(found: Iterable[Block]) -> int:
    return sum(count_words(block.text) for block in found)


def _marked(root: HtmlElement, found: Sequence[Block]) -> HtmlElement:
    """The tree, in place, such that each block begins with its mark and none is bare text between
    other blocks, which trafilatura would lose."""
    for element in root.iter():
        element.attrib.pop("style", None)  # judged in hidden.py; trafilatura looks for words in it
    for number, block in reversed(list(enumerate(found))):
        element, is_tail = block.place
        name = "tail" if is_tail else "text"
        text = f"{_mark(number)} {_MARK.sub('', getattr(element, name) or '')}"
        setattr(element, name, text)
        if block.tag in _MIXED and (is_tail or any(not is_inline(child) for child in element)):
            _wrap(element, is_tail)
    return root


def _wrap(element: HtmlElement, is_tail: bool) -> None:
    """Makes a paragraph of the text at this place and the parts of a line that follow it."""
    parent = element.getparent() if is_tail else element
    at = parent.index(element) + 1 if is_tail else 0
    paragraph = element.makeelement("p")
    if is_tail:
        paragraph.text, element.tail = element.tail, None
    else:
        paragraph.text, element.text = element.text, None
    line = takewhile(is_inline, list(parent)[at:])
    paragraph.extend(list(line))
    parent.insert(at, paragraph)


def _mark(number: int) -> str:
    digits = (number // _DIGITS**2, number // _DIGITS % _DIGITS, number % _DIGITS)
    return "".join(chr(0x2801 + digit) for digit in digits)


def _taken(marked: HtmlElement, found: Sequence[Block], url: str, precise: bool) -> list[int]:
    """The numbers of the blocks that trafilatura takes for the article, ascending.

    A block that has lost most of its words but not its mark was meant to be dropped.
    """
    document = bare_extraction(
        deepcopy(marked), url or None, favor_precision=precise, include_comments=False
    )
    if not isinstance(document, Document):
        return []
    _, *parts = _MARK.split("".join(document.body.itertext()))
    lengths = [0] * len(found)
    for mark, words in zip(parts[::2], parts[1::2], strict=True):
        if (number := _number(mark)) < len(found):
            lengths[number] += _length(words)
    return [at for at, block in enumerate(found) if 2 * lengths[at] > _length(block.text)]


def _number(mark: str) -> int:
    high, middle, low = (ord(sign) - 0x2801 for sign in mark)
    return (high * _DIGITS + middle) * _DIGITS + low


def _length(text: str) -> int:
    return sum(map(str.isalnum, text))


def _joined(chosen: Sequence[Block]) -> str:
    """Paragraphs with an empty line between them; items and rows of a list or table without."""
    text = "".join(block.text for block in chosen[:1])
    for before, block in pairwise(chosen):
        near = before.tag == block.tag and block.tag in _CLOSE
        text += ("\n" if near else "\n\n") + block.text
    return text
