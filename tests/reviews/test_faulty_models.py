"""Whatever a model does wrong stands on the row, and nothing of it counts as a pass."""

import pytest
from django.conf import LazySettings

from context.models import Agent
from reviews.judging.judge import work_reviews
from reviews.judging.planning import plan_reviews, start_run
from reviews.models import Review
from tests.llm.material import serving
from tests.make import NOW
from tests.reviews.material import DAY, make_answered_agent, make_conversation

pytestmark = pytest.mark.django_db
COUNT = 12


@pytest.fixture
def agent(settings: LazySettings) -> Agent:
    settings.LLM_RETRIES = 0
    found = make_answered_agent()
    for number in range(COUNT):
        make_conversation(found, f"c-{number}")
    plan_reviews(found, DAY, NOW)
    return found


def work(agent: Agent, settings: LazySettings, *options: str) -> list[Review]:
    with serving(*options) as url:
        settings.OPENAI_BASE_URL = url
        work_reviews(agent, lambda: NOW)
    return list(Review.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--fail-500", "1"), "HTTP 500"),
        (("--fail-429", "1", "--retry-after", "1"), "HTTP 429"),
        (("--drop", "1"), "connection lost"),
    ],
)
def test_a_model_that_is_down_leaves_the_rows_waiting_with_the_error(
    agent: Agent, settings: LazySettings, options: tuple[str, ...], error: str
) -> None:
    rows = work(agent, settings, *options)
    assert {row.state for row in rows} == {"pending"}
    assert all(error in row.error for row in rows)
    assert {(row.passed, row.score, row.grade) for row in rows} == {(None, None, None)}
    assert all(row.lease_until and row.lease_until > NOW for row in rows)


def test_answers_cut_off_fail_their_rows_and_can_be_tried_again(
    agent: Agent, settings: LazySettings
) -> None:
    rows = work(agent, settings, "--malformed", "1")
    assert {row.state for row in rows} == {"failed"}
    assert {(row.passed, row.score) for row in rows} == {(None, None)}
    assert all(row.error and row.calls.get().answer for row in rows)
    assert not any(row.results.exists() for row in rows)
    assert start_run(agent, DAY, NOW).retried == COUNT
    again = work(agent, settings)
    assert {(row.state, row.passed, row.error) for row in again} == {("done", True, "")}
    assert {row.results.count() for row in again} == {10}


def test_one_bad_answer_in_three_spoils_no_other_row(agent: Agent, settings: LazySettings) -> None:
    rows = work(agent, settings, "--malformed", "0.6", "--seed", "3")
    states = {row.state for row in rows}
    assert states == {"done", "failed"}
    for row in rows:
        assert (row.passed is None) == (row.state == "failed")
        assert bool(row.error) == (row.state == "failed")
