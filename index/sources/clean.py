"""Takes out of an article's blocks what sites put around and between its paragraphs.

Only whole blocks go: a rule never cuts words out of one. Rules that look at words look at short
blocks only; an article that says "read more" in a sentence keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from index.sources.blocks import HEADINGS, Block

_FIRST = 12  # blocks in which the title and what stands over an article are looked for
_SHORT, _LONGER = 12, 45  # words
_PARAGRAPH = 20  # words
_DATA = frozenset({"tr", "li", "dt", "dd", "pre"})
_SENTENCE_END = re.compile(r"[.!?…:;]['\"”’»)]*$")
_SITES = r"facebook|twitter|x|instagram|telegram|whatsapp|linkedin|youtube|pinterest|reddit|e-?mail"
# What such a block is as a whole, of at most _SHORT words.
_ALONE = re.compile(
    rf"""(?: advert(?:isement|isements|ising|orial)? | sponsored(?:\ content)? | promoted
    | anzeige | werbung | publicité | publicidad | реклама
    | (?:story|article)\ continues(?:\ below.*)? | (?:scroll|skip)\ (?:down\ )?(?:to|for)\b.*
    | (?:share|tweet|print|save|teilen|drucken|partager|imprimer|compartir|поділитися|поширити)
      (?:\ (?:this|on|via|with|article|story|auf|sur|en|в|у)\b.*)?
    | (?:{_SITES})(?:[\s,|/·]+(?:{_SITES}))*
    | (?:\d+\s*)?(?:comments?|kommentare?|commentaires?|comentarios?|коментар\w*)
    | (?:leave|post|add|write)\ a\ (?:comment|reply)
    | (?:tell\ us\ )?what\ (?:do\ )?you\ think
    | (?:view|show|see|read|hide|load)\ (?:the\ )?(?:all|more|less|full|comments|gallery|photos)\b.*
    | (?:continue|keep)\ reading\b.* | weiterlesen | mehr\ lesen | lire\ (?:la\ suite|plus)
    | (?:seguir\ leyendo|leer\ más) | читати\ далі | (?:click|tap)\ here(?:\ \w+){{0,4}}
    | (?:related|recommended|popular|trending|latest|top|more)
      (?:\ (?:stories|articles|news|posts|content|topics|videos|reading|links|now
      |on\ this|for\ you))?
    | most\ (?:read|popular|viewed|shared)\b.*
    | you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested)\b.*
    | (?:read|see)\ (?:next|also|more) | also\ read | more\ from\b.* | something\ to\ consider
    | mehr\ zum\ thema | lesen\ sie\ auch | à\ lire\ aussi | lire\ aussi | lea\ también
    | te\ puede\ interesar | читайте\ також | loading | please\ wait
    | (?:[\w']+\ ){{0,5}}newsletters?
    | (?:\d+\s*|reading\ time\W*|tempo\ de\ leitura\W*|lesezeit\W*|temps\ de\ lecture\W*
      |tiempo\ de\ lectura\W*)\d*\s*min(?:ut(?:e|o|en|os|es))?s?\.?(?:\ read)?
    )[\s.:!…»>→-]*""",
    re.IGNORECASE | re.VERBOSE,
)
# How a block of at most _LONGER words begins that leads away from the article.
_OPENING = re.compile(
    r"""(?: (?:related|read(?:\ (?:more|next|also))?|see\ also|also\ read|more|watch|recommended
    |don['’]?t\ miss|up\ next|mehr\ zum\ thema|lesen\ sie\ (?:auch|mehr)|(?:à\ )?lire\ aussi
    |lea\ también|lee\ también|читайте\ також|читати\ також)\s*[:|»]
    | (?:photo|image|picture|foto|bild|crédit|фото)(?:\ (?:credits?|by|courtesy|via))?\s*[:/©|]
    | (?:©|copyright\b|all\ rights\ reserved)
    | (?:follow|like|find|join)\ (?:us|me|\w+)\ on
      \ (?:facebook|twitter|x\b|instagram|telegram|youtube)
    | (?:please\ )?(?:sign\ up|subscribe|register)\b.{0,80}
      \b(?:newsletters?|inbox|mailing\ list|podcast)
    | (?:want|looking\ for)\ more\b.{0,40}\?\ (?:join|sign\ up|subscribe)
    | (?:abonnieren\ sie|abonnez-vous|suscríbete|підписуйтесь|підпишіться)\b
    | if\ you\ (?:enjoyed|liked?)\ this\ (?:article|story|post)
    | \[/?\w[^\]]*\].*\[/\w+\]$ )""",
    re.IGNORECASE | re.VERBOSE,
)
_BYLINE = re.compile(
    r"(?:by|von|par|por|автор:?|updated?:?|published:?|posted:?)\s|.*(?:\b(?:19|20)\d\d\b|\d:\d\d)",
    re.IGNORECASE,
)


def cleaned(found: Sequence[Block], title: str) -> list[Block]:
    """The blocks of an article without its title, notices, link lists and the like."""
    kept = [block for block in _under_title(found, title) if not _is_notice(block)]
    kept = [block for group in _groups(kept) for block in group]
    while kept and kept[-1].tag in HEADINGS:  # what it headed has gone
        kept.pop()
    return kept


def _under_title(found: Sequence[Block], title: str) -> Sequence[Block]:
    """What follows the title and the lines between it and the first paragraph that tell who wrote
    it and when."""
    start = 0
    for at, block in enumerate(found[:_FIRST]):
        if _is_title(block.text, title):
            start = at + 1
        elif _words(block) >= _PARAGRAPH and not block.is_link:
            break
    first = next((n for n, b in enumerate(found[start:]) if _words(b) >= _PARAGRAPH), 0)
    kept = [block for block in found[start : start + first] if not _is_byline(block)]
    return [*kept, *found[start + first :]]


def _is_title(text: str, title: str) -> bool:
    text, title = _folded(text), _folded(title)
    short, long = sorted((text, title), key=len)
    return bool(short) and long.startswith(short) and 2 * len(short) > len(long)


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_byline(block: Block) -> bool:
    if block.tag in HEADINGS or block.tag in _DATA or _words(block) > _SHORT:
        return False
    if _SENTENCE_END.search(block.text):
        return False
    return bool(_BYLINE.match(block.text))


def _is_notice(block: Block) -> bool:
    words = _words(block)
    if words <= _SHORT and _ALONE.fullmatch(block.text):
        return True
    return words <= _LONGER and bool(_OPENING.match(block.text))


def _groups(found: Sequence[Block]) -> list[list[Block]]:
    """Runs of blocks, without those of two and more that are nothing but links."""
    runs = [
        (is_link, list(run)) for is_link, run in groupby(found, key=lambda block: block.is_link)
    ]
    return [run for is_link, run in runs if not (is_link and len(run) > 1)]


def _words(block: Block) -> int:
    return len(block.text.split())
