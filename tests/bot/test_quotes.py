"""Quotes and `locate`: properties over made-up articles, then what must be refused, one by one."""

import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.quotes import Quote, locate, quote_span
from index.articles import Article, Passage, Span, Version, canonical_text
from index.errors import QuoteError
from index.passages import split

# What typography writes in different ways; each of a group may stand for any other of it.
GROUPS = ["'‘’‚‛`´′", '"“”„‟″«»', "-‐‑‒–—―−"]
SPACES = [" ", "\u00a0", "\u2009", "\u202f", "\u2003", "  ", "\n", " \n ", "\t", "\r\n"]
LIGATURES = {"ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}

WORDS = st.sampled_from(
    "ferry the a not never said “Really” ‘no’ don’t it's café Zoë naïve ﬁne oﬀer ﬂat office fling "
    "1,390 3.5 2022 $5 10\u00a0km co‑op well-known – — (yes) “quoted one” Київ прийшов їжа "
    "Straße and, so: U.S. Mr. Lund".split(" ")
)
ENDS = st.sampled_from([".", "!", "?", "…", ".”", "."])


@st.composite
def articles(draw: st.DrawFn) -> Version:
    """Paragraphs of sentences; a number in each sentence makes it the only one of its kind."""
    lines: list[str] = []
    for paragraph in range(draw(st.integers(1, 4))):
        sentences = []
        for sentence in range(draw(st.integers(1, 4))):
            words = draw(st.lists(WORDS, min_size=1, max_size=8))
            place = draw(st.integers(0, len(words)))
            words.insert(place, f"n{paragraph}{sentence}")
            sentences.append("Then " + " ".join(words) + draw(ENDS))
        lines.append(draw(st.sampled_from([" ", "  ", "\u00a0"])).join(sentences))
    return Version(Article("Any"), canonical_text("\n\n".join(lines)))


def passages(version: Version, window: int = 30) -> list[Passage]:
    return split(version, lambda texts: [len(text.split()) for text in texts], window)


@st.composite
def slices(draw: st.DrawFn, version: Version) -> tuple[int, int]:
    """Offsets of a run of whole sentences."""
    first = draw(st.integers(0, len(version.sentences) - 1))
    last = draw(st.integers(first, len(version.sentences) - 1))
    return version.sentences[first][0], version.sentences[last][1]


def disturbed(text: str, draw: st.DrawFn) -> str:
    """The text with everything in it that the contract lets differ made to differ."""
    for pair, ligature in LIGATURES.items():
        one, other = draw(st.sampled_from([(pair, ligature), (ligature, pair), ("", "")]))
        text = text.replace(one, other) if one else text
    pieces: list[str] = []
    for char in text:
        group = next((group for group in GROUPS if char in group), None)
        if char.isspace():
            char = draw(st.sampled_from(SPACES))
        elif group:
            char = draw(st.sampled_from(group))
        pieces.append(char + draw(st.sampled_from(["", "", "", "\u00ad", "\u200b"])))
    text = "".join(pieces)
    if draw(st.booleans()) and text[0] not in LIGATURES.values():
        text = text[:1].swapcase() + text[1:]
    if draw(st.booleans()):
        text = unicodedata.normalize("NFD", text)
    return draw(st.sampled_from(["", " ", "\n"])) + text + draw(st.sampled_from(["", " ", "\n"]))


def plain_words(text: str) -> list[str]:
    """The words of a text as it is read aloud: an independent idea of what it says."""
    folded = unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold()
    return re.findall(r"\w+", folded)


def says(version: Version, text: str) -> bool:
    """Whether the words of a text stand in a row in an article."""
    here, wanted = plain_words(version.text), plain_words(text)
    starts = range(len(here) - len(wanted) + 1)
    return any(here[start : start + len(wanted)] == wanted for start in starts)


# What is in the article is found, to the character


@given(st.data())
def test_whole_sentences_are_found_however_their_typography_differs(data: st.DataObject) -> None:
    version = data.draw(articles())
    start, end = data.draw(slices(version))
    proposed = disturbed(version.text[start:end], data.draw)
    quote = locate(proposed, data.draw(st.permutations(passages(version))))
    assert quote == Quote(version, start, end, (start, end))


@given(st.data())
def test_a_part_of_a_sentence_becomes_the_highlight_in_its_whole_sentence(
    data: st.DataObject,
) -> None:
    version = data.draw(articles())
    words = [match.span() for match in re.finditer(r"\S+", version.text)]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 12, len(words) - 1)))
    start, end = words[first][0], words[last][1]
    part = version.text[start:end]
    assume(len(re.findall(r"\w+", part)) >= 3)
    expected = quote_span(Span(version, start, end))
    quote = locate(disturbed(part, data.draw), passages(version))
    assert quote
    assert quote.highlighted.casefold() == part.casefold()
    if version.text.casefold().count(part.casefold()) == 1:
        assert quote == expected
    bounds = {bound for span in version.sentences for bound in span}
    assert {quote.start, quote.end} <= bounds


