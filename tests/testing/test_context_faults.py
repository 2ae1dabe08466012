"""A model that cannot be reached leaves the rows of a context test waiting, and nothing is lost."""

from datetime import timedelta
from functools import partial
from operator import add
from typing import Any

import pytest

from context.models import Agent
from context.releases.content import DocumentContent
from testing.context_suite.cases import plan_context_test
from testing.context_suite.work import draft_cases, work_context_tests
from testing.models import ContextTest, Contradiction
from tests.llm.material import serving
from tests.make import NOW, RETURNS, make_agent, make_candidate, make_content, make_live_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def test() -> ContextTest:
    """Eight new documents, two of which contradict each other."""
    agent: Agent = make_agent()
    live = make_live_release(agent)
    facts = ("Hats come in red.", "Boots are sewn in Porto.", "Gloves fit small hands.")
    more = [DocumentContent(f"d{n}", f"Topic {n}", fact) for n, fact in enumerate(facts)]
    refunds = DocumentContent("refunds", "Refunds", RETURNS.body.replace("30", "14"))
    candidate = make_candidate(agent, make_content(RETURNS, refunds, *more))
    return plan_context_test(candidate, live, NOW)


def test_what_the_model_could_not_answer_is_answered_later(
    test: ContextTest, settings: Any
) -> None:
    settings.LLM_RETRIES = 0
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"  # nobody listens there
    settings.JUDGE_MODEL = "local-1"
    work_context_tests(lambda: NOW)
    test.refresh_from_db()
    # The search had no case to compare with, so that it needed no model.
    assert test.progress() == test.progress() | {"done": 1, "pending": 4, "failed": 0}
    assert draft_cases(test) == []
    with serving(fail_429=0.2, drop=0.1, seed=3, retry_after=0.05) as url:
        settings.OPENAI_BASE_URL = url
        for hours in range(1, 6):
            work_context_tests(partial(add, NOW, timedelta(hours=hours)))
    test.refresh_from_db()
    assert test.progress()["done"] == test.progress()["total"] == 5
    assert len(draft_cases(test)) == 4
    assert Contradiction.objects.get().status == "open"
    assert not ContextTest.objects.unfinished().exists()
