"""The page of a suite: finding cases, changing many of them, and suites of one's own."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from context.models import Agent
from testing.cases.changing import annotate_case
from testing.cases.listing import recent_runs, records
from testing.cases.suites import suite_of
from testing.models import Case, CaseBatch, Run, Suite
from testing.runs.runner import start_run, work_results
from tests.make import NOW, PASSWORD, WASHING, make_agent, make_case, make_live_release, make_member

pytestmark = pytest.mark.django_db


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


def url(agent: Agent, name: str, *args: int | str) -> str:
    return reverse(f"testing:{name}", args=[agent.workspace.slug, agent.slug, *args])


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()
    return str(response.content.decode())


def questions(client: Client, agent: Agent, suite: Suite, **asked: str) -> list[str]:
    response = client.get(url(agent, "suite", suite.pk), asked)
    assert response.status_code == 200
    return [case.question for case, _ in response.context["rows"]]


def run_of(agent: Agent, suite: Suite) -> Run:
    release = agent.releases.get(number=1)
    run = start_run(suite, release, at=NOW, trials=2)
    work_results(run, lambda: NOW)
    return run


def test_cases_are_found_by_their_words_tag_topic_and_owner(
    manager: Client, agent: Agent, suite: Suite, ada: User
) -> None:
    bob = make_member(agent.workspace, "bob")
    make_case(agent, "Where is my parcel?", tags=["shipping", "größe"], by=ada)
    make_case(agent, "Can I return it?", topic="returns", by=bob)
    make_case(agent, "Who are you?", critical=True)
    assert questions(manager, agent, suite, q="PARCEL") == ["Where is my parcel?"]
    assert questions(manager, agent, suite, q="can-i-return") == ["Can I return it?"]
    assert questions(manager, agent, suite, tag="größe") == ["Where is my parcel?"]
    assert questions(manager, agent, suite, tag="no such") == []
    assert questions(manager, agent, suite, topic="returns") == ["Can I return it?"]
    assert questions(manager, agent, suite, owner="me") == ["Where is my parcel?"]
    assert questions(manager, agent, suite, owner="bob") == ["Can I return it?"]
    assert questions(manager, agent, suite, owner="-") == ["Who are you?"]
    assert questions(manager, agent, suite, mark="critical") == ["Who are you?"]
    assert questions(manager, agent, suite, sort="question")[0] == "Can I return it?"
    page = text(manager.get(url(agent, "suite", suite.pk), {"q": "nothing like it"}))
    assert "No case fits" in page and "Clear" in page


def test_cases_are_found_by_how_they_did(manager: Client, agent: Agent, suite: Suite) -> None:
    good = make_case(agent)
    bad = make_case(agent, "How do I wash it?", expected_facts=[WASHING.body])
    run = run_of(agent, suite)
    make_case(agent, "New?")
    flaky = make_case(agent, "Marked?")
    annotate_case(flaky, NOW, None, flaky_reason="by turns")
    assert questions(manager, agent, suite, mark="failed") == [bad.question]
    assert questions(manager, agent, suite, mark="never") == ["Marked?", "New?"]
    assert questions(manager, agent, suite, mark="flaky") == ["Marked?"]
    assert questions(manager, agent, suite, mark="looks_flaky") == []
    run.results.filter(case=good, trial=1).update(passed=False)
    assert questions(manager, agent, suite, mark="looks_flaky") == [good.question]
    page = text(manager.get(url(agent, "suite", suite.pk)))
    assert "1 of 2" in page and "0 of 2" in page and "looks flaky" in page


def test_a_case_shows_its_last_runs(agent: Agent, suite: Suite) -> None:
    case = make_case(agent)
    runs = [run_of(agent, suite) for _ in range(7)]
    runs[-1].results.update(passed=False)
    record = records([case], recent_runs(suite))[case.pk]
    assert [(score.run, score.passed) for score in record.scores] == [
        (run.pk, 2 if run != runs[-1] else 0) for run in reversed(runs[-5:])
    ]
    assert record.last and record.last.total == 2 and record.looks_flaky


def test_many_cases_are_changed_and_it_is_undone(
    manager: Client, agent: Agent, suite: Suite, ada: User
) -> None:
    cases = [make_case(agent, f"{n}?", status="draft") for n in range(3)]
    chosen = {"case": [case.pk for case in cases[:2]], "query": "status=draft&q=x&evil=1"}
    address = url(agent, "act", suite.pk)
    answer = manager.post(address, chosen | {"action": "approve"})
    assert answer["Location"] == url(agent, "suite", suite.pk) + "?q=x&status=draft"
    page = text(manager.get(url(agent, "suite", suite.pk)))
    assert "2 cases approved." in page and "Undo" in page
    batch = CaseBatch.objects.get()
    manager.post(url(agent, "undo-batch", batch.pk))
    assert not suite.approved_cases().exists()
    manager.post(address, chosen | {"action": "own", "owner": "ada"})
    assert list(suite.cases.filter(owner=ada)) == cases[:2]
    manager.post(address, chosen | {"action": "tag", "tag": "new"})
    assert Case.objects.get(pk=cases[0].pk).tags == ["new"]
    other = suite_of(agent, "questions", NOW)
    manager.post(address, chosen | {"action": "move", "target": other.pk})
    assert other.cases.count() == 2 and suite.cases.exclude(status="retired").count() == 1


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"action": "approve"}, "Choose at least one case"),
        ({"action": "dance", "case": "1"}, "Select a valid choice"),
        ({"action": "tag", "case": "1"}, "Name a tag"),
        ({"action": "flaky", "case": "1"}, "Say why it is flaky"),
        ({"action": "move", "case": "1"}, "Choose a suite"),
        ({"action": "own", "case": "1", "owner": "eve"}, "eve is not a member here"),
        ({"action": "import", "case": "1"}, "Select a valid choice"),
    ],
)
def test_an_action_that_lacks_something_changes_nothing(
    manager: Client, agent: Agent, suite: Suite, form: dict[str, str], fault: str
) -> None:
    case = make_case(agent)
    given = form | ({"case": str(case.pk)} if "case" in form else {})
    answer = manager.post(url(agent, "act", suite.pk), given, follow=True)
    assert fault in text(answer)
    assert not CaseBatch.objects.exists()


def test_cases_of_another_suite_are_not_changed(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    case = make_case(make_agent(agent.workspace, "other"))
    answer = manager.post(url(agent, "act", suite.pk), {"action": "retire", "case": case.pk})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == "approved"


def test_a_suite_of_ones_own_is_made_renamed_archived_and_restored(
    manager: Client, agent: Agent
) -> None:
    form = {"name": "Top ten", "kind": "regression", "description": "What never may break."}
    manager.post(url(agent, "add-suite"), form)
    own = agent.suites.get(slug="top-ten")
    assert "There is a suite" in text(manager.post(url(agent, "add-suite"), form), 422)
    taken = form | {"name": "Context"}
    assert "There is a suite" in text(manager.post(url(agent, "add-suite"), taken), 422)
    manager.post(url(agent, "edit-suite", own.pk), {"name": "Top 10", "description": "Ours."})
    own.refresh_from_db()
    assert (own.name, own.slug, own.kind) == ("Top 10", "top-ten", "regression")
    assert "Ours." in text(manager.get(url(agent, "suite", own.pk)))
    assert "1 archived" in text(manager.post(url(agent, "archive-suite", own.pk), follow=True))
    assert "Archived on" in text(manager.get(url(agent, "suite", own.pk)))
    manager.post(url(agent, "restore-suite", own.pk))
    own.refresh_from_db()
    assert own.archived_at is None
    standard = suite_of(agent, "regression", NOW)
    refused = manager.post(url(agent, "archive-suite", standard.pk), follow=True)
    assert "cannot be archived" in text(refused)


def test_a_suite_page_costs_the_same_whatever_the_number_of_cases(
    manager: Client, agent: Agent, suite: Suite, django_assert_num_queries: Any
) -> None:
    make_case(agent, tags=["a"])
    run_of(agent, suite)
    with django_assert_num_queries(22):
        manager.get(url(agent, "suite", suite.pk))
    for n in range(30):
        make_case(agent, f"{n}?", tags=["a"], topic="t")
    run_of(agent, suite)
    with django_assert_num_queries(22):
        manager.get(url(agent, "suite", suite.pk))


def test_a_long_list_is_read_page_by_page(manager: Client, agent: Agent, suite: Suite) -> None:
    for n in range(5):
        make_case(agent, f"{n}?", topic="t")
    first = manager.get(url(agent, "suite", suite.pk), {"limit": "3", "sort": "question"})
    address = first.context["older"]
    assert [case.question for case, _ in first.context["rows"]] == ["0?", "1?", "2?"]
    second = manager.get(url(agent, "suite", suite.pk) + address)
    assert [case.question for case, _ in second.context["rows"]] == ["3?", "4?"]
    assert second.context["newer"] and not second.context["older"]


def test_all_that_match_are_changed_and_no_others(
    manager: Client, agent: Agent, suite: Suite
) -> None:
    cases = [make_case(agent, f"Size {n}?", status="draft") for n in range(60)]
    other = make_case(agent, "Colour?", status="draft")
    shown = text(manager.get(url(agent, "suite", suite.pk) + "?status=draft&q=size"))
    assert "All 60 cases that match, on every page" in shown
    assert "that match" not in text(manager.get(url(agent, "suite", suite.pk) + "?q=colour"))
    form = {"action": "approve", "every": "1", "query": "status=draft&q=size"}
    answer = manager.post(url(agent, "act", suite.pk), form, follow=True)
    assert "60 cases approved." in text(answer)
    assert list(suite.approved_cases()) == cases
    other.refresh_from_db()
    assert other.status == "draft"
    manager.post(url(agent, "undo-batch", CaseBatch.objects.get().pk))
    assert not suite.approved_cases().exists()