@given(
    st.lists(
        st.sampled_from(["Nobody came at all.", "It “never” rained.", "He slept."]),
        min_size=2,
        max_size=9,
    ),
    st.data(),
)
def test_of_equal_sentences_the_one_in_the_passage_that_was_cited_is_taken(
    sentences: list[str], data: st.DataObject
) -> None:
    version = Version(Article("Any"), "\n".join(sentences))
    single = passages(version, window=3)
    assert len(single) == len(sentences)
    cited = data.draw(st.sampled_from(single))
    others = data.draw(st.permutations(single))
    quote = locate(disturbed(cited.text, data.draw), [cited, *others])
    assert quote == quote_span(cited)


def test_of_equal_sentences_in_two_articles_the_cited_one_is_taken() -> None:
    one = Version(Article("One"), "It was never found. Nobody came.")
    two = Version(Article("Two"), "Somebody came. It was never found.")
    uncited = Passage(one, 20, 32)  # of the first article, but not the place in question
    cited = passages(two)[0]
    quote = locate("It was never found.", [uncited, cited])
    assert quote
    assert quote.version == two


def test_without_a_cited_passage_around_it_the_first_place_is_taken() -> None:
    version = Version(Article("Any"), "It rained a lot. He slept. It rained a lot. She left.")
    quote = locate("It rained a lot.", [Passage(version, 17, 26)])
    assert quote
    assert quote.start == 0


def test_a_run_of_sentences_may_cross_paragraphs_and_passages() -> None:
    version = Version(Article("Any"), "One came first.\n\nTwo came next.\n\nThree came last.")
    quote = locate("Two came next. Three came last.", passages(version, window=5)[:1])
    assert quote
    assert quote.text == "Two came next.\n\nThree came last."
    assert (quote.paragraph, quote.sentence) == (2, 1)


# What is not in the article is refused


@given(st.data())
def test_words_that_are_not_in_the_article_are_refused(data: st.DataObject) -> None:
    version = data.draw(articles())
    proposed = data.draw(st.text(max_size=60) | st.lists(WORDS, max_size=8).map(" ".join))
    assume(not says(version, proposed) or not plain_words(proposed))
    assert locate(proposed, passages(version)) is None


@given(st.data())
def test_a_slice_with_one_change_to_its_words_is_refused(data: st.DataObject) -> None:
    version = data.draw(articles())
    start, end = data.draw(slices(version))
    pieces = re.split(r"(\s+)", version.text[start:end])
    at = data.draw(st.sampled_from([i for i, piece in enumerate(pieces) if i % 2 == 0]))
    word = pieces[at]
    pieces[at] = data.draw(
        st.sampled_from(
            [
                *(
                    "",
                    "…",
                    "[…]",
                    "...",
                    f"{word} not",
                    word + "s",
                    word[1:],
                    word[:-1],
                    word[::-1],
                ),
                *(re.sub(r"\d", lambda digit: str(9 - int(digit[0])), word), word.replace(",", "")),
            ]
        )
    )
    changed = "".join(pieces)
    assume(not says(version, changed))
    assert locate(changed, passages(version)) is None


TEXT = (
    "The minister said that he did not sign it. Nobody had asked him, he claimed. It cost "
    "1,390.50 euros in 2022. Yes. Somehow it can’t be 1/2 of 10:30 or −5 in co-op shops."
    "\n\nﬁnally it ended. हिन्दी में लिखा है। “We don’t know,” she said – “not yet.” "
    "渡輪星期一沒有來。乘客都回家了。 It lost 1\u00a0390 men."
)
ARTICLE = Version(Article("Minister"), canonical_text(TEXT))

REFUSED = {
    "a dropped not": "The minister said that he did sign it.",
    "an added not": "Nobody had not asked him, he claimed.",
    "two sentences that are no neighbours": "The minister said that he did not sign it. Yes.",
    "neighbours in the wrong order": "Yes. It cost 1,390.50 euros in 2022.",
    "an ellipsis": "The minister said … he did not sign it.",
    "an ellipsis of three dots": "The minister said ... sign it.",
    "an ellipsis in brackets": "The minister […] did not sign it.",
    "an ellipsis at the end": "The minister said that he…",
    "a changed digit": "It cost 1,391.50 euros in 2022.",
    "another way to write a number": "It cost 1390.50 euros in 2022.",
    "half a number": "It cost 1,390",
    "the other half": "390.50 euros in 2022",
    "a number without its end": "It cost 1",
    "half a fraction": "2 of 10:30 or",
    "half a time": "be 1/2 of 10",
    "a number without its sign": "5 in co-op shops",
    "half a number with a space": "390 men.",
    "the other half of it": "It lost 1",
    "half a word": "The minister said that he did no",
    "half a word at the start": "obody had asked him, he claimed.",
    "half a ligature": "inally it ended.",
    "half a contraction": "somehow it can",
    "half a word with marks": "में लिखा ह",
    "the other half of it with its marks": "न्दी में लिखा है",
    "the rest of a contraction": "t be 1/2 of",
    "the rest of a contraction with its apostrophe": "’t be 1/2 of",
    "a single word": "minister",
    "two words": "the minister",
    "one letter": "e",
    "a mark": ".",
    "nothing": "",
    "blanks": " \n\u00a0\u200b",
    "another case inside": "The Minister said that he did not sign it.",
    "a paraphrase": "He claimed that nobody had asked him.",
    "a word between": "Nobody had ever asked him, he claimed.",
    "other letters that look alike": "Nobody hаd asked him, he claimed.",
    "fewer than six signs": "渡輪星期一",
    "markup": "**Nobody** had asked him, he claimed.",
}


