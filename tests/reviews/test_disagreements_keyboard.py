"""The list of disagreements by keyboard alone, in a real browser."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from reviews.desk.verdicts import record_verdict
from reviews.models import DisagreementMark
from reviews.queue.claims import claim_next
from reviews.queue.sampling import build_queue
from tests.make import PASSWORD, make_agent
from tests.reviews.material import answers, make_reviewer, make_reviews

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def current(page: "Page") -> str:
    return page.locator(".disagreement.current").get_attribute("id") or ""


def test_disagreements_are_marked_without_the_mouse(browser_page: "Page") -> None:
    page, now, agent = browser_page, timezone.now(), make_agent(queue_capacity=3)
    ada, today = make_reviewer(agent, "ada"), agent.local_date(now)
    make_reviews(agent, [5, 5, 5], today - timedelta(days=1))
    build_queue(agent, today, now)
    while (item := claim_next(agent, ada, now)) is not None:
        record_verdict(item, ada, answers(item, tone="fail"), at=now)
    page.goto("/login/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"/{agent.workspace.slug}/{agent.slug}/desk/disagreements/")
    page.locator(".disagreement.current").wait_for()
    rows = [row.get_attribute("id") for row in page.locator(".disagreement").all()]
    page.keyboard.press("j")
    assert current(page) == rows[1]
    page.keyboard.press("m")
    page.locator(".disagreement.marked.current").wait_for()
    assert current(page) == rows[1]
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.locator(f"#{rows[2]}.marked").wait_for()
    page.keyboard.press("k")
    page.keyboard.press("u")
    page.locator(f"#{rows[1]}:not(.marked)").wait_for()
    standing = DisagreementMark.objects.filter(undone_at=None)
    assert [f"answer-{mark.answer_id}" for mark in standing] == [rows[2]]
    assert standing.get().blame == "person"
    assert DisagreementMark.objects.get(blame="judge").undone_by == ada
    page.locator(".disagreement.current summary").click()
    page.locator(".disagreement.current [name=lesson]").fill("jm")
    assert current(page) == rows[1]
    page.keyboard.press("Enter")
    page.locator(f"#{rows[1]}.marked").wait_for()
    assert DisagreementMark.objects.filter(undone_at=None, lesson="jm").exists()
