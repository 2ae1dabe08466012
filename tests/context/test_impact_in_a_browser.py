"""The impact of a release in a real browser: verdict, chart, file, days left out, what it is judged
by; the same of a split of traffic.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from context.impacts.measuring import measure_impacts
from context.impacts.split import measure_rollouts
from context.models import Agent
from tests.context.impact_material import count_days, days_from, go_live
from tests.context.test_context_in_a_browser import log_in
from tests.context.test_looks import fill
from tests.make import make_agent, make_member, make_rollout

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
CHART = "[data-chart=impact-spec]"


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """Release 2 has been live for twelve days after five weeks of release 1, and resolves 9 points
    more; its admin is ada.
    """
    agent = make_agent(required_checks="")
    make_member(agent.workspace)
    start = timezone.now().date() - 12 * DAY
    old = go_live(agent, start - 35 * DAY, prompt="old")
    new = go_live(agent, start, prompt="new")
    count_days(agent, old, days_from(start - 35 * DAY, 35), topic="returns")
    count_days(agent, new, days_from(start + DAY, 11), 0.09, topic="returns")
    measure_impacts(agent, timezone.now())
    return agent


def test_an_impact_opens_from_its_release_with_verdict_chart_and_data(
    agent: Agent, browser_page: "Page"
) -> None:
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/releases/2/")
    page.click("aside a:has-text('AI resolved')")
    page.wait_for_url("**/releases/2/impact/?live=*")
    page.wait_for_selector("#figure strong:has-text('associated with release 2.')")
    page.wait_for_selector(f"{CHART}[data-drawn]")
    assert page.locator(f"{CHART} g.mark-symbol path").count() == 70  # 35 days, as counted and not
    page.click("summary:has-text('Days')")
    assert "release 2 went live" in page.inner_text("#figure table")
    with page.expect_download() as download:
        page.click("text=Daily data (CSV)")
    assert download.value.path().read_text().startswith("figure,date,with,release,n,value")
    page.click("main table a:has-text('CSAT') >> nth=0")
    page.wait_for_selector("#figure:has-text('Nothing was counted.')")
    assert not page.locator(CHART).count()


def test_a_day_is_left_out_with_a_reason_and_counts_again(
    agent: Agent, browser_page: "Page"
) -> None:
    page, day = browser_page, timezone.now().date() - 20 * DAY
    log_in(page)
    page.goto("/acme/bot/releases/2/impact/")
    page.fill("[name=date]", day.isoformat())
    page.fill("[name=reason]", "Outage of the helpdesk")
    page.click("button:has-text('Leave out')")
    page.wait_for_selector("li:has-text('Outage of the helpdesk') >> text=by ada")
    page.click("summary:has-text('Days')")
    assert page.locator("#figure tr:has-text('left out')").count() == 1
    page.click("button:has-text('Count again')")
    page.wait_for_selector("text=counts again.")
    page.click("summary:has-text('Days')")
    assert not page.locator("#figure tr:has-text('left out')").count()


def test_what_a_release_is_judged_by_is_chosen_for_the_next_one(
    agent: Agent, browser_page: "Page"
) -> None:
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/settings/")
    page.select_option("[name=impact_figure]", "csat")
    page.locator("form", has=page.locator("[name=impact_figure]")).locator("button").last.click()
    page.wait_for_load_state()
    go_live(agent.__class__.objects.get(), timezone.now().date(), prompt="next")
    page.goto("/acme/bot/releases/3/impact/")
    assert "Mean score of the answered surveys" in page.inner_text("#figure")
    page.goto("/acme/bot/releases/2/impact/")
    assert "(primary figure)" in page.inner_text("#figure")


def test_a_split_of_traffic_says_what_it_caused(agent: Agent, browser_page: "Page") -> None:
    rollout = make_rollout(agent, share=50, at=timezone.now() - 8 * DAY)
    for number in range(7):
        fill(rollout, agent.local_date(rollout.started_at + number * DAY), new=0.25, live=0.3)
    measure_rollouts(agent, timezone.now())
    page = browser_page
    log_in(page)
    page.goto("/acme/bot/releases/3/")
    page.click("aside a:has-text('AI handover')")
    page.wait_for_selector("#figure strong:has-text('caused by release 3.')")
    page.wait_for_selector(f"{CHART}[data-drawn]")
    assert page.locator(f"{CHART} g.mark-symbol path").count() == 14
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("text=Rollout and every look")
    page.wait_for_selector("h1:has-text('Rollout of release 3')")
