"""A suite in a real browser: cases changed by key, undone, and a file looked at first."""

from typing import TYPE_CHECKING

import pytest

from accounts.models import Role
from context.models import Agent
from testing.cases.suites import suite_of
from testing.models import Case
from tests.make import NOW, PASSWORD, make_agent, make_case, make_live_release, make_member

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """Three drafts, the newest of which is listed first."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_live_release(agent)
    for question in ("First?", "Second?", "Third?"):
        make_case(agent, question, status="draft", tags=["new"])
    return agent


@pytest.fixture
def page(agent: Agent, browser_page: "Page") -> "Page":
    """The suite's page, in which the manager has logged in."""
    browser_page.goto("/login/")
    browser_page.fill("[name=username]", "ada")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("button.primary")
    browser_page.wait_for_selector("main h1")
    suite = suite_of(agent, "regression", NOW)
    browser_page.goto(f"/acme/bot/tests/suites/{suite.pk}/")
    browser_page.wait_for_selector("tbody tr")
    return browser_page


def statuses() -> dict[str, str]:
    return dict(Case.objects.values_list("question", "status"))


def test_cases_are_chosen_and_approved_by_key_and_it_is_undone(page: "Page") -> None:
    for key in ("j", "x", "x"):
        page.keyboard.press(key)
    assert page.locator("tbody input:checked").count() == 2
    page.keyboard.press("a")
    page.wait_for_selector(".flash:has-text('2 cases approved.')")
    assert statuses() == {"First?": "draft", "Second?": "approved", "Third?": "approved"}
    page.keyboard.press("u")
    page.wait_for_selector(".flash:has-text('Undone: 2 cases as before.')")
    assert set(statuses().values()) == {"draft"}


def test_an_action_means_the_current_row_where_none_is_chosen(page: "Page") -> None:
    for key in ("j", "j", "k", "j", "Shift+R"):
        page.keyboard.press(key)
    page.wait_for_selector(".flash:has-text('1 case retired.')")
    assert statuses() == {"First?": "draft", "Second?": "retired", "Third?": "draft"}


def test_a_case_is_opened_made_and_searched_by_key(page: "Page") -> None:
    page.keyboard.press("/")
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    page.wait_for_selector("tbody tr:only-child:has-text('Second?')")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector("h1:has-text('Second?')")
    page.go_back()
    page.wait_for_selector("tbody tr")
    page.keyboard.press("n")
    page.wait_for_selector("h1:has-text('New case')")


def test_a_tag_is_given_to_all_cases_of_the_page(page: "Page") -> None:
    page.keyboard.press("*")
    page.keyboard.press("m")
    page.fill("#act-tag", "checked")
    page.click("button[value=tag]")
    page.wait_for_selector(".flash:has-text('3 cases tagged.')")
    assert all(case.tags == ["new", "checked"] for case in Case.objects.all())


def test_a_file_is_looked_at_before_it_is_brought_in(page: "Page") -> None:
    page.click("summary:has-text('Import cases')")
    text = "question,rubric\nWhere is it?,kind\n,none\n"
    file = {"name": "cases.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("[name=file]", file)  # type: ignore[arg-type]
    page.click("button:has-text('Look at the file')")
    page.wait_for_selector("h2:has-text('Cannot be brought in')")
    assert page.locator("td:has-text('Line 3')").count() == 1
    assert Case.objects.count() == 3
    page.click("button:has-text('Bring in 1 case')")
    page.wait_for_selector(".flash:has-text('cases.csv: 1 created.')")
    assert Case.objects.get(question="Where is it?").rubric == "kind"
