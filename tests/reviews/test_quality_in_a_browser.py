"""The quality chart in a real browser: drawn, with the line of another judge."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import Role
from reviews.models import JudgeVersion, Review
from tests.make import PASSWORD
from tests.reviews.canary_material import make_labelled_agent
from tests.reviews.material import DAY, make_reviewer, make_reviews

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_chart_is_drawn_and_marks_another_judge(browser_page: "Page") -> None:
    agent = make_labelled_agent()
    make_reviewer(agent, "vera", Role.VIEWER)
    make_reviews(agent, [5], DAY - timedelta(days=1))
    old = JudgeVersion.objects.get()
    new = JudgeVersion.objects.get(pk=old.pk)
    new.pk, new.number, new.prompt_hash = None, 2, "f" * 64
    new.save()
    Review.objects.filter(day=DAY).update(judge=new)
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "vera")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    browser_page.goto(f"/{agent.workspace.slug}/{agent.slug}/desk/quality/?day={DAY}")
    browser_page.wait_for_selector("[data-chart][data-drawn=yes]")
    assert browser_page.locator("[data-chart] svg text", has_text="J2").count() == 1
    browser_page.click("text=Data table")
    assert browser_page.locator("table", has_text="2026-W47").first.is_visible()
