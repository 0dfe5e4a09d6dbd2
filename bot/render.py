"""An Answer as people and programs see it: terminal text and JSON. Pure."""

from __future__ import annotations

from rich.text import Text

from bot.answers import Answer
from bot.quotes import Quote
from index.articles import Span, Version
from index.changes import still_says
from prompts import message

HIGHLIGHT = "bold"
DIM = "dim"


def as_json(answer: Answer) -> dict[str, object]:
    """The documented, stable form (docs/json.md). Offsets are code points of the stored text."""
    nearest = answer.why.nearest
    return {
        "status": answer.status,
        "text": answer.text,
        "confidence": round(answer.confidence, 4),
        "quotes": [_quote_json(quote) for quote in answer.quotes],
        "why": {
            "step": answer.why.step,
            "numbers": {name: round(number, 4) for name, number in answer.why.numbers.items()},
            "nearest": nearest and _quote_json(nearest),
        },
        "timings_ms": {step: round(spent, 2) for step, spent in answer.timings_ms.items()},
    }


def _quote_json(quote: Quote) -> dict[str, object]:
    return {
        "text": quote.text,
        "article": quote.version.article.id,
        "version": quote.version.id,
        "start": quote.start,
        "end": quote.end,
        "highlight": list(quote.highlight),
        "paragraph": quote.paragraph,
        "sentence": quote.sentence,
        **({"page": quote.page} if quote.page else {}),
    }


def terminal(answer: Answer) -> Text:
    """What the terminal shows: the answer, then each quote with the answer words marked and its
    place; or silence, with what comes nearest. Reads the same without colours."""
    if answer.status != "answered":
        return _silence(answer)
    blocks = [_block(quote) for quote in answer.quotes]
    if answer.text != "\n".join(quote.text for quote in answer.quotes):
        blocks.insert(0, Text(answer.text, style=HIGHLIGHT))
    if not answer.question.is_topic:
        blocks.append(Text(_footing(answer), style=DIM))
    return Text("\n").join(blocks)


def why(answer: Answer, minimum: float) -> str:
    """Which step decided, in a sentence, and the numbers behind it."""
    values = {"confidence": answer.confidence, "minimum": minimum, "span": _nearest(answer)}
    said = message(f"why_{_step(answer)}", **values)
    numbers = ", ".join(f"{name} {number:.3g}" for name, number in answer.why.numbers.items())
    return f"{said} ({numbers})" if numbers else said


def _step(answer: Answer) -> str:
    if answer.question.is_topic and answer.quotes:
        return "on_topic"
    without = answer.why.step == "reader_abstained" and not answer.why.nearest
    return "no_candidate" if without else answer.why.step


def _nearest(answer: Answer) -> str:
    """The words that were not sure enough to answer, if there were any."""
    quote = answer.why.nearest
    return quote.version.text[slice(*quote.highlight)] if quote else ""


def place(quote: Quote) -> str:
    """Where a quote stands, as in “Title, page 3, paragraph 2, sentence 1”; not every text has
    pages."""
    where = {"title": quote.version.article.title, "page": quote.page}
    where |= {"paragraph": quote.paragraph, "sentence": quote.sentence}
    return message("place_page" if quote.page else "place", **where)


def context(quote: Quote, newest: Version) -> Text:
    """The quote's paragraph and its neighbours, the quote's words marked; and, if it is not from
    the newest version, whether that one still says it."""
    version, around = quote.version, quote.version.paragraphs
    first = max(0, quote.paragraph - 2)
    start, end = around[first][0], around[min(len(around), quote.paragraph + 1) - 1][1]
    end = max(end, quote.end)
    text = Text().append(version.text[start : quote.start], style=DIM)
    text.append(quote.text, style=HIGHLIGHT)
    text.append(version.text[quote.end : end], style=DIM)
    if version.id == newest.id:
        return text
    quoted = Span(version, quote.start, quote.end)
    name = "older_version" if still_says(quoted, newest) else "no_longer_says"
    return text.append("\n" + message(name, read=version.read_at), style=DIM)


def _footing(answer: Answer) -> str:
    """How sure the answer is, and where its articles came from."""
    articles = [quote.version.article for quote in answer.quotes]
    sources = dict.fromkeys(article.url or article.source for article in articles)
    named = ", ".join(source for source in sources if source)
    return message("confidence", confidence=answer.confidence, source=named)


def _silence(answer: Answer) -> Text:
    lines = [Text(message(answer.status), style=HIGHLIGHT)]
    if answer.why.nearest:
        lines += [Text(message("nearest"), style=DIM), _block(answer.why.nearest, DIM)]
    return Text("\n").join(lines)


def _block(quote: Quote, style: str = "") -> Text:
    """The quote in quotation marks and its place below, line breaks as spaces."""
    before, marked, after = split_highlight(quote)
    whole = not (before or after)
    text = Text("“", style=style)
    text.append(before).append(marked, style="" if whole else HIGHLIGHT).append(after).append("”")
    return text.append(f"\n  — {place(quote)}", style=DIM)


def split_highlight(quote: Quote) -> tuple[str, str, str]:
    """The quote's words before, in and after its highlight, for showing: line breaks as spaces."""
    words = quote.version.text
    start, end = quote.highlight
    parts = words[quote.start : start], words[start:end], words[end : quote.end]
    before, marked, after = (part.replace("\n", " ") for part in parts)
    return before, marked, after
