"""The canary keeps what people judged, asks the judge again, and says when it judges otherwise."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from agentops.schedule import SCHEDULES, run_due
from context.models import Agent
from conversations.models import Message
from llm.states import WorkState
from reviews.agreement.split import is_for_tuning
from reviews.canary.members import counts, fill, members, plan_check
from reviews.canary.periods import canary_periods, change_of_judge
from reviews.canary.verdict import State, compared, guard
from reviews.canary.work import work_canary
from reviews.models import CanaryCheck, CanaryMember, CanaryResult, QueueItem, Review, Verdict
from tests.make import NOW, make_agent
from tests.reviews.canary_material import make_labelled_agent, make_labels
from tests.reviews.material import DAY

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
NIGHTLY, ASKED = CanaryCheck.Reason.NIGHTLY, CanaryCheck.Reason.ASKED


@pytest.fixture
def agent() -> Agent:
    return make_labelled_agent()


def make_check(agent: Agent, days: int = 0) -> CanaryCheck:
    """A check some days later, worked to its end."""
    at = NOW + days * ONE_DAY
    check = plan_check(agent, DAY + days * ONE_DAY, NIGHTLY, at)
    assert check is not None
    work_canary(agent, lambda: at)
    return check


def test_members_are_honest_labels_that_never_teach_the_judge(agent: Agent) -> None:
    shown = Verdict.objects.filter(passed=False).first()
    assert shown is not None
    QueueItem.objects.filter(verdicts=shown).update(is_blind=False)
    fill(agent, NOW)
    found = list(members(agent).select_related("conversation", "verdict"))
    assert len(found) > 50
    assert not any(is_for_tuning(agent, one.conversation) for one in found)
    assert shown.conversation not in [one.conversation for one in found]
    assert all(one.verdict and one.passed == one.verdict.passed for one in found)
    assert counts(agent).failed >= 10


def test_flagged_conversations_are_members_too_because_there_the_judge_failed_something() -> None:
    agent = make_agent(queue_capacity=150)
    make_labels(agent, 110, 40, flagged=30)
    fill(agent, NOW)
    flagged = members(agent).filter(verdict__item__stratum__name="flagged")
    assert flagged.count() >= 10
    assert not flagged.filter(passed=True).exists()
    assert not any(is_for_tuning(agent, one.conversation) for one in flagged)


def test_failures_come_first_and_the_canary_stays_small() -> None:
    agent = make_labelled_agent(passed=360, failed=90)
    fill(agent, NOW)
    found = counts(agent)
    failed = Verdict.objects.filter(passed=False).select_related("conversation")
    eligible = sum(not is_for_tuning(agent, one.conversation) for one in failed)
    assert found.failed == min(eligible, 100)
    assert found.members - found.failed == 150
    assert fill(agent, NOW).added == 0


def test_later_messages_do_not_change_what_the_judge_is_asked(agent: Agent) -> None:
    fill(agent, NOW)
    member = members(agent).first()
    assert member is not None
    before = member.material
    Message.objects.filter(conversation=member.conversation).update(text="It was all wrong!")
    fill(agent, NOW + ONE_DAY)
    member.refresh_from_db()
    assert member.material == before
    assert "Send it back within 30 days." in before


def test_a_withdrawn_verdict_leaves_the_canary_and_says_why(agent: Agent) -> None:
    fill(agent, NOW)
    member = members(agent).first()
    assert member is not None and member.verdict is not None
    Verdict.objects.filter(pk=member.verdict.pk).update(withdrawn_at=NOW)
    assert fill(agent, NOW).retired == 1
    member.refresh_from_db()
    assert member.retired_because == "the verdict no longer stands"


def test_too_few_labels_ask_the_judge_nothing() -> None:
    agent = make_agent(queue_capacity=30)
    make_labels(agent, 20, 10)
    assert plan_check(agent, DAY, NIGHTLY, NOW) is None
    assert counts(agent).missing.endswith("of 50 labelled conversations")
    assert not CanaryResult.objects.exists()


def test_an_unchanged_judge_holds(agent: Agent) -> None:
    make_check(agent)
    later = compared(make_check(agent, days=1))
    assert later.state == State.HOLDS
    assert later.same_judge
    assert later.flips == []
    assert later.failures.compared + later.passes.compared == counts(agent).members
    assert guard(later) == ""


def test_a_judge_that_lets_failures_pass_has_drifted_and_the_flips_are_named(agent: Agent) -> None:
    first = make_check(agent)
    flipped = list(first.results.filter(member__passed=False)[:9])
    second = make_check(agent, days=1)
    CanaryResult.objects.filter(pk__in=[one.pk for one in flipped]).update(passed=False)
    second.results.filter(member__in=[one.member_id for one in flipped]).update(passed=True)
    found = compared(second)
    assert found.state == State.DRIFTED
    assert (found.failures.to_pass, found.failures.to_fail) == (9, 0)
    assert not found.passes.has_moved
    assert {one.member.pk for one in found.flips} == {one.member_id for one in flipped}
    assert "has drifted" in guard(found)


def test_flips_both_ways_on_the_two_sides_do_not_cancel(agent: Agent) -> None:
    first, second = make_check(agent), make_check(agent, days=1)
    for passed in (True, False):
        keys = list(first.results.filter(member__passed=passed).values_list("member", flat=True))
        first.results.filter(member__in=keys[:8]).update(passed=passed)
        second.results.filter(member__in=keys[:8]).update(passed=not passed)
    found = compared(second)
    assert len(found.flips) == 16
    assert found.failures.has_moved and found.passes.has_moved
    assert found.state == State.DRIFTED


def test_a_few_flips_are_chance(agent: Agent) -> None:
    first, second = make_check(agent), make_check(agent, days=1)
    keys = list(first.results.values_list("member", flat=True)[:3])
    first.results.filter(member__in=keys).update(passed=True)
    second.results.filter(member__in=keys).update(passed=False)
    assert len(compared(second).flips) == 3
    assert compared(second).state == State.HOLDS


def test_an_unfinished_check_says_nothing(agent: Agent) -> None:
    check = plan_check(agent, DAY, NIGHTLY, NOW)
    assert check is not None
    found = compared(check)
    assert found.state == State.NOT_ENOUGH
    assert "answers are still to come" in guard(found)
    assert guard(None) == "the canary has not been put to this judge yet"


def test_the_cap_of_the_day_stops_the_canary_and_the_check_says_so(
    agent: Agent, settings: LazySettings
) -> None:
    settings.JUDGE_MODEL = "gpt-5-mini"
    agent.daily_budget_usd = 0
    agent.save(update_fields=["daily_budget_usd"])
    check = plan_check(agent, DAY, NIGHTLY, NOW)
    assert check is not None
    tally = work_canary(agent, lambda: NOW)
    assert tally.done == 0
    assert check.results.filter(state=WorkState.SKIPPED).count() == counts(agent).members
    assert compared(check).missing == "0 of 50 answers"
    assert plan_check(agent, DAY, ASKED, NOW) == check
    assert check.results.filter(state=WorkState.PENDING).count() == counts(agent).members


def test_a_check_is_made_once_a_day_for_a_judge(agent: Agent) -> None:
    first = make_check(agent)
    assert plan_check(agent, DAY, NIGHTLY, NOW) == first
    assert first.results.count() == counts(agent).members


def test_another_judge_is_asked_at_once_and_compared_with_the_last_one(
    agent: Agent, settings: LazySettings
) -> None:
    first = make_check(agent)
    assert change_of_judge(agent) == ""
    settings.JUDGE_MODEL = "gpt-5-mini"
    assert change_of_judge(agent) == "judge 2 card 1"
    second = plan_check(agent, DAY, CanaryCheck.Reason.CHANGE, NOW + timedelta(hours=1))
    assert second is not None and second.judge.number == 2
    assert change_of_judge(agent) == ""
    work_canary(agent, lambda: NOW + timedelta(hours=1))
    found = compared(second)
    assert found.reference == first
    assert not found.same_judge


def test_rows_of_a_judge_that_is_no_longer_in_use_fail_and_are_not_asked(
    agent: Agent, settings: LazySettings
) -> None:
    check = plan_check(agent, DAY, NIGHTLY, NOW)
    assert check is not None
    settings.JUDGE_MODEL = "gpt-5-mini"
    work_canary(agent, lambda: NOW)
    errors = set(check.results.values_list("state", "error"))
    assert errors == {("failed", "AnotherJudge: the judge changed before it was asked")}


def test_a_smaller_canary_retires_its_newest_members_and_none_asks_nothing(agent: Agent) -> None:
    fill(agent, NOW)
    oldest = members(agent).order_by("pk").first()
    agent.canary_size = 60
    agent.save(update_fields=["canary_size"])
    fill(agent, NOW)
    assert counts(agent).members <= 60
    assert members(agent).order_by("pk").first() == oldest
    agent.canary_size = 0
    agent.save(update_fields=["canary_size"])
    assert plan_check(agent, DAY, NIGHTLY, NOW) is None
    assert counts(agent).missing == "it is switched off in the settings"
    assert list(canary_periods(agent, NOW)) == []


def test_the_tick_checks_every_night_once(agent: Agent) -> None:
    assert "canary" in [one.name for one in SCHEDULES]
    run_due(NOW)
    run_due(NOW + timedelta(minutes=1))
    assert CanaryCheck.objects.get().reason == NIGHTLY
    run_due(NOW + ONE_DAY)
    assert CanaryCheck.objects.count() == 2
    assert CanaryMember.objects.count() == counts(agent).members


def test_the_nights_reviews_come_before_the_canary(agent: Agent) -> None:
    waiting = Review.objects.order_by("pk")[:1].get()
    Review.objects.filter(pk=waiting.pk).update(state=WorkState.PENDING)
    run_due(NOW)
    assert not CanaryCheck.objects.exists()
    Review.objects.filter(pk=waiting.pk).update(state=WorkState.DONE)
    run_due(NOW + timedelta(minutes=1))
    assert CanaryCheck.objects.count() == 1
