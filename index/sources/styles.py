"""The style rules that a page brings with it, as far as they can hide text.

Selectors of tags, classes and ids with the descendant and child combinators; `@media` is judged for
a wide screen. Anything else (pseudo-classes, attributes, siblings) matches nothing here.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from lxml.html import HtmlElement

_WINDOW = 1280  # CSS pixels; the screen that pages are judged for
_MOST_RULES = 20_000  # more are in no page that people wrote
_MOST_OF_ONE_NAME = 300  # the last ones count
_LONGEST_SELECTOR = 8  # compounds
_COMMENT_OR_STRING = re.compile(
    r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|<!--|-->", re.DOTALL
)
_COMPOUND = re.compile(r"([a-z][\w-]*|\*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_STEP = re.compile(r"\s*(>)\s*|\s+")
_WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*([\d.]+)(px|r?em)\s*\)")
_FEATURE = re.compile(r"\([^)]*\)")
_PROPERTIES = frozenset(
    "display visibility content-visibility opacity font-size position left right top bottom "
    "margin-left margin-top text-indent clip clip-path overflow overflow-x overflow-y width height "
    "max-width max-height transform color background background-color background-image "
    "background-clip -webkit-background-clip".split()
)

Weight = tuple[bool, int, int, int, int, int]
"""What wins in the cascade: importance, in a style attribute, ids, classes, tags, order."""


@dataclass(frozen=True)
class _Compound:
    tag: str
    ids: frozenset[str]
    classes: frozenset[str]

    def matches(self, element: HtmlElement) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.ids and element.get("id") not in self.ids:
            return False
        return not self.classes or self.classes.issubset((element.get("class") or "").split())


@dataclass(frozen=True)
class _Rule:
    compounds: tuple[_Compound, ...]
    children: tuple[bool, ...]
    """For each compound after the first, whether it has to be a child of the one before."""
    order: int
    declarations: Mapping[str, tuple[str, bool]]

    @property
    def key(self) -> str:
        """A name that an element must have for the rule to match it, "" if there is none."""
        last = self.compounds[-1]
        named = [f"#{name}" for name in last.ids] + [f".{name}" for name in last.classes]
        return min(named, default=last.tag)

    @cached_property
    def weighed(self) -> list[tuple[Weight, str, str]]:
        """The declarations as (weight, name, value)."""
        ids = sum(len(compound.ids) for compound in self.compounds)
        classes = sum(len(compound.classes) for compound in self.compounds)
        tags = sum(bool(compound.tag) for compound in self.compounds)
        return [
            ((important, 0, ids, classes, tags, self.order), name, value)
            for name, (value, important) in self.declarations.items()
        ]

    def matches(self, path: Sequence[HtmlElement]) -> bool:
        """Whether the last element of the path, with the others as ancestors, is matched."""
        if not self.compounds[-1].matches(path[-1]):
            return False
        found = [len(path) - 1]
        for compound, child in zip(self.compounds[-2::-1], self.children[::-1], strict=True):
            above = [at - 1 for at in found if at] if child else range(max(found, default=0))
            found = [at for at in above if compound.matches(path[at])]
        return bool(found)


class Styles:
    """The rules of some style sheets, found by the names of the element that they are for."""

    def __init__(self, sheets: Sequence[str]) -> None:
        self._rules: dict[str, deque[_Rule]] = defaultdict(lambda: deque(maxlen=_MOST_OF_ONE_NAME))
        for rule in islice(_rules(sheets), _MOST_RULES):
            self._rules[rule.key].append(rule)

    def of(self, path: Sequence[HtmlElement]) -> dict[str, str]:
        """The declared values that win for the last element of a path from the root."""
        element = path[-1]
        names = [f".{name}" for name in (element.get("class") or "").split()]
        names += [f"#{element.get('id')}", str(element.tag), ""]
        inline = declarations(element.get("style") or "")
        found = [
            ((important, 1, 0, 0, 0, 0), name, value) for name, (value, important) in inline.items()
        ]
        for rule in (rule for key in dict.fromkeys(names) for rule in self._rules.get(key, ())):
            if rule.matches(path):
                found += rule.weighed
        return {name: value for _, name, value in sorted(found)}


def declarations(body: str) -> dict[str, tuple[str, bool]]:
    """What a style attribute or the body of a rule says of the properties that can hide text."""
    found: dict[str, tuple[str, bool]] = {}
    for declaration in _COMMENT_OR_STRING.sub("", body).lower().split(";"):
        name, _, value = declaration.partition(":")
        value, bang, _ = value.partition("!")
        if (name := name.strip()) in _PROPERTIES and (value := value.strip()):
            found[name] = value, bool(bang)
    return found


def _rules(sheets: Sequence[str]) -> Iterator[_Rule]:
    order = 0
    for sheet in sheets:
        for prelude, body in _blocks(_COMMENT_OR_STRING.sub(" ", sheet)):
            if declared := declarations(body):
                for selector in prelude.split(","):
                    order += 1
                    if parsed := _selector(selector.strip()):
                        yield _Rule(*parsed, order, declared)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Each rule's prelude and body, those inside at-rules only if the at-rule holds."""
    holds, start, prelude = [True], 0, ""
    for brace in re.finditer(r"[{}]", css):
        words = css[start : brace.start()].rpartition(";")
        start = brace.end()
        if brace[0] == "{":
            prelude = words[2].strip()
            holds.append(holds[-1] and _holds(prelude))
        elif len(holds) > 1:
            if holds.pop() and prelude and not prelude.startswith("@"):
                yield prelude, "".join(words)
            prelude = ""


def _holds(prelude: str) -> bool:
    if not prelude.startswith("@"):
        return True
    name, _, condition = prelude.lower().partition(" ")
    if name.startswith("@media"):
        return any(_is_wide_screen(query) for query in prelude.lower()[6:].split(","))
    return name in {"@supports", "@layer"} and "not" not in condition


def _is_wide_screen(query: str) -> bool:
    bare = set(_FEATURE.sub(" ", query).split())
    widths = [(m[1], float(m[2]) * (1 if m[3] == "px" else 16)) for m in _WIDTH.finditer(query)]
    if bare - {"screen", "all", "only", "and"} or len(widths) < len(_FEATURE.findall(query)):
        return False
    return all(width <= _WINDOW if side == "min" else width >= _WINDOW for side, width in widths)


def _selector(text: str) -> tuple[tuple[_Compound, ...], tuple[bool, ...]] | None:
    parts = _STEP.split(text)
    found = [_COMPOUND.fullmatch(part or "") for part in parts[::2]]
    if not text or len(found) > _LONGEST_SELECTOR or not all(m and m[0] for m in found):
        return None
    compounds = tuple(_compound(match) for match in found if match)
    return compounds, tuple(part == ">" for part in parts[1::2])


def _compound(match: re.Match[str]) -> _Compound:
    names = re.findall(r"[.#][\w-]+", match[2])
    return _Compound(
        (match[1] or "").lower().removeprefix("*"),
        frozenset(name[1:] for name in names if name[0] == "#"),
        frozenset(name[1:] for name in names if name[0] == "."),
    )
