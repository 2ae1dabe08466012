"""The desk by mouse, by touch at the width of a phone, and as a screen reader is told it."""

from typing import TYPE_CHECKING

import pytest

from reviews.models import Queue, Verdict
from tests.reviews.desk_pages import (
    CRITERIA,
    given,
    make_desk,
    open_desk,
    press,
    said,
    select_text,
    shown,
    submit,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
NAMELESS = """() => Array.from(document.querySelectorAll(
    "button, a, input, select, textarea, summary".split(", ").map(one => "main " + one).join()))
  .filter(one => one.getClientRects().length && one.type !== "hidden")
  .filter(one => !one.textContent.trim() && !one.getAttribute("aria-label"))
  .filter(one => !(one.labels && one.labels.length))
  .map(one => one.outerHTML.slice(0, 120))"""
TOO_SMALL = """() => Array.from(document.querySelectorAll(
    "#desk :is(button, summary, select, .segmented label, .combobox input), .desk-search button"))
  .filter(one => one.getClientRects().length && !one.matches(".by-key, .hint-only"))
  .filter(one => one.getBoundingClientRect().height < 43.5)
  .map(one => one.outerHTML.slice(0, 120))"""
COARSE = """() => Array.from(document.styleSheets).flatMap(sheet => Array.from(sheet.cssRules))
  .filter(rule => rule.media && /coarse|hover: none/.test(rule.media.mediaText))
  .forEach(rule => { rule.media.mediaText = "all"; })"""


@pytest.fixture
def queue(transactional_db: None) -> Queue:
    """Three items for ada: one flagged, two blind."""
    return make_desk()


def test_everything_is_done_by_mouse(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    page.get_by_role("button", name="As the judge", exact=False).first.click()
    grounded = page.get_by_role("group", name="Facts correct and grounded, critical")
    grounded.get_by_role("radio", name="Pass").click()
    select_text(page, "customer")
    page.get_by_role("button", name="Quote for Facts correct and grounded").click()
    page.get_by_role("combobox", name="Root cause").click()
    page.get_by_role("option", name="Privacy").click()
    page.get_by_role("textbox", name="Note").fill("by mouse")
    first = shown(page)
    page.get_by_role("button", name="Save and next").click()
    page.get_by_text("Before this:").wait_for()
    assert shown(page) != first
    verdict = Verdict.objects.get()
    assert (verdict.root_cause, verdict.note, verdict.passed) == ("privacy", "by mouse", True)
    assert verdict.results.get(criterion__key="grounded").quote == "How do I return a jacket?"
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Skip").click()
    with page.expect_navigation():
        page.get_by_role("button", name="A test, or spam").click()


def test_a_screen_reader_is_told_names_roles_and_what_happens(
    queue: Queue, browser_page: "Page"
) -> None:
    page = browser_page
    open_desk(page, queue.agent)
    assert page.evaluate(NAMELESS) == []
    assert page.get_by_role("group", name="critical").count() == 3
    assert page.get_by_role("radio").count() == 3 * CRITERIA
    assert page.get_by_role("progressbar", name="Reviewed today").count() == 1
    press(page, "p")
    assert said(page) == (
        "Criterion 1 of 9: Resolved the actual ask – pass. "
        "Next: Facts correct and grounded, critical"
    )
    press(page, "a")
    submit(page)
    assert page.evaluate("document.activeElement.getAttribute('role')") == "group"
    assert said(page).startswith("Next: Conversation ")
    press(page, "s")
    assert page.get_by_role("dialog", name="Skip this conversation?").is_visible()


def test_tab_reaches_every_answer_and_shows_where_it_is(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    page.locator("[data-desk=disagree]").focus()
    for key in ("resolved", "grounded"):
        for _ in range(3):  # the judge's quote is a link between them
            if page.evaluate("document.activeElement.name") != f"verdict-{key}":
                press(page, "Tab")
        press(page, "Space")
        assert given(page, key) == "pass"
        assert page.locator(".criterion.current").get_attribute("data-criterion") == key
    press(page, "ArrowRight")
    assert given(page, "grounded") == "fail"
    outline = page.evaluate(
        "getComputedStyle(document.activeElement.closest('label')).outlineStyle"
    )
    assert outline == "solid"


def test_the_desk_fits_a_phone(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    page.set_viewport_size({"width": 360, "height": 740})
    open_desk(page, queue.agent)
    assert page.evaluate("scrollY") == 0
    page.evaluate(COARSE)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("link", name="Search").click()
    assert page.evaluate(TOO_SMALL) == []
    press(page, "Escape")
    select_text(page, "customer")
    page.get_by_role("button", name="Quote for Resolved the actual ask").click()
    assert "How do I return a jacket?" in page.locator(".criterion.current").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="As the judge").first.click()
    page.get_by_role("button", name="Save and next").click()
    page.get_by_text("Before this:").wait_for()
    assert Verdict.objects.count() == 1


def test_search_marks_the_words_and_lists_other_conversations(
    queue: Queue, browser_page: "Page"
) -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "/")
    page.keyboard.type("jacket")
    found = page.locator("#desk-found")
    found.get_by_role("link").first.wait_for()
    assert found.get_by_role("link").count() == 3
    matches = page.locator("#desk-matches")
    assert matches.inner_text() == "1 here"
    press(page, "Enter")
    assert matches.inner_text() == "1 of 1 here"
    assert page.evaluate("CSS.highlights.get('found-now').size") == 1
    assert found.get_by_role("link").first.get_attribute("target") == "_blank"
    press(page, "Escape")
    assert not page.locator("#desk-search").is_visible()
    assert page.evaluate("CSS.highlights.get('found').size") == 0
    press(page, "p")
    assert given(page, "resolved") == "pass"
