"""Near neighbours of a change guard it: chosen by likeness, and asked in its runs."""

from dataclasses import replace
from typing import Any

import pytest

from context.models import Agent, Release
from context.releases.checks import latest_checks
from conversations.ingest import ingest
from conversations.models import Conversation
from testing.cases.changing import change_case
from testing.cases.suites import suite_of
from testing.comparing.comparison import compare
from testing.context_suite.changed import baseline_of
from testing.context_suite.work import draft_context_cases, work_context_tests
from testing.gate.checks import gate
from testing.gate.suite_decision import unasked_cases
from testing.gate.weekly import missing_suites, plan_search, try_candidate
from testing.models import Case, ContextTest, GateRules, Guard, Run
from testing.models.context_tests import asked_cases
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_chat,
    make_content,
    make_live_release,
)

pytestmark = pytest.mark.django_db

COLD = replace(WASHING, body="Wash down jackets at 20 degrees and dry them on low heat.")
LABEL = replace(
    RETURNS, slug="label", title="The return label", body="The return label is in the parcel."
)


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, WASHING, LABEL))
    return agent


@pytest.fixture
def candidate(agent: Agent) -> Release:
    changed = replace(RETURNS, body="You can return unworn items within 60 days for a refund.")
    return make_candidate(agent, make_content(changed, WASHING, LABEL))


def label_case(agent: Agent) -> Case:
    return make_case(agent, "Where is the label to return an item?", expected_facts=[LABEL.body])


def chosen() -> list[tuple[str, str]]:
    return [(row.change.name, row.case.question) for row in Guard.objects.order_by("id")]


def test_a_case_near_the_change_and_not_about_it_guards(agent: Agent, candidate: Release) -> None:
    near = label_case(agent)
    make_case(agent, "Within how many days can I return an unworn item?")  # about the change
    make_case(agent, "Do you sell hats?", expected_action="handover")  # far away
    draft_context_cases(candidate, NOW)
    assert chosen() == [("returns", near.question)]
    guard = Guard.objects.get()
    assert 0.15 <= guard.likeness <= 1
    assert guard.reason == "near “Returning an item”; what it expects did not change"


def test_the_choice_is_the_same_again_and_limited(
    agent: Agent, candidate: Release, settings: Any
) -> None:
    for number in range(4):
        make_case(agent, f"Return of an item, label {number}?", expected_facts=[LABEL.body])
    settings.CONTEXT_GUARDS = 2
    draft_context_cases(candidate, NOW)
    first = chosen()
    assert len(first) == 2
    draft_context_cases(candidate, NOW)
    assert chosen() == first
    candidate.context_tests.all().delete()
    draft_context_cases(candidate, NOW)
    assert chosen() == first


def answered(agent: Agent, external_id: str, **fields: object) -> Conversation:
    chat = make_chat(
        external_id,
        ("customer", "Where do I find the label to return an item?"),
        ("ai", "The return label is in the parcel."),
        ("customer", "Thanks!"),
        closed_at="2026-11-17T11:00:00Z",
        signals={"ai_answered": "2026-11-17T10:01:00Z", "ai_closed": "2026-11-17T10:59:00Z"},
        **fields,
    )
    ingest(agent, [chat], now=NOW)
    return Conversation.objects.get(external_id=external_id)


def test_a_conversation_answered_well_is_drafted_as_a_guard(
    agent: Agent, candidate: Release
) -> None:
    conversation = answered(agent, "w-1", csat={"score": 5, "scored_at": "2026-11-17T12:00:00Z"})
    assert conversation.outcome == "ai_resolved"
    drafts = draft_context_cases(candidate, NOW)
    [guard] = [case for case in drafts if case.conversation == conversation]
    assert guard.status == "draft" and guard.tags == ["guard"]
    assert guard.expected_facts == [LABEL.body]
    assert "rated 5 of 5" in Guard.objects.get().reason


def test_a_conversation_rated_badly_guards_nothing(agent: Agent, candidate: Release) -> None:
    answered(agent, "b-1", csat={"score": 2, "scored_at": "2026-11-17T12:00:00Z"})
    draft_context_cases(candidate, NOW)
    assert chosen() == []


