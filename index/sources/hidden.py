"""Takes out of a page what nobody sees: hidden elements and text in the colour of its ground.

What is judged by: attributes, style attributes, the page's own style sheets (styles.py) and a few
class names that are used for nothing else. Style sheets of other addresses are never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree
from lxml.html import HtmlElement

from index.sources.styles import Styles

INLINE = frozenset(
    "a abbr acronym b bdi bdo big button cite code data del dfn em font i img ins kbd label mark "
    "nobr output q rb ruby s samp small span strike strong sub sup time tt u var wbr".split()
)
# Without text of their own, or with text that is shown only where scripts or a player are missing.
_NEVER_SHOWN = frozenset(
    "annotation annotation-xml applet area audio canvas datalist embed frame frameset iframe map "
    "meter noembed noframes noscript object optgroup option param progress rp rt script select "
    "style svg template textarea title track video".split()
)
_HIDDEN_CLASSES = frozenset(
    "a11y-hidden d-none element-hidden element-invisible hidden is-hidden offscreen "
    "screen-reader-text screenreader sr-only u-hidden visually-hidden visuallyhidden".split()
)
_SHOWN_AGAIN = re.compile(  # on a wide screen, as in "hidden md:block" or "d-none d-md-block"
    r"(?:^|\s)(?:(?:sm|md|lg|xl|2xl):|d-(?:sm|md|lg|xl|xxl)-)(?!none|hidden)"
)
_COLOURS = {
    "white": "fff", "black": "000", "silver": "c0c0c0", "gray": "808080", "grey": "808080",
    "red": "f00", "maroon": "800000", "yellow": "ff0", "olive": "808000", "lime": "0f0",
    "green": "008000", "aqua": "0ff", "cyan": "0ff", "teal": "008080", "blue": "00f",
    "navy": "000080", "fuchsia": "f0f", "magenta": "f0f", "purple": "800080", "snow": "fffafa",
    "ivory": "fffff0", "ghostwhite": "f8f8ff", "whitesmoke": "f5f5f5", "floralwhite": "fffaf0",
    "lightgray": "d3d3d3", "lightgrey": "d3d3d3", "gainsboro": "dcdcdc", "orange": "ffa500",
}  # fmt: skip
_COLOUR = re.compile(r"#([0-9a-f]{3,8})\b|\b(rgba?)\(([^()]*)\)|(?<![\w#-])([a-z]+)(?![\w(-])")
_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|r?em|ex|ch|pt|%|vw|vh|vmin|vmax|cm|mm|in)?")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "cm": 38.0, "mm": 3.8, "in": 96.0}
_CUT_TO_NOTHING = re.compile(
    r"inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|circle\(\s*0|polygon\((?:\s*0(?:px|%)?[\s,]*)+\)"
)
_FAR = 500  # pixels; text moved further than this out of its place is not meant to be seen
_SAME = 10  # of 255; colours that differ by less cannot be told apart

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class _Look:
    """What an element hands on to those inside it; None: not known from the page itself."""

    colour: Colour | None = None
    ground: Colour | None = None
    clear: bool = False
    tiny: bool = False
    invisible: bool = False
    indented: bool = False

    @property
    def unseen(self) -> bool:
        same = self.colour and self.ground and _near(self.colour, self.ground)
        return self.clear or self.tiny or self.invisible or self.indented or bool(same)


def drop_hidden(root: HtmlElement) -> None:
    """Removes from the tree, in place, the elements and texts that a reader does not see."""
    styles = Styles([sheet.text or "" for sheet in root.iter("style")])
    bare = not root.xpath("//link[contains(@rel, 'stylesheet')]")
    looks = [_Look(ground=(255, 255, 255) if bare else None)]
    path: list[HtmlElement] = []
    gone: list[HtmlElement] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            path.pop()
            looks.pop()
            if path and looks[-1].unseen:
                element.tail = None
            continue
        path.append(element)
        declared = styles.of(path)
        looks.append(_look(element, declared, looks[-1]))
        if _is_gone(element, declared):
            gone.append(element)
            walk.skip_subtree()
        elif looks[-1].unseen:
            element.text = None
    for element in gone:
        if element.getparent() is not None:
            element.drop_tree()


def _is_gone(element: HtmlElement, declared: Mapping[str, str]) -> bool:
    """Whether neither the element nor anything in it is seen. The whole page is never hidden: that
    is how scripts keep it back until they have run."""
    if element.tag in {"html", "body", "head"}:
        return False
    if element.tag in _NEVER_SHOWN or (element.tag == "dialog" and element.get("open") is None):
        return True
    if _is_marked_hidden(element) and "display" not in declared:
        return True
    return (
        declared.get("display") == "none"
        or declared.get("content-visibility") == "hidden"
        or _at_most(declared.get("opacity", ""), 0.05)
        or _is_clipped(declared)
        or _is_far_off(declared)
    )


def _is_marked_hidden(element: HtmlElement) -> bool:
    classes = element.get("class") or ""
    if element.get("hidden") is not None or element.get("popover") is not None:
        return True
    return not _HIDDEN_CLASSES.isdisjoint(classes.split()) and not _SHOWN_AGAIN.search(classes)


def _is_clipped(declared: Mapping[str, str]) -> bool:
    """No size and nothing shown beyond it, or cut to nothing."""
    sides = ("width", "height", "max-width", "max-height")
    overflow = " ".join(declared.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))
    if re.search("hidden|clip", overflow) and any(
        _is_nil(declared.get(side, "")) for side in sides
    ):
        return True
    clip = declared.get("clip", "")
    if clip.startswith("rect(") and all(map(_is_nil, re.split(r"[,\s]+", clip[5:-1].strip()))):
        return True
    return bool(_CUT_TO_NOTHING.match(declared.get("clip-path", "")))


def _is_far_off(declared: Mapping[str, str]) -> bool:
    if declared.get("position") in {"absolute", "fixed"} and any(
        _is_far_back(declared.get(side, "")) for side in ("left", "right", "top", "bottom")
    ):
        return True
    transform = declared.get("transform", "")
    if re.search(r"\bscale[xy]?\(\s*0*\.?0*\s*[,)]", transform):
        return True
    moved = re.search(r"translate[xy]?\(([^)]*)\)", transform)
    shifts = moved[1].split(",") if moved else []
    shifts += [declared.get("margin-left", ""), declared.get("margin-top", "")]
    return any(_is_far_back(shift) for shift in shifts)


def _look(element: HtmlElement, declared: Mapping[str, str], outer: _Look) -> _Look:
    """The look of an element in one with the look `outer`."""
    declared = {**_old_attributes(element), **declared}
    if not declared:
        return outer
    look = _coloured(declared, outer)
    if visibility := declared.get("visibility"):
        look = replace(look, invisible=visibility in {"hidden", "collapse"})
    if indent := declared.get("text-indent"):
        look = replace(look, indented=_is_far_back(indent))
    if size := declared.get("font-size"):
        relative = re.search(r"%|em\b", size) and "rem" not in size
        look = replace(look, tiny=_is_nil(size) or bool(outer.tiny and relative))
    if element.tag in {"html", "body"}:
        return replace(look, invisible=False)
    return replace(look, clear=look.clear or _is_white_among_dark(element, look, outer))


def _old_attributes(element: HtmlElement) -> dict[str, str]:
    """Colours as they were given before there were style sheets."""
    colour = element.get("color") or element.get("text")
    old = {"color": colour, "background": element.get("bgcolor")}
    return {name: value.strip().lower() for name, value in old.items() if value}


def _coloured(declared: Mapping[str, str], outer: _Look) -> _Look:
    look = outer
    if value := declared.get("color"):
        clip = declared.get("background-clip", "") + declared.get("-webkit-background-clip", "")
        colour = outer.colour if value == "inherit" else _colour(value)
        look = replace(look, colour=colour, clear=_is_clear(value) and "text" not in clip)
    for name in ("background", "background-color"):
        value = declared.get(name, "inherit")
        if value not in {"inherit", "initial", "none"} and not _is_clear(value):
            pictured = "(" in value and "rgb" not in value
            look = replace(look, ground=None if pictured else _colour(value))
    if declared.get("background-image", "none") != "none":
        return replace(look, ground=None)
    return look


def _is_white_among_dark(element: HtmlElement, look: _Look, outer: _Look) -> bool:
    """White words in a line of others that are not white: the ground they share is not white's."""
    parent = element.getparent()
    if element.tag not in INLINE or parent is None or outer.colour or look.ground or outer.ground:
        return False
    beside = [parent.text, element.tail, *(child.tail for child in parent)]
    white = look.colour is not None and _near(look.colour, (255, 255, 255))
    return white and any(text and text.strip() for text in beside)


