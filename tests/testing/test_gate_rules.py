"""The rules of the gate: the agent's configuration, on record; what was decided stays as it was."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import AuditEntry, Role
from context.models import Agent, Check, Release
from context.releases.checks import latest_checks
from testing.cases.suites import standard_suites, suite_of
from testing.gate import weekly
from testing.gate.checks import gate
from testing.gate.rules import change_rules, rules_of
from testing.models import CriticalTag, GateRules, Result, Run
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
Status = Check.Status
BASE = "/api/v1/agents/bot/"


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    return agent


def checks_of(agent: Agent, release: Release, trials: int = 2) -> dict[str, Check]:
    """The checks of a release whose missing runs were worked."""
    weekly.start_missing_runs(release, NOW, trials=trials)
    work_results(None, lambda: NOW)
    gate(release, NOW)
    return latest_checks(release)


def test_the_defaults_are_what_the_decisions_of_before_said(agent: Agent) -> None:
    assert rules_of(agent) == {
        "margin": 0.05,
        "cases_for_an_interval": 100,
        "trials": 3,
        "least_trials": 1,
        "most_ungraded": 0.1,
        "targeted_share": 0.8,
        "contradictions": "undecided",
        "required_checks": ["regression"],
        "critical_tags": [],
        "suites": [],
    }
    assert not GateRules.objects.exists()


def test_a_change_is_on_record_with_what_it_was_before(agent: Agent) -> None:
    user = make_member(agent.workspace)
    change_rules(
        agent, {"margin": 0.03, "required_checks": ["regression", "context"]}, NOW, by=user
    )
    entry = AuditEntry.objects.get(action="gate.rules_changed")
    assert (entry.user, entry.subject) == (user, "gate of bot")
    assert entry.detail == "margin 0.05 → 0.03; required checks regression → regression context"
    change_rules(agent, {"margin": 0.03}, NOW, by=user)
    assert AuditEntry.objects.filter(action="gate.rules_changed").count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"margin": 0.0}, "margin"),
        ({"margin": 0.6}, "margin"),
        ({"trials": 2, "least_trials": 3}, "trials"),
        ({"least_trials": 21}, "least_trials"),
        ({"cases_for_an_interval": 1}, "cases_for_an_interval"),
        ({"most_ungraded": 1.1}, "most_ungraded"),
        ({"targeted_share": -0.1}, "targeted_share"),
        ({"required_checks": ["a check"]}, "required_checks"),
        ({"critical_tags": ["x" * 101]}, "critical_tags"),
        ({"suites": [{"id": 4711, "decides": True}]}, "suites"),
    ],
)
def test_a_rule_that_makes_no_sense_names_its_field_and_changes_nothing(
    agent: Agent, given: dict[str, Any], field: str
) -> None:
    before = rules_of(agent)
    with pytest.raises(ValidationError) as refused:
        change_rules(agent, {"most_ungraded": 0.2} | given, NOW)
    assert field in refused.value.message_dict
    assert rules_of(agent) == before


def test_the_database_refuses_what_the_form_would(agent: Agent) -> None:
    for wrong in ({"margin": 0}, {"trials": 1, "least_trials": 2}, {"targeted_share": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            GateRules.objects.create(agent=agent, **wrong)


def test_a_required_kind_needs_a_suite_that_decides(agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    with pytest.raises(ValidationError, match="one of its suites has to decide"):
        change_rules(agent, {"suites": [{"id": suite.pk, "decides": False}]}, NOW)


def test_a_change_decides_anew_and_the_check_of_before_keeps_its_rules(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    make_case(agent, tags=["returns"])
    make_case(agent, "How do I wash it?", expected_action="answer")
    before = checks_of(agent, candidate)["regression"]
    assert before.summary.startswith("1 of 2 cases lost") and "rules" in before.numbers
    written = change_rules(agent, {"critical_tags": ["returns"]}, NOW)
    assert [check.name for check in written] == ["questions", "context", "regression"]
    after = latest_checks(candidate)["regression"]
    assert after.summary.startswith("1 critical case lost")
    assert after.numbers["because"] == "the rules of the gate changed"
    assert after.numbers["rules"]["critical_tags"] == ["returns"]
    before.refresh_from_db()
    assert before.summary.startswith("1 of 2 cases lost")
    assert before.numbers["rules"]["critical_tags"] == []


def test_a_failed_check_says_what_to_do_and_names_its_cases(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    case = make_case(agent)
    check = checks_of(agent, candidate)["regression"]
    assert check.advice.startswith("Open the cases named here")
    assert check.numbers["named"] == [
        {
            "case": case.pk,
            "key": case.key,
            "question": case.question,
            "outcome": "0 of 2 passed; live: 2 of 2",
        }
    ]


def test_a_run_that_asked_too_seldom_does_not_count_and_is_run_again(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    assert checks_of(agent, candidate)["regression"].status == Status.PASSED
    change_rules(agent, {"least_trials": 3}, NOW)
    pending = latest_checks(candidate)["regression"]
    assert pending.status == Status.PENDING
    assert pending.summary.endswith("asked 2 trials a case; the gate asks for 3.")
    checks = checks_of(agent, candidate, trials=1)
    assert checks["regression"].status == Status.PASSED
    assert Run.objects.latest("id").trials == 3


def test_a_suite_that_is_only_shown_is_run_and_decides_nothing(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(WASHING))
    make_case(agent, "How do I wash it?", expected_action="answer")
    own = agent.suites.create(kind="regression", slug="refunds", name="Refunds", created_at=NOW)
    own.add_case(
        question="How do I return it?", at=NOW, expected_facts=[RETURNS.body], status="approved"
    )
    check = checks_of(agent, candidate)["regression"]
    assert check.status == Status.FAILED and check.summary.startswith("Refunds: 1 of 1 case lost")
    change_rules(agent, {"suites": [{"id": own.pk, "decides": False}]}, NOW)
    check = latest_checks(candidate)["regression"]
    assert check.status == Status.PASSED
    shown = {one["name"]: (one["decides"], one["status"]) for one in check.numbers["suites"]}
    assert shown == {"Regression": (True, "passed"), "Refunds": (False, "failed")}


def test_a_suite_may_have_a_margin_of_its_own(agent: Agent) -> None:
    suite = suite_of(agent, "regression", NOW)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    checks_of(agent, candidate)
    change_rules(agent, {"suites": [{"id": suite.pk, "margin": 0.02}], "margin": 0.1}, NOW)
    assert latest_checks(candidate)["regression"].numbers["rules"]["margin"] == 0.02
    assert latest_checks(candidate)["questions"].numbers["rules"]["margin"] == 0.1
    suite.refresh_from_db()
    assert suite.margin_asked == 0.02


def test_the_share_that_may_be_ungraded_is_a_rule(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    make_case(agent, "How do I wash it?", expected_action="answer")
    checks_of(agent, candidate)
    first = Result.objects.filter(release=candidate).earliest("id")
    Result.objects.filter(case=first.case).update(state="failed", passed=None, error="HTTP 500")
    undecided = {check.name: check for check in gate(candidate, NOW)}["regression"]
    assert undecided.status == Status.UNDECIDED and undecided.advice.startswith("Retry")
    change_rules(agent, {"most_ungraded": 0.5}, NOW)
    assert latest_checks(candidate)["regression"].status == Status.PASSED


def test_a_key_reads_the_rules_and_changes_them_with_the_scope_for_it(agent: Agent) -> None:
    standard_suites(agent, NOW)
    pipeline = make_client(make_key(agent.workspace, "read", "releases"))
    shown = pipeline.get(f"{BASE}gate/").json()
    assert shown == rules_of(agent)
    change = {"margin": 0.02, "critical_tags": ["safety"]}
    refused = pipeline.patch(f"{BASE}gate/", change, content_type="application/json")
    assert refused.status_code == 403
    owner = make_client(make_key(agent.workspace, "rules"))
    changed = owner.patch(f"{BASE}gate/", change, content_type="application/json")
    assert changed.json()["margin"] == 0.02
    assert list(CriticalTag.objects.values_list("tag", flat=True)) == ["safety"]
    assert AuditEntry.objects.get(action="gate.rules_changed").api_key is not None
    wrong = owner.patch(f"{BASE}gate/", {"margin": 2}, content_type="application/json")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "margin"


def form(agent: Agent, **changed: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    fields: dict[str, Any] = {
        "required_kinds": ["regression"],
        "other_checks": "",
        "margin": "5",
        "cases_for_an_interval": "100",
        "trials": "3",
        "least_trials": "1",
        "most_ungraded": "10",
        "targeted_share": "80",
        "contradictions": "undecided",
        "critical_tags": "",
    }
    for suite in agent.suites.all():
        fields[f"decides_{suite.pk}"] = "on"
        fields[f"margin_{suite.pk}"] = ""
    return fields | changed


def test_a_manager_changes_the_rules_in_points_and_percent(agent: Agent, client: Client) -> None:
    make_member(agent.workspace, role=Role.MANAGER)
    client.login(username="ada", password=PASSWORD)
    suite = suite_of(agent, "regression", NOW)
    page = client.get("/acme/bot/tests/gate/").content.decode()
    assert 'name="margin" value="5"' in page and "these are the defaults" in page
    sent = form(agent, margin="3.5", targeted_share="90", critical_tags="safety\nrefund\n")
    answer = client.post("/acme/bot/tests/gate/", sent, follow=True)
    assert "The rules of the gate are saved." in answer.content.decode()
    rules = rules_of(Agent.objects.get())
    assert (rules["margin"], rules["targeted_share"]) == (0.035, 0.9)
    assert rules["critical_tags"] == ["refund", "safety"]
    wrong = client.post("/acme/bot/tests/gate/", form(agent, margin="90", least_trials="4"))
    page = wrong.content.decode()
    assert wrong.status_code == 422 and "less than or equal to 50" in page
    assert rules_of(Agent.objects.get()) == rules
    hidden = form(agent)
    del hidden[f"decides_{suite.pk}"]
    refused = client.post("/acme/bot/tests/gate/", hidden)
    assert "one of its suites has to decide" in refused.content.decode()


def test_a_reviewer_reads_the_rules_and_cannot_change_them(agent: Agent, client: Client) -> None:
    make_member(agent.workspace, role=Role.REVIEWER)
    client.login(username="ada", password=PASSWORD)
    assert "Save the rules" not in client.get("/acme/bot/tests/gate/").content.decode()
    assert client.post("/acme/bot/tests/gate/", form(agent, margin="1")).status_code == 403
    assert rules_of(agent)["margin"] == 0.05


def test_an_old_run_is_shown_with_the_suites_margin(agent: Agent) -> None:
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    make_case(agent, "How do I wash it?", expected_action="answer")
    suite = suite_of(agent, "regression", NOW)
    run = start_run(suite, candidate, at=NOW, baseline=agent.live_release(), trials=1)
    work_results(run, lambda: NOW)
    change_rules(agent, {"suites": [{"id": suite.pk, "margin": 0.02}]}, NOW)
    reader = make_client(make_key(agent.workspace, "read"))
    shown = reader.get(f"{BASE}runs/{run.pk}/").json()["comparison"]
    assert shown["outlook"]["margin"] == 0.02 and "2.0 points" in shown["sentence"]