def test_guards_of_other_suites_are_asked_in_the_context_run(
    agent: Agent, candidate: Release
) -> None:
    near = label_case(agent)
    [case] = draft_context_cases(candidate, NOW)
    suite = suite_of(agent, "context", NOW)
    assert not asked_cases(suite, candidate, baseline_of(candidate))  # nothing approved yet
    case.approve(NOW)
    assert set(asked_cases(suite, candidate, baseline_of(candidate))) == {case, near}
    assert set(asked_cases(near.suite, candidate, baseline_of(candidate))) == {near}
    other = make_candidate(agent, make_content(RETURNS, COLD, LABEL))
    assert set(asked_cases(suite, other, baseline_of(other))) == {case}


def test_a_guard_that_was_changed_since_is_asked_as_it_stands(
    agent: Agent, candidate: Release
) -> None:
    near = label_case(agent)
    [case] = draft_context_cases(candidate, NOW)
    case.approve(NOW)
    run = start_run(near.suite, candidate, at=NOW, trials=1)
    work_results(run, lambda: NOW)
    newer = change_case(near, NOW, rubric="Names the parcel.")
    assert newer.pk != near.pk
    suite = suite_of(agent, "context", NOW)
    assert set(asked_cases(suite, candidate, baseline_of(candidate))) == {case, newer}
    newer.retire(NOW)
    assert set(asked_cases(suite, candidate, baseline_of(candidate))) == {case}


def test_a_neighbour_that_is_lost_fails_the_context_check(agent: Agent) -> None:
    near = label_case(agent)
    changed = replace(RETURNS, body="You can return unworn items within 60 days for a refund.")
    silent = replace(LABEL, body="Ask a colleague about that.")
    candidate = make_candidate(agent, make_content(changed, WASHING, silent))
    for case in draft_context_cases(candidate, NOW):
        if case.document_slug == "returns":
            case.approve(NOW)
    suite = suite_of(agent, "context", NOW)
    run = start_run(suite, candidate, at=NOW, baseline=agent.live_release(), trials=1)
    work_results(run, lambda: NOW)
    assert [row.case for row in compare(run).lost] == [near]
    check = next(check for check in gate(candidate, NOW) if check.name == "context")
    assert check.status == "failed" and near.question[:30] in check.summary


def test_guards_chosen_after_a_run_began_are_still_to_be_asked(
    agent: Agent, candidate: Release
) -> None:
    suite = suite_of(agent, "context", NOW)
    own = suite.add_case(
        question="What about items that were worn?", rubric="Says no.", at=NOW, status="approved"
    )
    run = start_run(suite, candidate, at=NOW, baseline=agent.live_release(), trials=1)
    work_results(run, lambda: NOW)
    near = label_case(agent)
    assert not unasked_cases(suite, run).exists()
    draft_context_cases(candidate, NOW)
    assert list(unasked_cases(suite, run)) == [near]
    rules = GateRules.of(agent)
    assert suite in missing_suites(candidate, agent.live_release(), rules)
    assert set(asked_cases(suite, candidate, agent.live_release())) == {own, near}


def test_the_context_check_and_its_run_wait_for_the_search(
    agent: Agent, candidate: Release
) -> None:
    case = suite_of(agent, "context", NOW).add_case(
        question="What about items that were worn?", rubric="Says no.", at=NOW, status="approved"
    )
    assert not try_candidate(candidate, NOW)
    assert not Run.objects.filter(suite=case.suite).exists()
    check = latest_checks(candidate)["context"]
    assert (check.status, check.advice) == ("pending", "It is decided when that has ended.")
    assert "are being looked for" in check.summary
    work_context_tests(lambda: NOW)
    assert not try_candidate(candidate, NOW)
    work_results(Run.objects.get(suite=case.suite), lambda: NOW)
    assert try_candidate(candidate, NOW)
    assert latest_checks(candidate)["context"].status != "pending"


def test_a_search_that_failed_holds_the_check_and_says_why(
    agent: Agent, candidate: Release
) -> None:
    suite_of(agent, "context", NOW).add_case(
        question="What about items that were worn?", rubric="Says no.", at=NOW, status="approved"
    )
    test = plan_search(candidate, NOW)
    assert test is not None
    ContextTest.objects.filter(pk=test.pk).update(state="failed", error="no such model")
    assert try_candidate(candidate, NOW) is False  # its run is under way all the same
    work_results(None, lambda: NOW)
    assert try_candidate(candidate, NOW)
    check = latest_checks(candidate)["context"]
    assert check.status == "pending" and check.summary.endswith("not looked for: no such model")
    assert "Retry it" in check.advice
