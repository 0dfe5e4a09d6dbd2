"""Names in a text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.names import names


def found(text: str, evidence: str = "") -> list[str]:
    return [text[start:end] for start, end in names(text, evidence)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mayor met Per Hauge in Ålesund.", ["Per Hauge", "Ålesund"]),
        ("Yesterday Mr. Lavrov spoke of the U.S. embassy.", ["Mr. Lavrov", "U.S."]),
        ("He met Natalia’s son and Olha's.", ["Natalia", "Olha"]),
        ("A book by John F. Kennedy, St. Paul.", ["John F. Kennedy", "St. Paul"]),
        ("We met in the Bank of England on Monday in May.", ["Bank of England"]),
        ("“We are here,” he said. But nobody came in June.", []),
        ("I said that I know.", []),
        ("Мер зустрів Ольгу Коваль у Львові.", ["Мер", "Ольгу Коваль", "Львові"]),
    ],
)
def test_names_have_capitals(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_a_word_that_begins_a_sentence_is_a_name_if_the_text_shows_it() -> None:
    text = (
        "Residents fear noise. Lindenau is quiet. The people of Lindenau sleep. Olha, a guard, too."
    )
    assert found(text, text) == ["Lindenau", "Lindenau", "Olha"]


@given(st.text(alphabet="Aa Bb.’'“\nÉé-1", max_size=60))
def test_names_are_slices_in_order(text: str) -> None:
    spans = names(text, text)
    assert spans == sorted(spans)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