@pytest.mark.parametrize("proposed", REFUSED.values(), ids=REFUSED.keys())
def test_refused(proposed: str) -> None:
    assert locate(proposed, passages(ARTICLE)) is None


@pytest.mark.parametrize(
    ("proposed", "highlighted", "sentence"),
    [
        ("Yes.", "Yes.", "Yes."),  # short, but a whole sentence
        ("yes.", "Yes.", "Yes."),
        ("nobody had asked him", "Nobody had asked him", "Nobody had asked him, he claimed."),
        ("1,390.50 euros in", "1,390.50 euros in", "It cost 1,390.50 euros in 2022."),
        ("Finally it ended", "ﬁnally it ended", "ﬁnally it ended."),
        ('"We don\'t know,"', "“We don’t know,”", "“We don’t know,” she said – “not yet.”"),
        ("We don't know", "We don’t know", "“We don’t know,” she said – “not yet.”"),
        ("渡輪星期一沒有", "渡輪星期一沒有", "渡輪星期一沒有來。"),
        ("lost 1 390 men", "lost 1\u00a0390 men", "It lost 1\u00a0390 men."),
    ],
)
def test_found(proposed: str, highlighted: str, sentence: str) -> None:
    quote = locate(proposed, passages(ARTICLE))
    assert quote
    assert (quote.highlighted, quote.text) == (highlighted, sentence)


def test_without_passages_nothing_is_found() -> None:
    assert locate("Nobody had asked him, he claimed.", []) is None


# Quotes


@given(st.data())
def test_a_quote_is_whole_sentences_or_cannot_be_made(data: st.DataObject) -> None:
    version = data.draw(articles())
    bounds = st.sampled_from(sorted({b for span in version.sentences for b in span}))
    offsets = bounds | st.integers(-2, len(version.text) + 2)
    start, end, first, last = (data.draw(offsets) for _ in range(4))
    whole = start in {s for s, _ in version.sentences} and end in {e for _, e in version.sentences}
    if whole and start <= first < last <= end:
        quote = Quote(version, start, end, (first, last))
        assert quote.text == version.text[start:end]
        assert quote.highlighted == version.text[first:last]
    else:
        with pytest.raises(QuoteError, match="are not whole sentences of “Any”"):
            Quote(version, start, end, (first, last))


def test_nothing_can_be_quoted_from_an_empty_text() -> None:
    for offsets in [(0, 0, (0, 0)), (0, 3, (0, 3))]:
        with pytest.raises(QuoteError):
            Quote(Version(Article("Empty"), ""), *offsets)


@given(st.data())
def test_the_quote_of_a_span_is_the_fewest_whole_sentences_around_it(data: st.DataObject) -> None:
    version = data.draw(articles())
    visible = [at for at, char in enumerate(version.text) if not char.isspace()]
    start = data.draw(st.sampled_from(visible))
    end = data.draw(st.sampled_from([at + 1 for at in visible if at >= start]))
    quote = quote_span(Span(version, start, end))
    touched = [s for s in version.sentences if s[0] < end and start < s[1]]
    assert (quote.start, quote.end) == (touched[0][0], touched[-1][1])
    assert quote.highlight == (start, end)


@given(st.data())
def test_its_place_is_counted_in_paragraphs_and_their_sentences(data: st.DataObject) -> None:
    version = data.draw(articles())
    number = data.draw(st.integers(0, len(version.sentences) - 1))
    start, end = version.sentences[number]
    quote = Quote(version, start, end, (start, end))
    before = version.text[:start].split("\n\n")
    paragraph_start = start - len(before[-1])
    assert quote.paragraph == len(before)
    assert quote.sentence == sum(paragraph_start <= s <= start for s, _ in version.sentences)


def test_a_long_article_takes_linear_time() -> None:
    """No clock: with work that grew with the square of 300,000 characters it would not end soon."""
    lines = [f"The ferry number {n} left the port and the port was calm." for n in range(5400)]
    version = Version(Article("Long"), "\n".join(lines))
    assert len(version.text) > 300_000
    cited: Sequence[Passage] = passages(version)[::300][:8]
    for n in range(0, 5400, 540):
        proposed = f"the ferry number {n} left the port and the port"
        quote = locate(proposed, cited)
        assert quote
        assert quote.text == lines[n]
        assert locate(proposed.replace("calm", "rough") + " rough", cited) is None
    assert locate("the port and", cited)  # in 5,400 places
    assert locate("The ferry number " * 9000, cited) is None
