"""A run in a real browser: the price, the start, the progress, the answers."""

from threading import Thread
from typing import TYPE_CHECKING, Literal

import pytest
from django.db import connection

from accounts.models import Role
from context.models import Agent
from testing.cases.suites import suite_of
from testing.models import Run
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    PASSWORD,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_content,
    make_live_release,
    make_member,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """A candidate that knows more than the live release, and cases about both."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent)
    make_candidate(agent, make_content(RETURNS, WASHING))
    make_case(agent)
    make_case(agent, "How do I wash my down jacket?", expected_facts=[WASHING.body])
    return agent


@pytest.fixture
def page(agent: Agent, browser_page: "Page") -> "Page":
    """A browser in which the manager has logged in."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    return browser_page


def work_apart(run: Run) -> None:
    """Work a run in a thread of its own: the browser's event loop runs in the test's."""
    work_results(run, lambda: NOW)
    connection.close()


def test_a_manager_sees_the_price_starts_a_run_and_reads_the_answers(
    agent: Agent, page: "Page"
) -> None:
    suite = suite_of(agent, "regression", NOW)
    page.goto(f"/acme/bot/tests/suites/{suite.pk}/")
    page.wait_for_selector("#price :text('12 trials, against release 1')")
    page.fill("[name=trials]", "2")
    page.press("[name=trials]", "Tab")
    page.wait_for_selector("#price :text('8 trials, against release 1')")
    page.click("button:has-text('Start')")
    page.wait_for_selector("h1:has-text('Release 2 against 1')")
    assert page.locator("[data-case]:has-text('2 of 2 → 2 of 2')").count() == 1
    assert page.locator("[data-case]:has-text('0 of 2 → 2 of 2')").count() == 1
    page.click("summary:has-text('Answers to How do I wash')")
    page.wait_for_selector(
        "section[aria-label='Trial 2'] >> text=Wash down jackets at 30 degrees >> nth=0"
    )
    page.click("nav.tabs a:has-text('Fixed')")
    assert page.locator("[data-case]").count() == 1


def test_the_progress_follows_the_work_and_ends_with_the_result(agent: Agent, page: "Page") -> None:
    suite = suite_of(agent, "regression", NOW)
    release = agent.releases.get(number=2)
    run = start_run(suite, release, at=NOW, baseline=agent.live_release(), trials=1)
    page.goto(f"/acme/bot/tests/runs/{run.pk}/")
    assert page.locator("#progress").inner_text().startswith("0 of 4 trials")
    worker = Thread(target=work_apart, args=(run,))
    worker.start()
    worker.join()
    page.wait_for_selector("h1 .badge:has-text('Done')")
    assert page.locator("#progress").inner_text().startswith("4 of 4 trials")
    assert Run.objects.get().state == "done"


def test_cases_are_walked_opened_and_filtered_by_key(agent: Agent, page: "Page") -> None:
    suite = suite_of(agent, "regression", NOW)
    release = agent.releases.get(number=2)
    run = start_run(suite, release, at=NOW, baseline=agent.live_release(), trials=1)
    worker = Thread(target=work_apart, args=(run,))
    worker.start()
    worker.join()
    page.goto(f"/acme/bot/tests/runs/{run.pk}/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "wash my down jacket" in page.locator("[data-case].current").inner_text()
    page.keyboard.press("k")
    assert "return an unworn" in page.locator("[data-case].current").inner_text()
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector("[data-case].current section[aria-label='Trial 1']")
    page.keyboard.press("f")
    page.wait_for_url("**/?show=regressed")
    assert page.locator("text=No case of this run got worse.").count() == 1
    page.keyboard.press("f")
    page.wait_for_url("**/?show=fixed")
    assert page.locator("[data-case]").count() == 1
    page.keyboard.press("/")
    page.keyboard.type("zebra")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=zebra**")
    assert page.locator("text=No such cases").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_fits_a_phone(agent: Agent, page: "Page", scheme: Literal["light", "dark"]) -> None:
    suite = suite_of(agent, "regression", NOW)
    release = agent.releases.get(number=2)
    run = start_run(suite, release, at=NOW, baseline=agent.live_release(), trials=1)
    worker = Thread(target=work_apart, args=(run,))
    worker.start()
    worker.join()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 780})
    for address in (f"runs/{run.pk}/", f"runs/{run.pk}/grader/"):
        page.goto(f"/acme/bot/tests/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
