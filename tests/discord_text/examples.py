"""What the tests of the messages have in common: articles, answers, and hostile text."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bot.answers import Answer, Question, Why
from bot.quotes import Quote, quote_span
from index.articles import Article, Span, Version, canonical_text

LOCALES = ("en-US", "en-GB", "uk", "de", "es-ES", "es-419", "fr", "pl")

BRIDGE = (
    "The river Lom was first crossed in 1931. The bridge was designed by the engineer Vera "
    "Stoyan, then 29 years old. Its middle span is 84 metres long."
)
SENTENCE = "The bridge was designed by the engineer Vera Stoyan, then 29 years old."
URL = "https://news.example/bridge"

HOSTILE = (
    "@everyone and @here look",
    "<@42> <@!42> <@&7> <#300> </ask:1> <t:0> <t:0:R> <:x:1> <a:x:1> <id:customize>",
    "# big",
    "## big, *i*, **b**, ***x***, __u__, _i_, ~~s~~, ||spoiler||, `code`, ``c``",
    "```py\nblock\n```",
    "[click](https://evil.example) and [a](<https://b.example>) [b] (c)",
    "![image](https://evil.example/x.png)",
    "> quoted",
    ">>> quoted to the end",
    "-# small",
    "- item",
    "* item",
    "+ item",
    "1. item",
    "99) item",
    ":smile: :+1: :flag-us: 12:30:45 a:b:c",
    "\\*already\\* \\\\ escaped \\",
    "\\",
    "discord.gg/abc and discord.com/invite/abc and discordapp.com/invite/abc",
    "see https://a.example/x_y_(z)?q=*1* and <https://b.example/_>. steam://run/1",
    "\u202eevil\u202c \u2066x\u2069 zero\u200bwidth\u200d \ufeffmark \u00adsoft",
    "a\u2028b\u2029c\x00d\x1be",
    "¯\\_(ツ)_/¯",
    "]( [ ](<https://x.example>)",
    "𝒜😀👩‍👩‍👧 é e\u0301 🇩🇪🇫🇷 👍🏽",
)

hostile_texts = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE), st.text(max_size=12), st.sampled_from(" \n*_`|~<>@#:[]()-")
    ),
    min_size=1,
    max_size=8,
).map("".join)


def version_of(text: str, title: str = "The bridge", **about: object) -> Version:
    """An article that was not stored; its text as it would be."""
    article = replace(Article(title), **about)  # type: ignore[arg-type]
    return Version(article, canonical_text(text))


def quote_of(words: str, text: str = BRIDGE, title: str = "The bridge", **about: object) -> Quote:
    """The whole sentences around some words."""
    version = version_of(text, title, **about)
    start = version.text.index(words)
    return quote_span(Span(version, start, start + len(words)))


def answer_of(
    *quotes: Quote, question: str = "Who designed it?", confidence: float = 0.875
) -> Answer:
    """An answer by the highlighted words of some quotes."""
    text = "\n".join(quote.highlighted for quote in quotes)
    why = Why("answered", {"margin": 3.25, "sentences": 12})
    return Answer(Question(question), "answered", why, text, quotes, confidence)


def silence(nearest: Quote | None = None, question: str = "Why?") -> Answer:
    """An answer that there is none."""
    return Answer(Question(question), "not_in_article", Why("reader_abstained", {}, nearest))


@st.composite
def quotes(draw: st.DrawFn, texts: st.SearchStrategy[str] = hostile_texts) -> Quote:
    """Any run of whole sentences of any text, any words of it highlighted."""
    url = draw(st.sampled_from(["", URL, f"{URL}?a=(b)#c", "https://bücher.example/ü x"]))
    version = version_of(draw(texts), draw(hostile_texts), url=url)
    spans = version.sentences
    if not spans:
        version = version_of(BRIDGE, url=url)
        spans = version.sentences
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, min(first + 2, len(spans) - 1)))
    start, end = spans[first][0], spans[last][1]
    low = draw(st.integers(start, end - 1))
    high = draw(st.integers(low + 1, end))
    return Quote(version, start, end, (low, high))
