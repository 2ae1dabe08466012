"""The judge's standing: measured every night and after a change, on record, and what it stops."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from time_machine import TimeMachineFixture

from accounts.models import AuditEntry, Role, User
from context.models import Agent, JudgeStanding, Release
from context.releases.checks import latest_checks
from context.releases.standing import judge_standing
from reviews.agreement.disagreements import disagreements, loaded, shown
from reviews.agreement.marks import mark_disagreement
from reviews.agreement.split import is_for_tuning
from reviews.agreement.standing import keep_standing
from reviews.desk.verdicts import record_verdict
from reviews.judging.nightly import finish_night, plan_night
from reviews.judging.traps import teach
from reviews.models import CriterionResult, JudgeVersion, Review, TrapList
from reviews.queue.claims import claim_next
from testing.gate.checks import gate
from testing.models import Result
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
    make_workspace,
)
from tests.reviews.material import DAY, answers, make_queue, make_reviewer, make_reviews

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def judged(agent: Agent, missed: int, *, found: int = 0, right: int = 20) -> None:
    """A day's queue read in full: failures the judge missed, ones it found, and passes."""
    grades = [5] * (missed + right) + [1] * found
    agent.queue_capacity = len(grades)
    agent.save(update_fields=["queue_capacity"])
    make_queue(agent, grades)
    ada = User.objects.filter(username="ada").first() or make_reviewer(agent, role=Role.MANAGER)
    left = missed
    while (item := claim_next(agent, ada, NOW)) is not None:
        bad = item.stratum.name == "grade-1" or left > 0
        left -= bad and item.stratum.name != "grade-1"
        record_verdict(item, ada, answers(item, grounded="fail" if bad else "pass"), at=NOW)


def make_tested_agent() -> Agent:
    """An agent with a live release, whose judge is measured from thirty labels on."""
    agent = make_agent(judge_least_labels=30)
    make_live_release(agent, make_content(RETURNS), at=NOW - timedelta(days=30))
    return agent


def run_candidate(agent: Agent, *documents: object) -> Release:
    """A candidate whose run has ended."""
    candidate = make_candidate(agent, make_content(*documents))  # type: ignore[arg-type]
    suite = agent.suites.get(kind="regression")
    start_run(suite, candidate, at=NOW, baseline=agent.live_release(), trials=1)
    work_results(None, lambda: NOW)
    return candidate


def regression(release: Release) -> tuple[str, str]:
    check = latest_checks(release)["regression"]
    return check.status, check.summary


def test_a_new_agents_judge_is_not_measured_yet_and_says_what_is_missing() -> None:
    agent = make_agent()
    standing = keep_standing(agent, NOW)
    assert (standing.state, standing.judge, standing.labels) == ("unmeasured", 1, 0)
    assert standing.sentence == ("The judge has not been measured yet: 0 of 100 labels are there.")
    assert keep_standing(agent, LATER) == standing
    assert JudgeStanding.objects.count() == 1


def test_a_judge_that_misses_failures_is_suspended_on_record_with_its_numbers() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    standing = keep_standing(agent, NOW)
    assert (standing.state, standing.labels, standing.sensitivity) == ("suspended", 40, 0)
    assert standing.sensitivity_high is not None and standing.sensitivity_high < 0.6
    assert standing.sentence.startswith(
        "The judge is suspended since 18 November 2026: it finds 0–"
    )
    assert standing.sentence.endswith("of failures, 60 % are asked.")
    assert AuditEntry.objects.get(action="judge.suspended").detail == standing.sentence


def test_the_night_measures_the_judge() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    plan_night(agent, DAY, NOW)
    assert finish_night(agent, DAY, NOW)
    standing = judge_standing(agent)
    assert standing is not None and standing.is_suspended


def test_another_model_is_looked_at_before_it_reviews_and_inherits_the_suspension(
    settings: Settings,
) -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    first = keep_standing(agent, NOW)
    settings.JUDGE_MODEL = "another-model"
    plan_night(agent, DAY + timedelta(days=1), LATER)
    second = judge_standing(agent)
    assert second is not None and second != first
    assert (second.judge, second.state, second.since) == (2, "suspended", first.since)
    assert "since then 0 of 30 labels are there" in second.reason


