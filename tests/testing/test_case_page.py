"""The page of a case: all its fields, where it comes from, its history, and trying it at once."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from context.models import Agent
from llm.budget import spent
from testing.cases.changing import annotate_case, change_case
from testing.cases.likeness import like_cases
from testing.cases.suites import suite_of
from testing.models import Case, Result, Run, Suite
from testing.runs.runner import start_run
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    make_agent,
    make_case,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
CUSTOMER = {
    "question": "I want to return a jacket.",
    "kind": "customer",
    "persona": "In a hurry",
    "goal": "To know how long it can be returned",
    "known_facts": "It is unworn.",
    "withheld_facts": "Order 1042",
    "max_turns": "3",
    "recording": '[{"name": "find_order", "arguments": {"id": 1}, "result": {"state": "sent"}}]',
    "expected_calls": "",
    "writing_tools": "cancel_order\nrefund",
    "expected_action": "answer",
}


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    return agent


@pytest.fixture
def suite(agent: Agent) -> Suite:
    return suite_of(agent, "regression", NOW)


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_member(agent.workspace, role=Role.MANAGER)


@pytest.fixture
def manager(client: Client, ada: User) -> Client:
    client.login(username="ada", password=PASSWORD)
    return client


def url(agent: Agent, name: str, *args: int) -> str:
    return reverse(f"testing:{name}", args=[agent.workspace.slug, agent.slug, *args])


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()
    return str(response.content.decode())


def test_a_simulated_customer_with_tools_is_made_on_the_page(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    assert manager.post(url(agent, "add-case", suite.pk), CUSTOMER).status_code == 302
    case = Case.objects.get()
    assert (case.kind, case.max_turns, case.known_facts) == ("customer", 3, ["It is unworn."])
    assert case.recording == [
        {"name": "find_order", "arguments": {"id": 1}, "result": '{"state": "sent"}'}
    ]
    assert case.writing_tools == ["cancel_order", "refund"]
    page = manager.get(url(agent, "case", case.pk))
    form = page.context["form"]
    given = {name: form[name].value() for name in form.fields}
    shown = {name: form.fields[name].prepare_value(value) for name, value in given.items()}
    manager.post(
        url(agent, "case", case.pk), {n: v for n, v in shown.items() if v not in (None, False)}
    )
    case.refresh_from_db()
    assert not case.changes.exists()


def test_texts_with_lines_of_their_own_survive_the_form(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    case = make_case(agent, expected_facts=["One\nfact", "another"])
    page = manager.get(url(agent, "case", case.pk))
    form = page.context["form"]
    shown = form.fields["expected_facts"].prepare_value(form["expected_facts"].value())
    given = {"question": case.question, "expected_facts": shown, "rubric": "kind"}
    manager.post(url(agent, "case", case.pk), given)
    case.refresh_from_db()
    assert (case.expected_facts, case.rubric) == (["One\nfact", "another"], "kind")


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("recording", "[{]", "This is no JSON"),
        ("recording", "{}", "has to be a list"),
        ("recording", '[{"name": "x y", "result": 1}]', "0.name: String should match"),
        ("expected_calls", '[{"name": "a", "result": 1}]', "0.result: Extra inputs"),
        ("goal", "", "a simulated customer needs a goal"),
        ("max_turns", "99", "less than or equal to 50"),
        ("writing_tools", "two words", "0: String should match"),
    ],
)
def test_what_does_not_fit_is_shown_at_its_field_and_nothing_is_lost(
    manager: Client, agent: Agent, suite: Suite, field: str, value: str, fault: str
) -> None:
    page = text(manager.post(url(agent, "add-case", suite.pk), CUSTOMER | {field: value}), 422)
    assert fault in page and "In a hurry" in page
    assert not Case.objects.exists()


def test_a_question_asked_already_in_other_words_needs_a_second_yes(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    case = make_case(agent, "How do I return an unworn jacket?")
    form = {"question": "How can I return an unworn jacket?", "rubric": "kind"}
    page = text(manager.post(url(agent, "add-case", suite.pk), form), 422)
    assert "Is this asked already" in page and url(agent, "case", case.pk) in page
    assert 'type="hidden" name="anyway"' in page  # whichever button is pressed then
    assert Case.objects.count() == 1
    assert manager.post(url(agent, "add-case", suite.pk), form | {"anyway": "1"}).status_code == 302
    assert Case.objects.count() == 2
    assert like_cases(agent, "Do you ship to Iceland?") == []


def test_a_case_shows_where_it_comes_from(manager: Client, agent: Agent, ada: User) -> None:
    case = make_case(
        agent, by=ada, source="verdict of bob", source_url="/acme/bot/x/", document_slug="returns"
    )
    page = text(manager.get(url(agent, "case", case.pk)))
    assert '<a href="/acme/bot/x/">verdict of bob</a>' in page and "document returns" in page


def test_the_history_of_a_case_goes_through_its_versions(
    manager: Client, agent: Agent, ada: User
) -> None:
    case = make_case(agent, by=ada, expected_facts=["Within 30 days."])
    start_run(case.suite, agent.releases.get(), at=NOW, trials=1)
    new = change_case(case, NOW, ada, expected_facts=["Within 60 days."])
    annotate_case(new, NOW, ada, owner=None)
    page = text(manager.get(url(agent, "case", new.pk)))
    assert "<del>30</del><ins>60</ins>" in page
    assert "<del>ada</del><ins>nobody</ins>" in page and "Added" in page


def test_the_owner_and_the_mark_are_set_on_the_page(
    manager: Client, agent: Agent, ada: User
) -> None:
    case = make_case(agent)
    form = {"owner": "ada", "flaky_reason": "by turns"}
    page = text(manager.post(url(agent, "own", case.pk), form, follow=True))
    assert "does not count in the gate" in page
    case.refresh_from_db()
    assert (case.owner, case.flaky_reason) == (ada, "by turns")
    page = text(manager.post(url(agent, "own", case.pk), {"owner": "eve"}, follow=True))
    assert "eve is not a member here" in page
    critical = make_case(agent, "Other?", critical=True)
    page = text(manager.post(url(agent, "own", critical.pk), form, follow=True))
    assert "mend it" in page


def test_a_case_is_tried_as_it_stands_in_the_form_and_no_run_is_written(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    form = {"question": "How do I return an unworn jacket?", "expected_facts": RETURNS.body}
    page = text(manager.post(url(agent, "try-new", suite.pk), form | {"release": "1"}))
    assert "passes" in page and RETURNS.body in page and "kept nowhere" in page
    bad = form | {"must_not": "30 days", "release": "1"}
    part = text(manager.post(url(agent, "try-new", suite.pk), bad, headers={"HX-Request": "true"}))
    assert "fails" in part and "says “30 days”" in part and "<html" not in part
    assert not (Case.objects.exists() or Run.objects.exists() or Result.objects.exists())


def test_conversations_are_tried_too(manager: Client, agent: Agent, suite: Suite) -> None:
    page = text(manager.post(url(agent, "try-new", suite.pk), CUSTOMER | {"release": "1"}))
    assert "kept nowhere" in page
    script = {
        "question": "How do I return an unworn jacket?",
        "kind": "script",
        "script": "And how long can I return it?",
        "rubric": "kind",
        "release": "1",
    }
    case = make_case(agent)
    page = text(manager.post(url(agent, "try", case.pk), script))
    assert page.count("And how long can I return it?") == 2


def test_a_try_needs_room_in_the_days_budget(
    manager: Client, agent: Agent, suite: Suite, settings: Any
) -> None:
    settings.AGENT_MODEL = settings.JUDGE_MODEL = "gpt-6-luna"
    form = {"question": "How do I return an unworn jacket?", "rubric": "kind", "release": "1"}
    case = make_case(agent)
    page = text(manager.get(url(agent, "case", case.pk)))
    assert "it costs under $0.01 at most" in page
    agent.daily_budget_usd = Decimal(0)
    agent.save(update_fields=["daily_budget_usd"])
    page = text(manager.post(url(agent, "try-new", suite.pk), form))
    assert "could not be tried" in page and "leaves no room" in page
    settings.AGENT_MODEL = "no-such-model"
    page = text(manager.post(url(agent, "try-new", suite.pk), form))
    assert "no price is known" in page
    assert spent(agent.budget_scope, agent.local_date(timezone.now())) == 0


@pytest.mark.parametrize("release", ["", "9", "x", "²"])
def test_a_try_of_no_release_says_so(
    manager: Client, agent: Agent, suite: Suite, release: str
) -> None:
    form = {"question": "How?", "rubric": "kind", "release": release}
    assert "Choose a release" in text(manager.post(url(agent, "try-new", suite.pk), form))


def test_a_case_page_costs_few_queries(
    manager: Client, agent: Agent, django_assert_max_num_queries: Any
) -> None:
    case = make_case(agent)
    for n in range(5):
        change_case(case, NOW, None, rubric=f"kind {n}")
    with django_assert_max_num_queries(19):
        manager.get(url(agent, "case", case.pk))
