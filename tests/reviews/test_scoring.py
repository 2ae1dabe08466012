"""The score is computed from the answers, and a critical failure fails the conversation."""

from hypothesis import given
from hypothesis import strategies as st

from reviews.default_scorecard import CRITERIA
from reviews.judging.scoring import Answer, Score, score, trust

VERDICTS = st.sampled_from(["pass", "fail", "na"])
ANSWERS = st.lists(st.builds(Answer, VERDICTS, st.integers(0, 20), st.booleans()))


def test_the_default_weights_add_up_to_a_hundred() -> None:
    assert sum(criterion.weight for criterion in CRITERIA) == 100
    critical = [criterion.key for criterion in CRITERIA if criterion.critical]
    assert critical == ["grounded", "policy", "action"]


def test_the_score_is_the_share_of_the_weights_that_applied() -> None:
    answers = [Answer("pass", 20, False), Answer("fail", 5, False), Answer("na", 75, True)]
    assert score(answers) == Score(80.0, True)


def test_a_critical_failure_fails_the_conversation_whatever_else_passed() -> None:
    answers = [Answer("pass", 100, False), Answer("fail", 0, True)]
    assert score(answers) == Score(0.0, False)


def test_a_review_that_judged_nothing_has_no_score() -> None:
    assert score([Answer("na", 20, True), Answer("na", 0, False)]) is None
    assert score([]) is None


@given(ANSWERS)
def test_a_score_lies_between_nothing_and_everything(answers: list[Answer]) -> None:
    found = score(answers)
    if found is not None:
        assert 0 <= found.score <= 100
        assert found.passed == (not any(a.critical and a.verdict == "fail" for a in answers))


def test_a_review_is_trusted_as_far_as_its_quotes_were_found() -> None:
    some = trust([("pass", True), ("fail", False), ("na", True)])
    assert (some.found, some.answers, some.is_full) == (1, 2, False)
    assert trust([("pass", True), ("na", True)]).is_full
