"""What a newer version says that an older one did not, by hand and by properties of any texts."""

from collections import Counter
from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from index.articles import Span, Version
from index.changes import Changes, compare, still_says
from tests.conftest import version_of

OLD = version_of(
    "The ferry sailed at noon. Nobody was on it.\n\n"
    "It never came back. The owners paid £1,390 to the widow of the master.\n\n"
    "A lamp was found in April."
)


def told(changes: Changes) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    edited = [(old.text, new.text) for old, new in changes.edited]
    return texts(changes.added), texts(changes.removed), edited


def texts(spans: Iterable[Span]) -> list[str]:
    return [span.text for span in spans]


def sentences_of(version: Version) -> list[Span]:
    return [Span(version, start, end) for start, end in version.sentences]


def test_added_removed_and_edited_sentences() -> None:
    new = version_of(
        "The ferry sailed at two. Nobody was on it.\n\n"
        "The owners paid £1,930 to the widow of the master. She wanted the lamp.\n\n"
        "A lamp was found in April."
    )
    assert told(compare(OLD, new)) == (
        ["She wanted the lamp."],
        ["It never came back."],
        [
            ("The ferry sailed at noon.", "The ferry sailed at two."),
            (
                "The owners paid £1,390 to the widow of the master.",
                "The owners paid £1,930 to the widow of the master.",
            ),
        ],
    )


def test_a_paragraph_that_moved_is_no_change() -> None:
    paragraphs = OLD.text.split("\n\n")
    moved = version_of("\n\n".join([paragraphs[2], *paragraphs[:2]]))
    assert not compare(OLD, moved)
    one_line = version_of(OLD.text.replace("\n\n", " "))
    assert not compare(OLD, one_line)


def test_a_sentence_that_moved_and_was_edited_is_one_edit() -> None:
    new = version_of(
        f"A lamp was found in March. {OLD.text.replace('A lamp was found in April.', '')}"
    )
    edit = ("A lamp was found in April.", "A lamp was found in March.")
    assert told(compare(OLD, new)) == ([], [], [edit])


def test_of_several_likely_sentences_the_most_alike_is_the_one() -> None:
    monday, friday = "Nine boats left port on Monday.", "Nine boats left port on Friday night."
    then_friday = "Nine boats left port on Friday evening."
    old, new = version_of(f"{monday} {friday}"), version_of(f"{then_friday} {monday[:-1]} too.")
    assert told(compare(old, new))[2] == [(friday, then_friday), (monday, f"{monday[:-1]} too.")]


def test_a_sentence_of_another_matter_is_not_an_edit() -> None:
    new = version_of(OLD.text.replace("It never came back.", "The owners were not insured."))
    assert told(compare(OLD, new)) == (
        ["The owners were not insured."],
        ["It never came back."],
        [],
    )


def test_repeated_sentences_are_counted() -> None:
    chorus = "Row on. " * 3
    assert told(compare(version_of(chorus), version_of(chorus * 2))) == (["Row on."] * 3, [], [])
    changes = compare(version_of(chorus), version_of("Row on. So they did."))
    assert told(changes) == (["So they did."], ["Row on."] * 2, [])
    assert [span.start for span in changes.removed] == [8, 16]


def test_sentences_of_a_script_without_spaces_can_be_edits() -> None:
    old, new = (
        version_of("渡轮于中午启航。没有人在船上。"),
        version_of("渡轮于下午启航。没有人在船上。"),
    )
    assert told(compare(old, new)) == ([], [], [("渡轮于中午启航。", "渡轮于下午启航。")])


# Properties

WORDS = st.lists(st.sampled_from("boat lamp widow noon never the a 3 7 лампа".split()), max_size=6)
LINES = st.lists(WORDS.map(lambda words: " ".join(["So", *words]) + "."), max_size=12)
ANYTHING = st.text(max_size=80) | LINES.map("\n".join) | LINES.map(" ".join)


@given(ANYTHING, ANYTHING)
def test_the_changes_applied_to_the_old_sentences_give_the_new_ones(old: str, new: str) -> None:
    before, after = version_of(old), version_of(new)
    changes = compare(before, after)
    gone = [*changes.removed, *(span for span, _ in changes.edited)]
    came = [*changes.added, *(span for _, span in changes.edited)]
    assert set(gone) <= set(sentences_of(before))
    assert set(came) <= set(sentences_of(after))
    assert len({(s.start, s.end) for s in came}) == len(came)
    left = without(sentences_of(before), gone)
    assert Counter(texts(left)) + Counter(texts(came)) == Counter(texts(sentences_of(after)))
    assert not {s.text for s in gone} & {s.text for s in came}
    for spans in (changes.added, changes.removed, [span for _, span in changes.edited]):
        assert spans == sorted(spans, key=lambda span: span.start)


def without(spans: Sequence[Span], gone: Sequence[Span]) -> list[Span]:
    assert len(set(gone)) == len(gone)
    return [span for span in spans if span not in set(gone)]


@given(ANYTHING)
def test_the_same_text_has_no_changes_and_says_all_that_it_said(text: str) -> None:
    version = version_of(text)
    assert not compare(version, version_of(text))
    assert all(still_says(span, version) for span in sentences_of(version))


@given(LINES, LINES)
def test_what_is_still_said_is_neither_removed_nor_edited(old: list[str], new: list[str]) -> None:
    before, after = version_of("\n".join(old)), version_of("\n".join(new))
    for span in sentences_of(before):
        assert still_says(span, after) == (span.text in texts(sentences_of(after)))


def test_among_thousands_of_sentences_of_one_form_each_finds_its_own() -> None:
    """50,000 words; comparing each sentence with each would be six million comparisons."""
    old, new = (
        version_of(
            "\n".join(f"Story {n} says {word} that {'so ' * 16}it sailed." for n in range(2500))
        )
        for word in ("now", "then")
    )
    changes = compare(old, new)
    assert (changes.added, changes.removed, len(changes.edited)) == ([], [], 2500)
    assert all(a.text == b.text.replace("then", "now") for a, b in changes.edited)


# Whether a quote still stands


def quote(version: Version, words: str) -> Span:
    start = version.text.index(words)
    return Span(version, start, start + len(words))


def test_a_quote_still_stands_where_its_sentences_do() -> None:
    both = quote(OLD, "Nobody was on it.\n\nIt never came back.")
    paragraphs = OLD.text.split("\n\n")
    moved = version_of(f"{paragraphs[2]}\n\n{paragraphs[0]} {paragraphs[1]}")
    assert still_says(both, moved)
    between = version_of(OLD.text.replace("on it.", "on it. So they say."))
    assert not still_says(both, between)
    assert still_says(quote(OLD, "It never came back."), between)


def test_a_quote_that_is_part_of_another_sentence_now_does_not_stand() -> None:
    claimed = version_of(OLD.text.replace("It never came back.", "He claimed: It never came back."))
    assert not still_says(quote(OLD, "It never came back."), claimed)
    assert not still_says(quote(OLD, "never came"), claimed)
    assert still_says(quote(OLD, "sailed at noon"), claimed)
    curly = version_of(OLD.text.replace("£1,390", "£ 1,390"))
    assert not still_says(quote(OLD, "The owners paid £1,390"), curly)