def _is_clear(value: str) -> bool:
    match = re.search(r"\brgba?\(([^()]*)\)", value)
    parts = re.split(r"[,/\s]+", match[1].strip()) if match else []
    if len(parts) == 4:
        return _at_most(parts[3], 0.05)
    return value == "transparent"


def _colour(value: str) -> Colour | None:
    for match in _COLOUR.finditer(value):
        if match[2]:
            parts = [int(part) for part in re.findall(r"(?<![\d.])\d{1,3}(?![\d%])", match[3])]
            return _rgb([min(255, part) for part in parts[:3]])
        digits = match[1] or _COLOURS.get(match[4], "")
        if len(digits) in {3, 4}:
            digits = "".join(digit * 2 for digit in digits)
        if len(digits) in {6, 8}:
            return _rgb([int(digits[at : at + 2], 16) for at in (0, 2, 4)])
    return None


def _rgb(parts: list[int]) -> Colour | None:
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def _near(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= _SAME for a, b in zip(one, other, strict=True))


def _at_most(value: str, limit: float) -> bool:
    """Whether a value is a number or percentage from nothing to `limit`."""
    match = _LENGTH.fullmatch(value.strip())
    return match is not None and 0 <= float(match[1]) * (0.01 if match[2] == "%" else 1) <= limit


def _is_nil(value: str) -> bool:
    """Whether a value is a length of at most one pixel, or no part of what is around it."""
    match = _LENGTH.fullmatch(value.strip())
    if not match:
        return False
    unit = match[2] or ""
    if unit == "%" or unit.startswith("v"):
        return float(match[1]) == 0
    return 0 <= float(match[1]) * _PIXELS.get(unit, 16.0) <= 1


def _is_far_back(value: str) -> bool:
    match = _LENGTH.fullmatch(value.strip())
    if not match:
        return False
    unit = match[2] or ""
    if unit == "%" or unit.startswith("v"):
        return float(match[1]) <= -100
    return float(match[1]) * _PIXELS.get(unit, 16.0) <= -_FAR
