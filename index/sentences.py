"""Canonical text to sentences: a run of terminal marks ends one unless a rule says otherwise.

Cutting a sentence is the worse error: a quote would lose its "not" or its "he claimed". So where
the marks leave it open ("the U.S. Congress"), the two halves stay together. In linear time: each
mark is judged from a bounded window around it.
"""

import re
from collections.abc import Iterator

_UNSPACED = "。！？｡．।॥"  # scripts that put no space after the mark
_MARKS = ".!?…‽⁇⁈⁉؟۔։።" + _UNSPACED
_CLOSERS = "\"'”’»›)\\]}」』】）"
_MARK = re.compile(
    rf"(?P<run>\.(?:[ \xa0]\.)+|[{_MARKS}]+)"
    # German quotations end .“ or .« and French ones ". »"
    rf"(?P<closers>[{_CLOSERS}]*(?:[“‘«‹](?=\s|\Z)|\s[\"”»](?=\s|\Z))?)"
    r"(?P<citation>(?:\s?\[(?:\d{1,3}|[a-z]|[a-z]+ \d{1,3}|citation needed)\])*"
    r"(?::\d{1,4}(?:[–-]\d{1,4})?(?=\s))?)"
)
_NEXT = re.compile(r"(?P<space>\s*+)(?P<opening>[^\w\s,;:/\\.!?…)\]}%&=+]{0,6})(?P<word>\w{1,30})")
_LAST_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\Z")
_WORD = re.compile(r"\w")
_WINDOW = 24  # characters before a mark: longer than every abbreviation

# Always followed by the rest of their sentence.
_OPEN = frozenset(
    """Mr Mrs Ms Mx Dr Prof Rev Revd Hon Gen Brig Col Lt Capt Sgt Maj Cmdr Cdr Adm Gov Rep
    Messrs Mme Mlle Msgr Mgr Mt Ft Sra Srta Dña Hr e.g i.e eg ie vs viz cf approx resp incl esp
    z.B d.h bzw vgl sog p.ej т.е т.к напр див проф акад ім им вул ул""".split()
)
# Followed by the rest of their sentence where that begins with a number.
_BEFORE_NUMBER = frozenset(
    "No Nos no nos Nr nr № Art art Fig fig Figs figs Vol vol Ch ch Sec sec pp Op op Eq eq".split()
)
# Either inside a sentence or at its end: the word that follows decides.
_OPEN_OR_END = frozenset(
    """St Ste Sr Jr Inc Co Corp Ltd Bros Ave Blvd Rd Bldg Dept Univ Assn Ph.D al ca Sen
    Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Mon Tue Tues Wed Thu Thurs Fri Calif Conn
    Pa Va Md Fla Ariz Okla Tenn Ky Ala Ss Th Wm Chas Geo Thos Ed Eds ed eds trans Pres Pvt Cpl
    Supt Insp Atty EE UU Ud Uds Sens Reps Fr Bp Abp Bros lit fl Str usw Abs ст рр тис млн млрд
    руб грн гг обл""".split()
)
# Words that begin sentences and seldom continue a name.
_STARTERS = frozenset(
    """The A An In On At It Its He She They We I You His Her Their Our My This That These Those
    There Here However But And Or So For From By With As If When While Where What Who Why How After
    Before During Since Although Though Because Some Many Most Both Each Every Such Other Others
    Another Despite Between Among Through Later Then Thus Therefore Moreover Furthermore
    Additionally Also Once Until Unlike According To Yet Depending Following Several Currently
    Recently Originally Eventually Finally Similarly Subsequently Indeed Perhaps Meanwhile Instead
    Nevertheless Today No Not
    Der Die Das Er Sie Es Ein Eine Im Am El La Los Las En Un Una Le Les Il Elle Dans
    Він Вона Воно Вони Це Цей Але Також Після У В На Он Она Оно Они Это Но После""".split()
)
_GERMAN_ORDINAL = frozenset(
    """Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember
    Jahrhundert Jahrhunderts Jh""".split()
)
_LISTED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*|[A-Za-z]|[IVX]{1,4})\Z")
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.)*[^\W\d_]\Z")
# A name and a verb of saying after a quoted question: “Really?” Anna Smith asked.
_SAYS = re.compile(
    r"(?:[A-Z][\w'’-]{0,30} ){1,3}(?:said|says|asked|asks|added|replied|wrote|shouted|cried)\b"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """The half-open spans (start, end), in code points, of the sentences of a canonical text.

    They ascend, begin and end at visible characters, and together cover every one of them. A line
    is a paragraph and is split by itself. Never raises.
    """
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        spans += [(offset + start, offset + end) for start, end in _split(line)]
        offset += len(line) + 1
    return spans


def _split(line: str) -> Iterator[tuple[int, int]]:
    """The spans of one paragraph's sentences."""
    start = len(line) - len(line.lstrip())
    word = _first_word(line, start)
    for mark in _MARK.finditer(line):
        following = _NEXT.match(line, mark.end())
        if following and word < mark.start() and _ends(line, word, mark, following):
            yield start, mark.end()
            start = following.end("space")
            word = _first_word(line, start)
    end = len(line.rstrip())
    if start < end:
        yield start, end


def _first_word(line: str, start: int) -> int:
    """Where the first letter or digit from `start` on stands; the line's length if none does."""
    found = _WORD.search(line, start)
    return found.start() if found else len(line)


def _ends(line: str, first: int, mark: re.Match[str], following: re.Match[str]) -> bool:
    """Whether the sentence whose first word stands at `first` ends with this mark."""
    word, run = following["word"], mark["run"]
    if run[-1] in _UNSPACED:
        return not (mark["closers"] and word[0] in "とって")
    if line[mark.start() - 1] in "[(" and mark["closers"]:
        return False  # "[...]" and "(?)" stand for something within the sentence
    if not following["space"]:
        return _glued(line, mark, following)
    if word[0].islower():
        return run == "." and not mark["closers"] and _is_name_in_lower_case(word)
    if run == ".":
        return not _continues(line, first, mark.start(), following)
    if following["opening"] == "(" and word.isdigit():
        return False  # a title and its year: "Who Is Afraid?" (1962)
    return not (mark["closers"] and _SAYS.match(line, following.start("word")))


def _glued(line: str, mark: re.Match[str], following: re.Match[str]) -> bool:
    """A missing space after the stop: "ended.The" and "ended.[3]The", not "example.Com"."""
    before = line[max(0, mark.start() - 2) : mark.start()]
    ended = bool(mark["citation"]) or before.isdigit() or (before.isalpha() and before.islower())
    return ended and following["word"] in _STARTERS


def _is_name_in_lower_case(word: str) -> bool:
    """iPhone, eBay: the only lower-case words taken as a beginning."""
    return word[1:2].isupper() and word[2:3].islower()


def _continues(line: str, first: int, stop: int, following: re.Match[str]) -> bool:
    """Whether the full stop at `stop` belongs to an abbreviation, an initial or a list number."""
    found = _LAST_WORD.search(line, max(first, stop - _WINDOW), stop)
    if not found:
        return False
    last, upcoming = found[0], following["word"]
    if last in _OPEN or (found.start() == first and _LISTED.match(last)):
        return True
    if upcoming[0].isdigit() and last in _BEFORE_NUMBER:
        return True
    if last.isdigit():
        return len(last) <= 2 and upcoming in _GERMAN_ORDINAL
    if last in _OPEN_OR_END or _INITIALS.match(last):
        return upcoming not in _STARTERS or line[following.end() : following.end() + 1] in (
            ".",
            "-",
        )
    return False
