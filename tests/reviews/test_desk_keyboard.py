"""The desk by keyboard alone, in a real browser."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import User
from context.models import Agent
from reviews.models import Draft, Flag, Queue, QueueItem, Verdict
from reviews.sampling import build_queue
from testing.models import Case
from tests.make import PASSWORD, make_agent
from tests.reviews.material import make_reviewer, make_reviews

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
CRITERIA = 9


@pytest.fixture
def queue(transactional_db: None) -> Queue:
    """Three items for ada: one flagged, two blind."""
    agent = make_agent(queue_capacity=3)
    make_reviewer(agent, "ada")
    today = agent.local_date(timezone.now())
    reviews = make_reviews(agent, [1, 5, 5], today - timedelta(days=1))
    Flag.objects.create(
        conversation=reviews[0].conversation,
        kind=Flag.Kind.LOW_CSAT,
        detail="CSAT 1",
        created_at=timezone.now() - timedelta(minutes=1),
    )
    return build_queue(agent, today, timezone.now())


def open_desk(page: "Page", agent: Agent) -> None:
    page.goto("/login/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"/{agent.workspace.slug}/{agent.slug}/desk/")
    page.locator(".criterion.current").wait_for()


def press(page: "Page", *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def submit(page: "Page") -> None:
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")


def current(page: "Page") -> str:
    return page.locator(".criterion.current").get_attribute("data-criterion") or ""


def given(page: "Page", key: str) -> str:
    return page.evaluate(
        f"""document.querySelector('input[name="verdict-{key}"]:checked')?.value ?? ''"""
    )


def test_a_queue_is_worked_without_the_mouse(queue: Queue, browser_page: "Page") -> None:
    page, ada = browser_page, User.objects.get(username="ada")
    open_desk(page, queue.agent)
    assert page.locator("mark.fail").count() == 1
    press(page, "a")
    assert (given(page, "grounded"), given(page, "tone")) == ("fail", "pass")
    submit(page)
    assert page.locator("mark").count() == 0
    assert page.locator("[data-desk=accept]").count() == 0
    press(page, *("p" * (CRITERIA - 1)), "f")
    submit(page)
    press(page, "n", *("p" * (CRITERIA - 1)))
    submit(page)
    assert page.get_by_role("heading", name="Queue done").is_visible()
    verdicts = list(Verdict.objects.order_by("pk"))
    assert [verdict.passed for verdict in verdicts] == [False, True, True]
    assert {verdict.reviewer for verdict in verdicts} == {ada}
    assert verdicts[1].results.get(criterion__key="tone").verdict == "fail"
    assert verdicts[2].results.get(criterion__key="resolved").verdict == "na"


def test_keys_move_and_answer_and_rest_while_typing(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    assert current(page) == "resolved"
    press(page, "j", "j", "k")
    assert current(page) == "grounded"
    press(page, "f")
    assert (given(page, "grounded"), current(page)) == ("fail", "policy")
    press(page, "w")
    page.keyboard.type("pjknfau")
    assert page.input_value("#note") == "pjknfau"
    assert given(page, "policy") == ""
    press(page, "Escape", "p")
    assert given(page, "policy") == "pass"
    press(page, "r")
    assert page.evaluate("document.activeElement.id") == "root-cause"
    page.keyboard.type("Privacy")
    assert page.input_value("#root-cause") == "privacy"


def test_the_help_lists_the_keys(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "?")
    listed = page.locator("dialog#keys").inner_text()
    for text in ("Accept the judge's answers", "Save and next", "Root cause", "Make a test case"):
        assert text in listed
    press(page, "Escape")
    assert not page.locator("dialog#keys").is_visible()


def test_a_draft_is_saved_and_found_again(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "f", "w")
    page.keyboard.type("not so good")
    page.get_by_text("Draft saved").wait_for()
    page.wait_for_timeout(1500)
    assert Draft.objects.get().data["note"] == "not so good"
    page.reload()
    page.locator(".criterion.current").wait_for()
    assert page.input_value("#note") == "not so good"
    assert given(page, "resolved") == "fail"
    assert current(page) == "grounded"


def test_a_case_is_made_by_key(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "a", "g")
    page.locator("#case-question:focus").wait_for()
    assert page.is_checked("[name=make_case]")
    page.fill("#case-question", "How do I send it back?")
    page.fill("#case-facts", "within 30 days")
    submit(page)
    case = Case.objects.get()
    assert (case.question, case.expected_facts) == ("How do I send it back?", ["within 30 days"])


def test_a_quote_is_taken_from_the_selection(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    page.evaluate(
        """() => {
            const text = document.querySelector('.message[data-author=customer] .text');
            getSelection().selectAllChildren(text);
        }"""
    )
    press(page, "e")
    assert "How do I return a jacket?" in page.locator(".criterion.current").inner_text()
    press(page, "a")
    submit(page)
    verdict = Verdict.objects.get()
    assert verdict.results.get(criterion__key="resolved").quote == "How do I return a jacket?"


def test_skip_and_undo_by_key(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "s")
    page.keyboard.type("in Finnish")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert QueueItem.objects.get(state="skipped").skip_reason == "in Finnish"
    press(page, *("p" * CRITERIA))
    submit(page)
    assert Verdict.objects.filter(withdrawn_at=None).count() == 1
    with page.expect_navigation():
        page.keyboard.press("u")
    assert Verdict.objects.filter(withdrawn_at=None).count() == 0
    assert given(page, "tone") == "pass"
    submit(page)
    assert Verdict.objects.filter(withdrawn_at=None).count() == 1
