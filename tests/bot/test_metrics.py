"""The metrics, against sums done by hand and against what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import metrics

texts = st.text(alphabet="ab the,.'é ", max_size=20)
scored = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Kursk region.", "kursk region"),
        ("an “apple”", "“apple”"),  # only ASCII punctuation goes, as in the official script
        ("U.S.-led", "usled"),
        ("a\tthe\nan", ""),
        ("Theatre, anthem", "theatre anthem"),
    ],
)
def test_normalise_is_squads(text: str, expected: str) -> None:
    assert metrics.normalise(text) == expected


def test_f1_of_shared_words() -> None:
    # "three women were freed" against "the three women": 2 words are shared,
    # precision 2/4, recall 2/2, so 2 * 0.5 * 1 / 1.5 = 2/3
    assert metrics.token_f1("three women were freed", "the three women") == pytest.approx(2 / 3)


def test_f1_counts_a_repeated_word_as_often_as_both_have_it() -> None:
    # "far far away" against "far": 1 shared, precision 1/3, recall 1, so 2 * 1/3 / (4/3) = 1/2
    assert metrics.token_f1("far far away", "far") == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("prediction", "answers", "exact", "f1"),
    [
        ("390", ["390", "390 people"], 1, 1),
        # the better of 2 * 1/2 / 1.5 = 2/3 and 1
        ("390 people", ["390", "390 people"], 1, 1),
        ("", [], 1, 1),
        ("390", [], 0, 0),
        ("", ["390"], 0, 0),
        ("the", [], 1, 1),  # normalised, that is no answer either
        ("", ["the", "390"], 0, 0),  # a gold answer without words is not one
        (None, [], 0, 0),
        (None, ["390"], 0, 0),
    ],
)
def test_best_over_the_gold_answers(
    prediction: str | None, answers: list[str], exact: float, f1: float
) -> None:
    assert metrics.best_of(metrics.exact_match, prediction, answers) == exact
    assert metrics.best_of(metrics.token_f1, prediction, answers) == pytest.approx(f1)


@given(texts, texts)
def test_f1_is_symmetric_a_fraction_and_1_where_exact(one: str, other: str) -> None:
    f1 = metrics.token_f1(one, other)
    assert f1 == metrics.token_f1(other, one)
    assert 0 <= f1 <= 1
    assert metrics.exact_match(one, other) <= f1
    assert metrics.token_f1(one, one) == 1


def test_recall_and_reciprocal_rank() -> None:
    ranks = [1, 3, None, 2]
    # one of four is first, three of four are in the first 3
    assert metrics.recall_at(1, ranks) == 0.25
    assert metrics.recall_at(3, ranks) == 0.75
    # (1 + 1/3 + 0 + 1/2) / 4 = 11/24
    assert metrics.reciprocal_rank(ranks) == pytest.approx(11 / 24)


def test_precision_and_recall() -> None:
    taken = [True, True, True, False, False]
    wanted = [True, False, True, True, False]
    # three taken, two of them wanted; three wanted, two of them taken
    assert metrics.precision_recall(taken, wanted) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert metrics.precision_recall([False], [True]) == (None, 0)
    assert metrics.precision_recall([True], [False]) == (0, None)


def test_auroc_counts_ties_half() -> None:
    scores = [0.9, 0.5, 0.5, 0.1]
    positive = [True, True, False, False]
    # pairs (0.9, 0.5) 1, (0.9, 0.1) 1, (0.5, 0.5) 1/2, (0.5, 0.1) 1: 3.5 of 4
    assert metrics.auroc(scores, positive) == pytest.approx(3.5 / 4)


@given(scored)
def test_auroc_is_the_share_of_pairs_in_order(pairs: list[tuple[float, bool]]) -> None:
    scores, positive = [score for score, _ in pairs], [chosen for _, chosen in pairs]
    found = metrics.auroc(scores, positive)
    above = [score for score, chosen in pairs if chosen]
    below = [score for score, chosen in pairs if not chosen]
    wins = [(a > b) + 0.5 * (a == b) for a in above for b in below]
    assert found == (pytest.approx(sum(wins) / len(wins)) if wins else None)
    if found is not None:
        assert metrics.auroc([-s for s in scores], positive) == pytest.approx(1 - found)
        assert metrics.auroc(scores, [not p for p in positive]) == pytest.approx(1 - found)


def test_calibration_error() -> None:
    # bin 0.9..1.0: mean confidence 0.95, half right, distance 0.45, 2 of 4 answers;
    # bin 0.2..0.3: 0.25, right, 0.75, 1 of 4; bin 0.0..0.1: 0.05, wrong, 0.05, 1 of 4
    # 0.45 * 2/4 + 0.75 / 4 + 0.05 / 4 = 0.425
    confidences, right = [1.0, 0.9, 0.25, 0.05], [True, False, True, False]
    assert metrics.calibration_error(confidences, right) == pytest.approx(0.425)


@given(scored)
def test_calibration_error_is_a_fraction(pairs: list[tuple[float, bool]]) -> None:
    error = metrics.calibration_error([score for score, _ in pairs], [hit for _, hit in pairs])
    assert error is not None
    assert 0 <= error <= 1


def test_quantile() -> None:
    # of 1 to 5, halfway is 3, and 0.95 * 4 steps from 1 is 4.8
    assert metrics.quantile([5, 1, 4, 2, 3], 0.5) == 3
    assert metrics.quantile([5, 1, 4, 2, 3], 0.95) == pytest.approx(4.8)


def test_what_cannot_be_computed_is_none() -> None:
    assert metrics.mean([]) is None
    assert metrics.recall_at(1, []) is None
    assert metrics.reciprocal_rank([]) is None
    assert metrics.auroc([0.5], [True]) is None
    assert metrics.auroc([0.5], [False]) is None
    assert metrics.calibration_error([], []) is None
    assert metrics.quantile([], 0.5) is None
    assert metrics.interval([], metrics.mean) is None
    assert metrics.interval([[1.0, 0.0]], metrics.mean) is None
    assert metrics.interval([[], []], metrics.mean) is None


def test_interval_holds_the_mean_and_is_wider_where_articles_differ() -> None:
    values = [float(n * n % 7 == 1) for n in range(400)]
    alike = metrics.interval([values[i : i + 20] for i in range(0, 400, 20)], metrics.mean)
    values.sort()  # now whole articles are right or wrong
    apart = metrics.interval([values[i : i + 20] for i in range(0, 400, 20)], metrics.mean)
    assert alike is not None
    assert apart is not None
    assert alike[0] < sum(values) / 400 < alike[1]
    assert apart[1] - apart[0] > 2 * (alike[1] - alike[0])


def test_interval_is_the_same_each_time_and_a_point_if_nothing_differs() -> None:
    groups = [[1.0, 0.0], [1.0], [0.0, 0.0, 1.0]]
    assert metrics.interval(groups, metrics.mean) == metrics.interval(groups, metrics.mean)
    assert metrics.interval([[0.5], [0.5], [0.5]], metrics.mean) == (0.5, 0.5)