def test_it_is_trusted_again_once_it_measures_well() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    keep_standing(agent, NOW)
    wrong = CriterionResult.objects.filter(criterion__key="grounded")
    failed = wrong.filter(review__verdicts__passed=False)
    for result in failed.select_related("review"):
        result.review.passed = False
        result.review.save(update_fields=["passed"])
    standing = keep_standing(agent, LATER)
    assert (standing.state, standing.since) == ("trusted", LATER)
    assert [row.state for row in JudgeStanding.objects.all()] == ["trusted", "suspended"]


def test_what_the_judge_graded_decides_no_check_while_it_is_suspended() -> None:
    agent = make_tested_agent()
    make_case(agent)
    candidate = run_candidate(agent, RETURNS, WASHING)
    assert Result.objects.exclude(grade_model="").exists()
    assert regression(candidate)[0] == "passed"
    judged(agent, missed=20)
    standing = keep_standing(agent, NOW)
    status, summary = regression(candidate)
    assert status == "undecided"
    assert summary == f"{standing.sentence} 1 case rests on its opinion."
    assert latest_checks(candidate)["regression"].numbers["judge"]["state"] == "suspended"
    assert "regression" in candidate.missing_checks()
    agent.judge_least_sensitivity = 0
    agent.save(update_fields=["judge_least_sensitivity"])
    assert keep_standing(agent, LATER).state == "trusted"
    assert regression(candidate)[0] == "passed"


def test_checks_that_rest_on_assertions_still_decide() -> None:
    agent = make_tested_agent()
    make_case(agent, expected_action="answer", expected_facts=[])
    candidate = run_candidate(agent, RETURNS, WASHING)
    assert not Result.objects.exclude(grade_model="").exists()
    judged(agent, missed=20)
    keep_standing(agent, NOW)
    assert regression(candidate)[0] == "passed"


def test_a_loss_that_assertions_show_fails_the_check_all_the_same() -> None:
    agent = make_tested_agent()
    make_case(agent, expected_action="answer", expected_facts=[])
    make_case(agent, "Can I return a jacket after 20 days?")
    candidate = run_candidate(agent, WASHING)
    judged(agent, missed=20)
    keep_standing(agent, NOW)
    gate(candidate, NOW)
    status, summary = regression(candidate)
    assert status == "failed" and "lost" in summary


def test_an_unmeasured_judge_gates_and_the_check_says_so() -> None:
    agent = make_tested_agent()
    make_case(agent)
    keep_standing(agent, NOW)
    status, summary = regression(run_candidate(agent, RETURNS, WASHING))
    assert status == "passed"
    assert summary.endswith("The judge has not been measured yet: 0 of 30 labels are there.")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(agent: Agent, name: str, *args: object) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def mark_errors(agent: Agent, by: User, count: int) -> None:
    """Judge errors on conversations that may teach."""
    rows = loaded(disagreements(agent).order_by("pk"))
    found = shown(agent, list(rows))
    for one in [row for row in found if row.for_tuning][:count]:
        mark_disagreement(one, "judge", by, NOW, quote=f"words {one.answer.pk}")


def test_a_manager_teaches_and_goes_back_on_the_judges_page(
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOW)
    agent = make_tested_agent()
    judged(agent, missed=20)
    ada = User.objects.get(username="ada")
    mark_errors(agent, ada, 3)
    client = client_of(ada)
    page = client.get(url(agent, "judge")).content.decode()
    assert "Teach the judge 3 new traps" in page and "first version" in page
    assert client.post(url(agent, "teach")).status_code == 302
    page = client.get(url(agent, "judge")).content.decode()
    assert "traps: trap list 1" in page and "Nothing new to teach" in page
    assert "<strong>Facts correct and grounded</strong>: fail, not pass" in page
    standing = judge_standing(agent)
    assert standing is not None and (standing.judge, standing.state) == (2, "unmeasured")
    assert "0 of 30 labels are there" in page
    client.post(url(agent, "teach"))
    assert TrapList.objects.count() == 1
    client.post(url(agent, "use-traps", 0))
    standing = judge_standing(agent)
    assert standing is not None and (standing.judge, standing.state) == (1, "suspended")
    assert "Use this list" in client.get(url(agent, "judge")).content.decode()


