"""An Answer as people and programs see it: terminal text, JSON, Discord message. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from bot.answers import Answer
from bot.quotes import Quote
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
    }


def terminal(answer: Answer) -> Text:
    """What the terminal shows: each quote with its answer words marked and its place, or silence
    with what comes nearest. Without colours the words are marked by nothing but themselves."""
    if answer.status == "answered":
        return Text("\n\n").join(_quoted(answer))
    lines = [Text(message(answer.status), style=HIGHLIGHT)]
    if answer.why.nearest:
        lines += [Text(message("nearest"), style=DIM), _quote_text(answer.why.nearest, DIM)]
    return Text("\n").join(lines)


def why(answer: Answer, minimum: float) -> str:
    """Which step decided, in a sentence, and the numbers behind it."""
    said = message(f"why_{answer.why.step}", confidence=answer.confidence, minimum=minimum)
    numbers = ", ".join(f"{name} {number:.3g}" for name, number in answer.why.numbers.items())
    return f"{said} ({numbers})" if numbers else said


def place(quote: Quote) -> str:
    """Where a quote stands, as in “Title, paragraph 2, sentence 1”."""
    return message(
        "place",
        title=quote.version.article.title,
        paragraph=quote.paragraph,
        sentence=quote.sentence,
    )


def _quoted(answer: Answer) -> Iterator[Text]:
    for quote in answer.quotes:
        yield Text("\n").join([_quote_text(quote), Text(f"  — {place(quote)}", style=DIM)])
    yield Text(message("confidence", confidence=answer.confidence), style=DIM)


def _quote_text(quote: Quote, style: str = "") -> Text:
    """The quote in quotation marks, its line breaks as spaces, the highlight marked."""
    before, marked, after = split_highlight(quote)
    text = Text("“", style=style)
    text.append(before).append(marked, style=HIGHLIGHT).append(after).append("”")
    return text


def split_highlight(quote: Quote) -> tuple[str, str, str]:
    """The quote's words before, in and after its highlight, for showing: line breaks as spaces."""
    words = quote.version.text
    start, end = quote.highlight
    parts = words[quote.start : start], words[start:end], words[end : quote.end]
    before, marked, after = (part.replace("\n", " ") for part in parts)
    return before, marked, after
