"""A day's quality from the judge alone is shown only while its canary vouches for it."""

from datetime import timedelta

import pytest

from context.models import Agent
from reviews.canary.members import plan_check
from reviews.canary.work import work_canary
from reviews.models import CanaryCheck, CanaryResult, JudgeVersion, Review, Verdict
from reviews.quality.nowcast import nowcast
from tests.make import NOW, make_agent
from tests.reviews.canary_material import FAILED, PASSED, make_labelled_agent
from tests.reviews.material import DAY

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


def make_checks(agent: Agent, nights: int) -> list[CanaryCheck]:
    """So many nightly checks, worked to their end."""
    found = []
    for night in range(nights):
        at = NOW + night * ONE_DAY
        check = plan_check(agent, DAY + night * ONE_DAY, CanaryCheck.Reason.NIGHTLY, at)
        assert check is not None
        work_canary(agent, lambda at=at: at)  # type: ignore[misc]
        found.append(check)
    return found


def test_the_judges_share_is_corrected_by_its_errors() -> None:
    agent = make_labelled_agent()
    make_checks(agent, 1)
    let_pass = Review.objects.filter(day=DAY, passed=False)[:20]
    Review.objects.filter(pk__in=[one.pk for one in let_pass]).update(passed=True)
    found = nowcast(agent, DAY)
    estimate, low, high = found.interval.limits
    assert (found.judged, found.failed) == (PASSED + FAILED, FAILED - 20)
    assert estimate == pytest.approx(1 - FAILED / (PASSED + FAILED), abs=0.001)
    assert low < estimate < high
    assert found.interval.method == "label shift"


def test_without_a_check_there_is_no_number_but_a_reason() -> None:
    found = nowcast(make_labelled_agent(), DAY)
    assert found.interval.reason == "the canary has not been put to this judge yet"


def test_a_drifted_judge_hides_the_number() -> None:
    agent = make_labelled_agent()
    first, second = make_checks(agent, 2)
    assert not nowcast(agent, DAY).interval.is_refused
    keys = first.results.filter(member__passed=False).values_list("member", flat=True)[:9]
    CanaryResult.objects.filter(check_of=first, member__in=list(keys)).update(passed=False)
    CanaryResult.objects.filter(check_of=second, member__in=list(keys)).update(passed=True)
    assert "says that the judge has drifted" in nowcast(agent, DAY).interval.reason


def test_a_new_judge_needs_a_check_of_its_own() -> None:
    agent = make_labelled_agent()
    make_checks(agent, 1)
    old = JudgeVersion.objects.get()
    new = JudgeVersion.objects.get(pk=old.pk)
    new.pk, new.number, new.prompt_hash = None, 2, "f" * 64
    new.save()
    Review.objects.filter(day=DAY).update(judge=new)
    assert "has not been put to this judge" in nowcast(agent, DAY).interval.reason


def test_an_era_with_too_few_failures_found_says_how_many() -> None:
    agent = make_labelled_agent()
    make_checks(agent, 1)
    few = Verdict.objects.filter(passed=False)[:6]
    Verdict.objects.filter(passed=False).exclude(pk__in=[one.pk for one in few]).update(
        withdrawn_at=NOW
    )
    assert "6 human-found failures, 10 are needed" in nowcast(agent, DAY).interval.reason


def test_an_agent_that_was_never_reviewed_has_no_number() -> None:
    assert "reviewed nothing" in nowcast(make_agent(), DAY).interval.reason