def test_a_conversation_reviewed_by_two_versions_says_which_review_is_whose() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    client = client_of(User.objects.get(username="ada"))
    page = client.get(url(agent, "index")).content.decode()
    assert "judge 1" in page and "once for each" not in page
    mark_errors(agent, User.objects.get(username="ada"), 3)
    version = teach(agent, User.objects.get(username="ada"), NOW)
    first = Review.objects.latest("day", "pk")
    Review.objects.create(
        conversation=first.conversation,
        scorecard=first.scorecard,
        judge=version,
        run=first.run,
        day=first.day,
        created_at=NOW,
    )
    page = client.get(url(agent, "index")).content.decode()
    assert "judge 1" in page and "judge 2" in page
    assert "a conversation counts once for each" in page


def test_a_reviewer_sees_the_judge_and_teaches_nothing() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    mark_errors(agent, User.objects.get(username="ada"), 1)
    client = client_of(make_reviewer(agent, "ben"))
    page = client.get(url(agent, "judge"))
    assert page.status_code == 200 and "Teach the judge" not in page.content.decode()
    assert client.post(url(agent, "teach")).status_code == 403
    assert client.post(url(agent, "use-traps", 0)).status_code == 403


def test_another_agents_trap_list_is_not_found() -> None:
    agent = make_agent(make_workspace("other"))
    client = client_of(make_reviewer(agent, "eve", Role.MANAGER))
    assert client.post(url(agent, "use-traps", 1)).status_code == 404


def test_the_suspension_is_shown_where_the_judge_is() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    standing = keep_standing(agent, NOW)
    client = client_of(User.objects.get(username="ada"))
    for name in ("judge", "agreement", "index"):
        assert standing.sentence in client.get(url(agent, name)).content.decode()
    today = client.get(reverse("shell:today", args=[agent.workspace.slug, agent.slug]))
    assert "The judge is suspended" in today.content.decode()


def test_versions_show_what_changed_and_what_they_cost(
    settings: Settings, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOW)
    agent = make_agent()
    make_reviews(agent, [5] * 4)
    row = CriterionResult.objects.filter(verdict="pass").first()
    assert row is not None
    row.verified = False
    row.save(update_fields=["verified"])
    before = JudgeVersion.objects.get().model
    settings.JUDGE_MODEL = "another-model"
    make_reviews(agent, [5] * 2, DAY - timedelta(days=1))
    page = client_of(make_reviewer(agent)).get(url(agent, "judge")).content.decode()
    assert f"model {before} → another-model" in page
    assert "first version" in page
    assert page.count("not measured yet</span>") == 2
    assert "97.2 %" in page  # of 36 passes of the first version 35 quotes were found


def test_the_split_of_a_conversation_is_shown_with_its_disagreement() -> None:
    agent = make_tested_agent()
    judged(agent, missed=20)
    found = shown(agent, list(loaded(disagreements(agent))))
    assert {one.for_tuning for one in found} == {True, False}
    for one in found:
        assert one.for_tuning == is_for_tuning(agent, one.answer.parent.conversation)


def test_a_review_with_a_missing_quote_is_shown_with_lower_trust() -> None:
    agent = make_agent(queue_capacity=1)
    make_queue(agent, [5])
    item = agent.queues.get().items.get()
    client = client_of(make_reviewer(agent))
    panel = url(agent, "panel", item.conversation_id)
    assert "lower" not in client.get(panel).content.decode()
    item.review.results.filter(criterion__key="tone").update(verified=False)
    assert "the quotes of 8 of its 9 answers were found" in client.get(panel).content.decode()
    agent.queues.get().items.update(is_blind=False)
    desk = client.get(url(agent, "item", item.pk)).content.decode()
    assert "The quotes of 8 of its 9 answers were found" in desk
