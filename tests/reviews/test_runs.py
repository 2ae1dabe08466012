"""The judge's runs: the price before the start, a cap, stopping and going on, pace."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from context.models import Agent
from reviews.judging.judge import work_reviews
from reviews.judging.nightly import finish_night, plan_night, work_night
from reviews.judging.nights import night_of
from reviews.judging.planning import NothingToReview, plan_reviews, start_run
from reviews.judging.pricing import estimate, spread
from reviews.models import AlreadyCancelled, Queue, Review, ReviewRun
from tests.make import NOW
from tests.reviews.material import (
    DAY,
    make_answered_agent,
    make_conversation,
    make_reviewer,
    make_reviews,
)

pytestmark = pytest.mark.django_db
CENTS = Decimal("0.01")


@pytest.fixture
def agent() -> Agent:
    found = make_answered_agent()
    for number in range(4):
        make_conversation(found, f"c-{number}")
    return found


@pytest.fixture
def boss(agent: Agent) -> Client:
    client = Client()
    client.force_login(make_reviewer(agent, "boss", Role.MANAGER))
    return client


def url(agent: Agent, name: str) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug])


def states() -> list[str]:
    return sorted(Review.objects.values_list("state", flat=True))


def test_a_run_plans_what_is_new_and_keeps_its_cap_and_price(agent: Agent) -> None:
    price = estimate(agent, DAY, NOW)
    assert (price.rows, price.tried) == (4, 4)
    started = start_run(agent, DAY, NOW, cap=Decimal(3), estimated=price.usd)
    assert (started.planned, started.retried) == (4, 0)
    assert (started.run.cap_usd, started.run.day, started.run.who) == (Decimal(3), DAY, "the night")
    with pytest.raises(NothingToReview):
        start_run(agent, DAY, NOW)
    assert ReviewRun.objects.count() == 1


def test_a_long_day_is_priced_from_a_part_of_it(agent: Agent, settings: LazySettings) -> None:
    settings.JUDGE_MODEL = "gpt-5-mini"
    whole, part = estimate(agent, DAY, NOW), estimate(agent, DAY, NOW, most=2)
    assert (part.rows, part.tried) == (4, 2)
    assert abs(part.usd - whole.usd) < CENTS
    assert spread([1, 2, 3, 4, 5, 6], 3) == [1, 3, 5]


def test_what_the_runs_cap_forbids_is_skipped_and_a_later_run_catches_up(
    agent: Agent, settings: LazySettings
) -> None:
    settings.JUDGE_MODEL = "gpt-5-mini"
    start_run(agent, DAY, NOW, cap=Decimal("0.00"))
    work_reviews(agent, lambda: NOW)
    assert states() == ["skipped"] * 4
    assert "review-run" in Review.objects.first().error  # type: ignore[union-attr]
    settings.JUDGE_MODEL = "local-1"
    Review.objects.update(judge=make_reviews(agent, [5])[0].judge)
    assert start_run(agent, DAY, NOW, cap=Decimal(1)).retried == 4
    work_reviews(agent, lambda: NOW)
    assert set(states()) == {"done"}


def test_a_cancelled_run_leaves_the_rest_out_and_says_who_stopped_it(agent: Agent) -> None:
    user = make_reviewer(agent, "ada", Role.MANAGER)
    run = start_run(agent, DAY, NOW).run
    work_reviews(agent, lambda: NOW, max_rows=1)
    assert run.cancel(user, NOW) == 3
    assert run.reviews.filter(state="skipped").count() == 3
    assert set(Review.objects.filter(state="skipped").values_list("error", flat=True)) == {
        "cancelled by ada"
    }
    with pytest.raises(AlreadyCancelled):
        run.cancel(user, NOW)
    work_reviews(agent, lambda: NOW)
    assert states() == ["done", "skipped", "skipped", "skipped"]


def test_what_a_worker_puts_back_after_the_cancel_is_skipped_too(agent: Agent) -> None:
    run = start_run(agent, DAY, NOW).run
    run.cancel(make_reviewer(agent, "ada", Role.MANAGER), NOW)
    Review.objects.filter(pk=Review.objects.earliest("pk").pk).update(state="pending", error="503")
    assert finish_night(agent, DAY, NOW)
    assert states() == ["skipped"] * 4


def test_the_night_does_not_start_again_what_a_person_stopped(agent: Agent) -> None:
    plan_night(agent, DAY, NOW)
    ReviewRun.objects.get().cancel(make_reviewer(agent, "ada", Role.MANAGER), NOW)
    make_conversation(agent, "c-late")
    plan_night(agent, DAY, NOW)
    assert states() == ["skipped"] * 4
    assert finish_night(agent, DAY, NOW)
    assert Queue.objects.get().population == 0


def test_going_on_after_a_cancel_reviews_the_rest(agent: Agent) -> None:
    plan_night(agent, DAY, NOW)
    ReviewRun.objects.get().cancel(make_reviewer(agent, "ada", Role.MANAGER), NOW)
    assert start_run(agent, DAY, NOW).retried == 4
    work_night(agent, lambda: NOW)
    assert states() == ["done"] * 4


def test_the_pace_of_the_last_minute_tells_when_the_rest_is_done(agent: Agent) -> None:
    plan_reviews(agent, DAY, NOW)
    assert night_of(agent, DAY, NOW).pace is None
    first, second, *_ = Review.objects.order_by("pk")
    for review, seconds in ((first, 30), (second, 10)):
        Review.objects.filter(pk=review.pk).update(
            state="done", passed=True, finished_at=NOW - timedelta(seconds=seconds)
        )
    pace = night_of(agent, DAY, NOW).pace
    assert pace is not None
    assert pace.per_minute == pytest.approx(4)
    assert pace.finished_by == NOW + timedelta(seconds=30)


def test_the_price_is_shown_before_a_person_starts_a_run(agent: Agent, boss: Client) -> None:
    page = boss.get(url(agent, "price"), {"day": DAY.isoformat()}).content.decode()
    assert "at most <strong>" in page
    assert not Review.objects.exists()
    boss.post(url(agent, "start"), {"day": DAY.isoformat(), "cap": "2.50"})
    run = ReviewRun.objects.get()
    assert (run.cap_usd, run.who, run.reviews.filter(state="pending").count()) == (
        Decimal("2.50"),
        "boss",
        4,
    )
    assert run.estimated_usd is not None


@pytest.mark.parametrize("cap", ["", "-1", "much"])
def test_a_cap_that_is_no_amount_starts_nothing(agent: Agent, boss: Client, cap: str) -> None:
    response = boss.post(url(agent, "start"), {"day": DAY.isoformat(), "cap": cap})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not ReviewRun.objects.exists()


def test_an_unknown_price_leaves_nothing_to_start(
    agent: Agent, boss: Client, settings: LazySettings
) -> None:
    settings.JUDGE_MODEL = "mystery-9"
    page = boss.get(url(agent, "price"), {"day": DAY.isoformat()}).content.decode()
    assert "no price is known" in page
    assert "primary" not in page.split("What it would cost")[1]
    boss.post(url(agent, "start"), {"day": DAY.isoformat(), "cap": "1"})
    assert not ReviewRun.objects.exists()


def test_a_manager_stops_a_run_from_the_page_and_a_reviewer_cannot(
    agent: Agent, boss: Client
) -> None:
    start_run(agent, DAY, timezone.now())
    page = boss.get(url(agent, "index"), {"day": DAY.isoformat()}).content.decode()
    assert "Waiting for a worker" in page
    reviewer = Client()
    reviewer.force_login(make_reviewer(agent, "bob"))
    data: dict[str, Any] = {"day": DAY.isoformat()}
    assert reviewer.post(url(agent, "cancel"), data).status_code == 403
    assert reviewer.get(url(agent, "price"), data).status_code == 403
    boss.post(url(agent, "cancel"), data)
    assert states() == ["skipped"] * 4
    page = boss.get(url(agent, "index"), {"day": DAY.isoformat()}).content.decode()
    assert "Stopped by boss" in page
