"""The page of a context test: what it says, what to do next, drafts by key, contradictions."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from context.models import Agent, Release
from context.releases.content import DocumentContent
from testing.cases.changing import change_case
from testing.cases.suites import suite_of
from testing.context_suite.reading import findings_of, still_said
from testing.context_suite.sentences import headline, next_step
from testing.context_suite.work import draft_context_cases
from testing.models import Case, Contradiction
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db

SIXTY = replace(RETURNS, body="You can return unworn items within 60 days for a full refund.")
LABEL = DocumentContent("label", "The return label", "The return label is in the parcel.")
SILENT = replace(LABEL, body="Ask a colleague about that.")


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, LABEL))
    return agent


@pytest.fixture
def candidate(agent: Agent) -> Release:
    return make_candidate(agent, make_content(SIXTY, WASHING, LABEL))


@pytest.fixture
def manager(client: Client, agent: Agent) -> Client:
    return log_in(client, agent, Role.MANAGER)


def log_in(client: Client, agent: Agent, role: str) -> Client:
    make_member(agent.workspace, role, role)
    client.login(username=role, password=PASSWORD)
    return client


def url(agent: Agent, name: str, *args: int) -> str:
    return reverse(f"testing:{name}", args=[agent.workspace.slug, agent.slug, *args])


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()
    return " ".join(response.content.decode().split())


def run_context(agent: Agent, candidate: Release) -> None:
    for case in draft_context_cases(candidate, NOW):
        case.approve(NOW)
    suite = suite_of(agent, "context", NOW)
    run = start_run(suite, candidate, at=NOW, baseline=agent.live_release(), trials=1)
    work_results(run, lambda: NOW)


def said(release: Release) -> str:
    return headline(findings_of(release))


def todo(release: Release) -> str:
    return next_step(findings_of(release)).name


def test_the_way_from_nothing_to_done(agent: Agent, candidate: Release) -> None:
    assert (said(candidate), todo(candidate)) == ("Not tested yet.", "prepare")
    drafts = draft_context_cases(candidate, NOW)
    assert (said(candidate), todo(candidate)) == ("2 new facts to test; not run yet.", "drafts")
    for case in drafts:
        case.approve(NOW)
    assert todo(candidate) == "run"
    run_context(agent, candidate)
    assert said(candidate) == "2 of 2 new facts are used; no neighbour lost."
    assert todo(candidate) == "done"
    assert {row.verdict for row in findings_of(candidate).changes} == {"learned"}


def test_a_fact_that_no_answer_uses_and_a_lost_neighbour_are_findings(agent: Agent) -> None:
    near = make_case(agent, "Where is the label to return an item?", expected_facts=[LABEL.body])
    shadowed = replace(WASHING, title="Terms", body="Zebra stripes are painted by seven artists.")
    candidate = make_candidate(agent, make_content(SIXTY, shadowed, SILENT))
    drafts = {case.document_slug: case for case in draft_context_cases(candidate, NOW)}
    change_case(drafts["washing"], NOW, question="Do you gift wrap?")
    run_context(agent, candidate)
    assert said(candidate) == "2 of 3 new facts are used; 1 neighbour lost."
    assert todo(candidate) == "unused"
    moved = {one.case.pk: one for row in findings_of(candidate).changes for one in row.moved}
    assert "".join(p.text for p in moved[near.pk].diff if p.operation == "removed")


def test_cases_that_rest_on_what_was_removed_are_named(agent: Agent) -> None:
    resting = make_case(agent, "Where is the label?", expected_facts=[LABEL.body])
    candidate = make_candidate(agent, make_content(RETURNS))
    draft_context_cases(candidate, NOW)
    [row] = findings_of(candidate).changes
    assert (row.verdict, row.relying) == ("nothing new", [resting])
    assert said(candidate) == "The release says nothing new."


@pytest.mark.parametrize(
    ("reply", "is_said"),
    [
        ("Hi! You can return unworn items within 30 days of delivery. Bye.", True),
        ("You can return unworn items within 60 days of delivery.", False),
        ("Returns are free.", False),
    ],
)
def test_the_old_fact_still_said_is_found_with_its_number(reply: str, is_said: bool) -> None:
    assert bool(still_said(RETURNS.body, reply, "en")) is is_said


def test_the_page_shows_changes_cases_and_the_next_step(
    manager: Client, agent: Agent, candidate: Release
) -> None:
    page = text(manager.get(url(agent, "context", 2)))
    assert "Not prepared yet" in page and "Prepare the test" in page
    manager.post(url(agent, "prepare-context", 2))
    draft_context_cases(candidate, NOW)  # what the worker does
    page = text(manager.get(url(agent, "context", 2)))
    assert "Washing a down jacket" in page and "Go through the drafts" in page
    assert "<ins>60</ins>" in page and "local stand-in model" in page
    run_context(agent, candidate)
    page = text(manager.get(url(agent, "context", 2)))
    assert "2 of 2 new facts are used" in page and "learned" in page


def test_a_release_without_changes_and_a_draft(manager: Client, agent: Agent) -> None:
    same = make_candidate(agent, make_content(LABEL, RETURNS, tone="dry"))
    draft_context_cases(same, NOW)
    assert "No document changes" in text(manager.get(url(agent, "context", same.number)))
    assert manager.get(url(agent, "context", 99)).status_code == 404


def test_drafts_are_decided_one_after_the_other_and_taken_back(
    manager: Client, agent: Agent, candidate: Release
) -> None:
    first, second = draft_context_cases(candidate, NOW)
    address = url(agent, "drafts", 2)
    assert "Draft 1 of 2" in text(manager.get(address))
    form = {"case": first.pk, "question": "How long may I send it back?", "expected_facts": "60"}
    response = manager.post(address, form | {"decision": "approve", "expected_action": "answer"})
    first.refresh_from_db()
    assert (first.status, first.question) == ("approved", "How long may I send it back?")
    assert first.expected_facts == ["60"] and first.document_slug == "returns"
    page = text(manager.get(response["Location"]))
    assert "Draft 1 of 1" in page and "Undo" in page
    manager.post(address, {"case": first.pk, "decision": "undo"})
    first.refresh_from_db()
    assert first.status == "draft"
    manager.post(address, {"case": second.pk, "decision": "retire"})
    assert Case.objects.get(pk=second.pk).status == "retired"


def test_a_draft_left_without_a_question_is_refused_by_name(
    manager: Client, agent: Agent, candidate: Release
) -> None:
    [first, _] = draft_context_cases(candidate, NOW)
    bad = {"case": first.pk, "decision": "approve", "question": "", "expected_facts": "x"}
    page = text(manager.post(url(agent, "drafts", 2), bad, follow=True))
    assert "question: This field is required." in page
    assert Case.objects.get(pk=first.pk).status == "draft"


def test_without_drafts_the_page_leads_back(
    manager: Client, agent: Agent, candidate: Release
) -> None:
    response = manager.get(url(agent, "drafts", 2))
    assert response.status_code == 302 and response["Location"] == url(agent, "context", 2)


def test_a_contradiction_is_dismissed_with_a_reason(manager: Client, agent: Agent) -> None:
    other = replace(RETURNS, slug="refunds", title="Refunds", body=RETURNS.body.replace("30", "14"))
    candidate = make_candidate(agent, make_content(RETURNS, other, LABEL))
    draft_context_cases(candidate, NOW)
    assert "1 contradiction is open." in text(manager.get(url(agent, "context", 2)))
    row = Contradiction.objects.get()
    dismiss = url(agent, "dismiss-contradiction", 2, row.pk)
    assert "Say in a few words" in text(manager.post(dismiss, {"reason": " "}, follow=True))
    page = text(manager.post(dismiss, {"reason": "Refunds in the shop."}, follow=True))
    assert "1 dismissed" in page and "Refunds in the shop." in page
    manager.post(url(agent, "reopen-contradiction", 2, row.pk))
    assert "1 contradiction is open." in text(manager.get(url(agent, "context", 2)))


def test_a_viewer_reads_and_decides_nothing(
    client: Client, agent: Agent, candidate: Release
) -> None:
    log_in(client, agent, Role.VIEWER)
    draft_context_cases(candidate, NOW)
    page = text(client.get(url(agent, "context", 2)))
    assert "Go through the drafts" not in page
    assert client.get(url(agent, "drafts", 2)).status_code == 403
    assert client.post(url(agent, "prepare-context", 2)).status_code == 403


def test_another_agents_contradiction_is_not_found(manager: Client, agent: Agent) -> None:
    other = make_agent(agent.workspace, "other")
    row = Contradiction.objects.create(
        agent=other, fingerprint="x", first_slug="a", second_slug="b", kind="number", found_at=NOW
    )
    make_candidate(agent, make_content(RETURNS, WASHING))
    url_there = url(agent, "dismiss-contradiction", 2, row.pk)
    assert manager.post(url_there, {"reason": "no"}).status_code == 404


def test_the_pages_queries_do_not_grow_with_the_cases(
    manager: Client, agent: Agent, candidate: Release
) -> None:
    counts = []
    for number in range(2):
        for more in range(1 + 9 * number):
            question = f"Return of an item, label {number} {more}?"
            make_case(agent, question, expected_facts=[LABEL.body])
        run_context(agent, candidate)
        candidate.context_tests.all().delete()
        run_context(agent, candidate)
        with CaptureQueriesContext(connection) as queries:
            manager.get(url(agent, "context", 2))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 32


def test_releases_and_tests_lead_there(manager: Client, agent: Agent, candidate: Release) -> None:
    there = url(agent, "context", 2)
    assert there in text(manager.get(url(agent, "index")))
    release = reverse("context:release", args=[agent.workspace.slug, agent.slug, 2])
    assert there in text(manager.get(release))


def test_a_release_that_was_decided_shows_what_was_known_then(
    manager: Client, agent: Agent, candidate: Release
) -> None:
    run_context(agent, candidate)
    Release.objects.filter(pk=candidate.pk).update(status="rejected")
    make_live_release(agent, make_content(RETURNS, LABEL, DocumentContent("x", "X", "Boots.")))
    page = text(manager.get(url(agent, "context", 2)))
    assert "What changes against release 1" in page and "2 of 2 new facts are used" in page
    assert "this is what was known then" in page
