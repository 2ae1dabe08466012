"""The test pages: look, add, approve, run, follow, compare, decide; by role."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from context.models import Agent
from conversations.ingest import ingest
from testing.cases.suites import suite_of
from testing.models import Case, CaseBatch, QuestionCluster, Run, Suite
from testing.questions.discovery import discover
from testing.runs.runner import start_run, work_results
from testing.tasks import find_questions
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_chat,
    make_content,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    return agent


@pytest.fixture
def suite(agent: Agent) -> Suite:
    return suite_of(agent, "regression", NOW)


def log_in(client: Client, agent: Agent, role: str = Role.MANAGER) -> Client:
    make_member(agent.workspace, role, role)
    client.login(username=role, password=PASSWORD)
    return client


@pytest.fixture
def manager(client: Client, agent: Agent) -> Client:
    return log_in(client, agent)


def url(agent: Agent, name: str, *args: int | str) -> str:
    return reverse(f"testing:{name}", args=[agent.workspace.slug, agent.slug, *args])


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()
    return str(response.content.decode())


def finished_run(agent: Agent, suite: Suite) -> Run:
    make_case(agent, "How do I wash my down jacket <b>?", expected_facts=[WASHING.body])
    make_case(agent, critical=True)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    run = start_run(suite, candidate, at=NOW, baseline=agent.live_release(), trials=2)
    work_results(run, lambda: NOW)
    return run


def test_the_index_shows_suites_with_counts_and_last_run(manager: Client, agent: Agent) -> None:
    run = finished_run(agent, suite_of(agent, "regression", NOW))
    make_case(agent, "Draft?", status="draft")
    page = text(manager.get(url(agent, "index")))
    assert url(agent, "run", run.pk) in page and "Release 2 against 1" in page
    assert page.count("not run yet") == 2 and "No new questions" in page


def test_new_questions_become_draft_cases_or_are_dismissed(manager: Client, agent: Agent) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    for name, question in (
        ("g", "How long is a gift card valid?"),
        ("i", "Do you ship to Iceland?"),
    ):
        chats = [
            make_chat(
                f"{name}-{n}", ("customer", question), ("human", "It is as it is, always so.")
            )
            for n in range(2)
        ]
        ingest(agent, chats, now=now)
    gift, iceland = sorted(discover(agent, date(2026, 11, 16), now), key=lambda one: one.name)[::-1]
    assert gift.name in text(manager.get(url(agent, "index")))
    page = text(manager.get(url(agent, "questions")))
    assert gift.name in page and "g-0" in page
    manager.post(url(agent, "add-cluster", gift.pk))
    manager.post(url(agent, "dismiss-cluster", iceland.pk))
    answer = manager.post(url(agent, "add-cluster", iceland.pk), follow=True)
    assert "already" in text(answer)
    statuses = dict(QuestionCluster.objects.values_list("pk", "status"))
    assert statuses == {gift.pk: "added", iceland.pk: "dismissed"}
    assert Case.objects.get().status == "draft"


def test_questions_are_looked_for_on_demand(manager: Client, agent: Agent) -> None:
    answer = manager.post(url(agent, "find-questions"), follow=True)
    assert "Waiting for a worker" in text(answer)
    find_questions()
    assert "0 questions, 0 asked by cases already" in text(manager.get(url(agent, "questions")))


def test_a_case_is_added_changed_approved_and_retired(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    assert "New case" in text(manager.get(url(agent, "add-case", suite.pk)))
    form = {
        "question": "Where is it?",
        "turns": "customer: Hi\nai: Hello!\ncustomer: Where is it?\nIt is late.",
        "expected_action": "answer",
        "expected_facts": "It ships in 3 days.\n\n It is free. ",
    }
    assert manager.post(url(agent, "add-case", suite.pk), form).status_code == 302
    case = Case.objects.get()
    assert case.expected_facts == ["It ships in 3 days.", "It is free."]
    assert case.turns[-1] == {"author": "customer", "text": "Where is it?\nIt is late."}
    assert case.created_by and case.status == "draft"
    page = text(manager.get(url(agent, "case", case.pk)))
    assert "ai: Hello!" in page
    manager.post(url(agent, "case", case.pk), form | {"rubric": "polite", "approve": "1"})
    case.refresh_from_db()
    assert (case.rubric, case.status) == ("polite", "approved")
    assert "Where is it?" in text(manager.get(url(agent, "suite", suite.pk)))
    manager.post(url(agent, "retire", case.pk))
    case.refresh_from_db()
    assert case.status == "retired"
    assert "Where is it?" in text(manager.get(url(agent, "suite", suite.pk) + "?status=retired"))


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("question", "", "required"),
        ("turns", "Hello", "Begin every message"),
        ("turns", "customer: Hi\nai: Hello", "last message must be"),
        ("expected_action", "dance", "valid choice"),
        ("document_slug", "no slug", "slug"),
    ],
)
def test_a_bad_case_is_shown_with_its_fault(
    manager: Client, agent: Agent, suite: Suite, field: str, value: str, fault: str
) -> None:
    form = {"question": "How?", "rubric": "r", field: value}
    assert fault in text(manager.post(url(agent, "add-case", suite.pk), form), 422)
    assert not Case.objects.exists()


def test_a_case_that_expects_nothing_is_not_approved_on_the_page(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    answer = manager.post(
        url(agent, "add-case", suite.pk), {"question": "How?", "approve": "1"}, follow=True
    )
    assert "every answer would pass it" in text(answer)
    assert Case.objects.get().status == "draft"


def test_a_file_shows_what_it_does_before_it_does_it(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    make_case(agent)
    lines = b"".join(manager.get(url(agent, "export", suite.pk, "jsonl")))
    other = suite_of(agent, "questions", NOW)
    file = SimpleUploadedFile("cases.jsonl", lines + b'{"question": ""}\n')
    page = text(manager.post(url(agent, "import", other.pk), {"file": file}, follow=True))
    assert "Bring in 1 case" in page and "Line 2" in page and "question" in page
    assert not other.cases.exists()
    batch = CaseBatch.objects.get()
    page = text(manager.post(url(agent, "bring-file", batch.pk), follow=True))
    assert "cases.jsonl: 1 created. 1 case left out." in page
    assert other.cases.get().source == "file cases.jsonl, line 1"
    assert "already" in text(manager.post(url(agent, "bring-file", batch.pk), follow=True))
    page = text(manager.post(url(agent, "undo-batch", batch.pk), follow=True))
    assert "Undone: 1 case as before." in page and other.cases.get().status == "retired"


def test_a_file_that_waits_may_be_put_aside(manager: Client, agent: Agent, suite: Suite) -> None:
    for _ in range(2):
        file = SimpleUploadedFile("cases.csv", b"question\nHow?\n")
        manager.post(url(agent, "import", suite.pk), {"file": file})
    batch = CaseBatch.objects.get()
    manager.post(url(agent, "drop-file", batch.pk))
    assert not CaseBatch.objects.exists() and not suite.cases.exists()


def test_a_file_that_cannot_be_read_changes_nothing(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    address = url(agent, "import", suite.pk)
    assert "Choose a file" in text(manager.post(address, follow=True))
    for name, data, words in (
        ("cases.csv", b"question\n\xff\n", "Line 2 is not in UTF-8"),
        ("cases.xlsx", b"PK", "does not end in .jsonl"),
    ):
        page = text(manager.post(address, {"file": SimpleUploadedFile(name, data)}, follow=True))
        assert words in page


def test_the_price_is_shown_before_the_start(manager: Client, agent: Agent, suite: Suite) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    nothing = text(manager.get(url(agent, "price", suite.pk), {"release": 2, "trials": 3}))
    assert "Approve a case" in nothing
    make_case(agent)
    page = text(manager.get(url(agent, "suite", suite.pk)))
    assert url(agent, "price", suite.pk) in page and "cap of $10.00" in page
    form = {"release": candidate.number, "trials": 3}
    price = text(manager.get(url(agent, "price", suite.pk), form))
    assert "6 trials, against release 1: at most <strong>$0.00</strong>" in price


def test_a_run_is_started_and_followed(
    manager: Client, agent: Agent, suite: Suite, django_capture_on_commit_callbacks: Any
) -> None:
    make_case(agent)
    make_candidate(agent, make_content(RETURNS, WASHING))
    with django_capture_on_commit_callbacks(execute=False):
        answer = manager.post(url(agent, "start", suite.pk), {"release": 2, "trials": 2})
    run = Run.objects.get()
    assert answer["Location"] == url(agent, "run", run.pk) and run.created_by
    page = text(manager.get(url(agent, "run", run.pk)))
    assert 'hx-trigger="every 2s"' in page and "0 of 4 trials" in page
    part = text(manager.get(url(agent, "progress", run.pk)))
    assert "4 waiting" in part and "<html" not in part
    manager.post(url(agent, "cancel", run.pk))
    stopped = text(manager.get(url(agent, "run", run.pk)))
    assert "cancelled by manager" in stopped and "Resume" in stopped
    manager.post(url(agent, "resume", run.pk))
    work_results(run, lambda: NOW)
    ended = manager.get(url(agent, "progress", run.pk))
    assert ended.headers["HX-Refresh"] == "true"
    assert "every 2s" not in text(manager.get(url(agent, "run", run.pk)))
    assert "not running" in text(manager.post(url(agent, "cancel", run.pk), follow=True))


def test_a_run_that_cannot_start_says_why(manager: Client, agent: Agent, suite: Suite) -> None:
    refused = manager.post(url(agent, "start", suite.pk), {"release": 1, "trials": 3}, follow=True)
    assert "no approved case" in text(refused)
    bad = manager.post(url(agent, "start", suite.pk), {"release": 9, "trials": 99}, follow=True)
    assert "1 to 20 trials" in text(bad)


def test_a_finished_run_shows_both_releases_case_by_case(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    run = finished_run(agent, suite)
    page = text(manager.get(url(agent, "run", run.pk)))
    assert "2 of 2" in page and "0 of 2" in page and "fixed" in page
    assert "95 % interval" in page and "No clear difference" in page
    assert "down jacket &lt;b&gt;?" in page and "jacket <b>" not in page
    fixed = text(manager.get(url(agent, "run", run.pk) + "?show=fixed"))
    assert "down jacket" in fixed and "unworn" not in fixed
    none = text(manager.get(url(agent, "run", run.pk) + "?show=regressed"))
    assert "No case of this run got worse." in none


def test_the_answers_of_each_trial_are_shown(manager: Client, agent: Agent, suite: Suite) -> None:
    run = finished_run(agent, suite)
    case = run.results.filter(case__critical=True)[0].case
    whole = text(manager.get(url(agent, "trials", run.pk, case.pk)))
    assert "Trial 1" in whole and RETURNS.body in whole and "<html" in whole
    part = text(manager.get(url(agent, "trials", run.pk, case.pk), headers={"HX-Request": "true"}))
    assert "<html" not in part and "with an identical answer" in part
    assert manager.get(url(agent, "trials", run.pk, 10**6)).status_code == 404


def test_a_run_page_costs_few_queries(
    manager: Client, agent: Agent, suite: Suite, django_assert_max_num_queries: Any
) -> None:
    run = finished_run(agent, suite)
    with django_assert_max_num_queries(20):
        manager.get(url(agent, "run", run.pk))


POSTS = ["find-questions", "import", "add-case", "start", "approve", "retire", "cancel", "retry"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_those_who_may_not_manage_look_only(
    client: Client, agent: Agent, suite: Suite, role: str
) -> None:
    run = finished_run(agent, suite)
    case = Case.objects.first()
    assert case is not None
    log_in(client, agent, role)
    keys = {"import": suite.pk, "add-case": suite.pk, "start": suite.pk, "approve": case.pk}
    keys |= {"retire": case.pk, "cancel": run.pk, "retry": run.pk}
    for name in POSTS:
        arguments = [keys[name]] if name in keys else []
        assert client.post(url(agent, name, *arguments)).status_code == 403, name
    for address in (
        url(agent, "index"),
        url(agent, "suite", suite.pk),
        url(agent, "run", run.pk),
        url(agent, "case", case.pk),
        url(agent, "trials", run.pk, case.pk),
    ):
        assert '<form method="post" action="/acme/bot/tests' not in text(client.get(address))
    before = case.content()
    client.post(url(agent, "case", case.pk), {"question": "Changed?", "rubric": "x"})
    case.refresh_from_db()
    assert case.content() == before


def test_another_agents_objects_are_not_there(manager: Client, agent: Agent, suite: Suite) -> None:
    run = finished_run(agent, suite)
    case = run.results.all()[0].case
    other = make_agent(agent.workspace, "other")
    for name, key in (
        ("suite", suite.pk),
        ("run", run.pk),
        ("case", case.pk),
    ):
        assert manager.get(url(other, name, key)).status_code == 404, name
    assert manager.get(url(other, "export", suite.pk, "csv")).status_code == 404
    assert manager.get(url(agent, "export", suite.pk, "xls")).status_code == 404
    assert manager.post(url(other, "cancel", run.pk)).status_code == 404
