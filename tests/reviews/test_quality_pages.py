"""The quality page and the data behind its numbers, as a browser without scripts gets them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from context.models import Agent
from reviews.desk.verdicts import record_verdict
from reviews.models import JudgeVersion, QueueItem, Review
from reviews.queue.claims import claim_next
from reviews.queue.sampling import build_queue
from tests.make import NOW, make_agent, make_live_release, make_workspace
from tests.reviews.material import (
    DAY,
    answers,
    make_queue,
    make_reviewer,
    make_reviews,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent(queue_capacity=30)


@pytest.fixture
def client(agent: Agent) -> Client:
    """A viewer's browser."""
    found = Client()
    found.force_login(make_reviewer(agent, "vera", Role.VIEWER))
    return found


def url(agent: Agent, name: str) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug])


def judge_day(agent: Agent, back: int, failed: set[int], most: int = 1000) -> None:
    """A day some days before `DAY` whose drawn conversations of these grades fail."""
    queue = make_queue(agent, [5] * 80 + [1] * 20, DAY - timedelta(days=back - 1))
    user = make_reviewer(agent, f"ada-{back}")
    for _ in range(most):
        item = claim_next(agent, user, NOW, queue_date=queue.date)
        if item is None:
            return
        grounded = "fail" if item.stratum.grade in failed else "pass"
        record_verdict(item, user, answers(item, grounded=grounded), at=NOW)


def read(client: Client, address: str, **query: Any) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_an_agent_without_reviews_is_told_what_the_figure_needs(
    agent: Agent, client: Client
) -> None:
    assert "at least 20 verdicts of people" in read(client, url(agent, "quality"))


def test_the_page_shows_the_figure_its_change_and_its_weeks(agent: Agent, client: Client) -> None:
    judge_day(agent, 7, {1})
    judge_day(agent, 0, {1})
    page = read(client, url(agent, "quality"))
    assert page.count("80.0 %") >= 4
    assert "points: no clear change" in page
    assert "2026-W46" in page and "2026-W47" in page
    assert 'id="quality-spec"' in page


def test_too_few_verdicts_are_counted_in_words_and_never_an_empty_cell(
    agent: Agent, client: Client
) -> None:
    judge_day(agent, 0, set(), most=12)
    page = read(client, url(agent, "quality"))
    assert "Not enough verdicts yet: 12 of 20 sampled verdicts, 0 failed" in page
    assert "cannot be compared: the earlier window" in page


def test_a_single_day_is_shown_as_wide(agent: Agent, client: Client) -> None:
    judge_day(agent, 0, set())
    page = read(client, url(agent, "quality"))
    days = page[page.index("Single days") :]
    assert '<span class="badge outline">wide</span>' in days


def test_a_number_opens_its_strata_and_its_failures(agent: Agent, client: Client) -> None:
    judge_day(agent, 0, {1})
    page = read(client, url(agent, "quality_data"), **{"from": DAY, "to": DAY})
    one = QueueItem.objects.filter(stratum__name="grade-1")
    sizes = '<td class="num">20</td><td class="num wide">20.0 %</td>'
    assert f'grade 1</th>{sizes}<td class="num">{one.count()}' in page
    assert "stratified score" in page
    failed = one.select_related("conversation")[0].conversation.external_id
    assert failed in page
    passed = QueueItem.objects.filter(stratum__name="grade-5")[0].conversation.external_id
    assert f">{passed}<" not in page
    everything = read(client, url(agent, "quality_data"), **{"from": DAY, "to": DAY, "show": "all"})
    assert f">{passed}<" in everything


def test_releases_stand_beside_each_other_and_open_their_data(agent: Agent, client: Client) -> None:
    release = make_live_release(agent)
    make_reviews(agent, [5] * 60, release=release)
    queue = build_queue(agent, DAY + timedelta(days=1), NOW)
    ada = make_reviewer(agent)
    while (item := claim_next(agent, ada, NOW, queue_date=queue.date)) is not None:
        record_verdict(item, ada, answers(item), at=NOW)
    page = read(client, url(agent, "quality"))
    assert f'Release {release.number}</a></th><td class="num">60</td>' in page
    query = {"from": DAY, "to": DAY, "release": release.number}
    assert f"Release {release.number}: what" in read(client, url(agent, "quality_data"), **query)
    assert "No conversation of this kind" in read(
        client, url(agent, "quality_data"), **{**query, "release": release.number + 1}
    )


def test_a_change_of_judge_is_an_era_on_the_page(agent: Agent, client: Client) -> None:
    judge_day(agent, 7, {1})
    judge_day(agent, 0, {1})
    old = JudgeVersion.objects.get()
    new = JudgeVersion.objects.get(pk=old.pk)
    new.pk, new.number, new.prompt_hash = None, 2, "f" * 64
    new.save()
    Review.objects.filter(day=DAY).update(judge=new)
    page = read(client, url(agent, "quality"))
    assert "judge version 2" in page
    assert '"name": "J2"' in page
    assert "points: no clear change" in page
    span = {"from": DAY - timedelta(days=7), "to": DAY}
    assert "These days span 2 eras" in read(client, url(agent, "quality_data"), **span)


def test_verdicts_that_a_reviewer_holds_blind_are_not_listed_to_them(agent: Agent) -> None:
    agent.double_review_share = 1.0
    agent.save(update_fields=["double_review_share"])
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5] * 40)
    first = claim_next(agent, ada, NOW)
    assert first is not None
    record_verdict(first, ada, answers(first, grounded="fail"), at=NOW)
    second = claim_next(agent, ben, NOW)
    assert second is not None and second.conversation == first.conversation
    browser = Client()
    browser.force_login(ben)
    page = read(browser, url(agent, "quality_data"), **{"from": DAY, "to": DAY})
    assert f">{first.conversation.external_id}<" not in page


@pytest.mark.parametrize(
    "query",
    [
        {"from": "tomorrow"},
        {"from": "2026-11-18", "to": "2026-11-17"},
        {"from": "2020-11-18", "to": "2026-11-17"},
        {"release": "x"},
    ],
)
def test_an_address_that_means_nothing_is_not_found(
    agent: Agent, client: Client, query: dict[str, str]
) -> None:
    assert client.get(url(agent, "quality_data"), query).status_code == 404


def test_a_period_that_is_not_offered_is_not_found(agent: Agent, client: Client) -> None:
    assert client.get(url(agent, "quality"), {"weeks": "7"}).status_code == 404


def test_another_workspace_is_not_found(client: Client) -> None:
    other = make_agent(make_workspace("other"), "their-bot")
    assert client.get(url(other, "quality")).status_code == 404
    assert client.get(url(other, "quality_data")).status_code == 404


def test_the_page_takes_as_many_queries_for_a_year_as_for_a_week(
    agent: Agent, client: Client, django_assert_max_num_queries: Any
) -> None:
    judge_day(agent, 14, {1})
    judge_day(agent, 0, {1})
    with django_assert_max_num_queries(48):
        read(client, url(agent, "quality"), weeks=52)
