"""The judge against people: weighted, by version, the overall verdict first; people's own
agreement beside it.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from context.models import Agent
from reviews.agreement.figures import Agreement, CriterionAgreement, agreement
from reviews.desk.verdicts import record_verdict
from reviews.judging.planning import current_judge
from reviews.models import CriterionResult, JudgeVersion
from reviews.queue.claims import claim_next
from tests.make import NOW, make_agent
from tests.reviews.material import DAY, answers, make_queue, make_reviewer, make_verdict

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def judge_all(agent: Agent, fails: set[str], username: str = "ada") -> None:
    """Work every queue: conversations of the strata named in `fails` fail."""
    user = make_reviewer(agent, username)
    for queue in agent.queues.order_by("date"):
        while (item := claim_next(agent, user, NOW, queue_date=queue.date)) is not None:
            grounded = "fail" if item.stratum.name in fails else "pass"
            record_verdict(item, user, answers(item, grounded=grounded), at=NOW)


def measured(agent: Agent, judge: JudgeVersion | None = None) -> Agreement:
    """Agreement of the week with a version, else with the one in use."""
    return agreement(agent, DAY - WEEK, DAY, judge or current_judge(agent, NOW))


def row(agent: Agent, key: str) -> CriterionAgreement:
    """The row of a question."""
    return next(one for one in measured(agent).rows if one.key == key)


def page(agent: Agent, query: str = "") -> str:
    client = Client()
    client.force_login(agent.workspace.members.get(user__username="ada").user)
    path = reverse("reviews:agreement", args=[agent.workspace.slug, agent.slug])
    response = client.get(path + query)
    assert response.status_code == 200
    return response.content.decode()


def test_every_verdict_is_weighted_by_the_draw() -> None:
    agent = make_agent(queue_capacity=30)
    queue = make_queue(agent, [5] * 180 + [1] * 20)
    judge_all(agent, {"grade-1"})
    grounded = row(agent, "grounded")
    assert grounded.compared == queue.items.count()
    assert tuple(grounded.judge.confusion) == pytest.approx((20, 0, 0, 180))
    one = queue.strata.get(name="grade-1")
    assert (grounded.read.tp, grounded.read.fn) == (one.drawn, 0)
    assert grounded.judge.confusion.agreement == pytest.approx(1)
    assert (grounded.critical, grounded.doubles) == (True, 0)


def test_a_question_that_rarely_applies_stands_for_few_conversations() -> None:
    agent = make_agent(queue_capacity=20)
    make_queue(agent, [5] * 200)
    user = make_reviewer(agent)
    for number in range(20):
        make_verdict(agent, user, gathering="fail" if number < 5 else "na")
    gathering = row(agent, "gathering")
    assert gathering.compared == 5
    assert tuple(gathering.judge.confusion) == pytest.approx((0, 0, 50, 0))


def test_failures_the_judge_missed_lower_what_it_finds() -> None:
    agent = make_agent(queue_capacity=30)
    queue = make_queue(agent, [5] * 180 + [1] * 20)
    judge_all(agent, {"grade-1", "grade-5"})
    judge = row(agent, "grounded").judge
    assert queue.strata.get(name="grade-5").drawn > 1
    assert tuple(judge.confusion) == pytest.approx((20, 0, 180, 0))
    assert judge.sensitivity.estimate == pytest.approx(0.1)


def test_the_overall_verdict_comes_first_and_is_failed_by_any_critical_criterion() -> None:
    agent = make_agent(queue_capacity=30)
    make_queue(agent, [5] * 180 + [1] * 20)
    user = make_reviewer(agent)
    while (item := claim_next(agent, user, NOW)) is not None:
        bad = item.stratum.name == "grade-1"
        record_verdict(item, user, answers(item, policy="fail" if bad else "pass"), at=NOW)
    overall = measured(agent).rows[0]
    assert (overall.is_overall, overall.name) == (True, "Overall verdict")
    assert tuple(overall.judge.confusion) == pytest.approx((20, 0, 0, 180))
    assert tuple(row(agent, "grounded").judge.confusion) == pytest.approx((0, 20, 0, 180))


def test_versions_of_the_judge_are_never_mixed(settings: Settings) -> None:
    agent = make_agent(queue_capacity=10)
    make_queue(agent, [5] * 50, DAY)
    settings.JUDGE_MODEL = "another-model"
    make_queue(agent, [5] * 50, DAY + timedelta(days=1))
    judge_all(agent, {"grade-5"})
    new, old = JudgeVersion.objects.all()
    assert [(one.number, one.model) for one in (new, old)] == [(2, "another-model"), (1, old.model)]
    for version in (old, new):
        found = measured(agent, version)
        assert found.rows[0].compared == 10
        assert found.labels == {1: 10, 2: 10}
    assert measured(agent, new).of_other_versions == [(1, 10)]


def test_people_who_read_blind_of_each_other_are_the_ceiling() -> None:
    agent = make_agent(queue_capacity=40, double_review_share=1.0)
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5] * 20)
    for number in range(20):
        bad = number < 8
        make_verdict(agent, ada, tone="fail" if bad else "pass", grounded="fail" if bad else "pass")
        make_verdict(agent, ben, tone="pass", grounded="fail" if bad else "pass")
    tone, grounded, overall = row(agent, "tone"), row(agent, "grounded"), row(agent, "")
    assert (tone.same, tone.doubles) == (12, 20)
    assert tone.rubric_is_the_finding and not tone.rubric_is_doubtful
    assert tone.alpha.estimate is not None and tone.alpha.estimate < 0
    assert (grounded.same, grounded.alpha.estimate) == (20, 1)
    assert not grounded.rubric_is_the_finding
    assert (overall.same, overall.doubles) == (20, 20)


def test_an_answer_whose_quote_was_not_found_counts_and_is_named() -> None:
    agent = make_agent(queue_capacity=10)
    make_queue(agent, [5] * 20)
    judge_all(agent, set())
    tone = CriterionResult.objects.filter(criterion__key="tone", review__verdicts__isnull=False)
    CriterionResult.objects.filter(pk__in=tone.values("pk")[:3]).update(verified=False)
    assert (row(agent, "tone").compared, row(agent, "tone").unverified) == (10, 3)
    assert "in 3 of the judge's 10 answers" in page(agent, f"?day={DAY}")


def test_the_page_shows_the_tables_with_what_they_stand_for() -> None:
    agent = make_agent(queue_capacity=30)
    queue = make_queue(agent, [5] * 1800 + [1] * 200)
    judge_all(agent, {"grade-1"})
    shown = page(agent, f"?day={DAY}")
    read = queue.strata.get(name="grade-5").drawn
    assert f'1,800<span class="sub">{read} read' in shown
    failed = queue.strata.get(name="grade-1").drawn
    assert f"not yet: {failed} human-found failures, 10 are needed" in shown
    assert "nobody read these twice" in shown


def test_the_page_leads_to_the_labels_of_other_versions(settings: Settings) -> None:
    agent = make_agent(queue_capacity=10)
    make_queue(agent, [5] * 50)
    judge_all(agent, set())
    settings.JUDGE_MODEL = "another-model"
    current_judge(agent, NOW)
    shown = page(agent, f"?day={DAY}")
    assert "Judge version 2" in shown
    assert "Nothing to compare yet" in shown
    assert f"?weeks=13&amp;day={DAY}&amp;judge=1" in shown
    assert "Overall verdict" in page(agent, f"?day={DAY}&judge=1")


@pytest.mark.parametrize(
    "query", ["weeks=3", "judge=9", "judge=x", "day=never", "judge=" + "9" * 40]
)
def test_what_is_no_period_or_version_is_not_found(query: str) -> None:
    agent = make_agent()
    client = Client()
    client.force_login(make_reviewer(agent))
    path = reverse("reviews:agreement", args=[agent.workspace.slug, agent.slug])
    assert client.get(f"{path}?{query}").status_code == 404


def test_more_verdicts_cost_no_more_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    agent = make_agent(queue_capacity=30)
    make_queue(agent, [5] * 100)
    judge_all(agent, set())
    judge = current_judge(agent, NOW)
    with django_assert_num_queries(7):
        agreement(agent, DAY, DAY, judge)
