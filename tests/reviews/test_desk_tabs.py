"""The desk in a real browser where something goes wrong: two tabs, no network, refused verdicts."""

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import User
from reviews.models import Draft, Queue, QueueItem, RootCause, Verdict
from reviews.queue.claims import LEASE, claim_next
from tests.reviews.desk_pages import (
    CRITERIA,
    desk_url,
    given,
    log_in,
    make_desk,
    open_desk,
    press,
    shown,
    submit,
)
from tests.reviews.material import make_reviewer

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def queue(transactional_db: None) -> Queue:
    """Four items for ada: one flagged, three blind."""
    return make_desk(4)


def second_tab(page: "Page", queue: Queue) -> "Page":
    """Another tab of the same person, with its next item fetched."""
    other = page.context.new_page()
    with other.expect_response("**/ahead/"):
        other.goto(desk_url(queue.agent))
    other.locator(".criterion.current").wait_for()
    return other


def notice(page: "Page") -> str:
    page.locator(".desk-notice").wait_for()
    return page.locator(".desk-notice").inner_text()


def asks_before_leaving(page: "Page") -> bool:
    """Whether the browser would ask before the page is left."""
    return page.evaluate("() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_the_next_item_is_there_before_the_verdict_is_sent(
    queue: Queue, browser_page: "Page"
) -> None:
    page = browser_page
    open_desk(page, queue.agent)
    first, waiting = shown(page), []
    page.route("**/decide/", lambda route: waiting.append(route))
    press(page, "a", "Control+Enter")
    page.wait_for_function("before => window.desk.root().dataset.item !== before", arg=first)
    assert page.locator("#last").inner_text().startswith("Sending the verdict")
    assert page.evaluate("document.activeElement.id") == "desk"
    assert page.url.endswith(f"/items/{shown(page)}/")
    press(page, "f")
    assert not Verdict.objects.exists()
    waiting[0].continue_()
    page.get_by_text("Before this:").wait_for()
    assert "1 of 4" in page.locator("#progress").inner_text()
    assert given(page, "resolved") == "fail"
    assert Verdict.objects.get().item_id == int(first)


def test_a_refused_verdict_comes_back_with_its_answers_and_the_reason(
    queue: Queue, browser_page: "Page", forgiven: list[str]
) -> None:
    page = browser_page
    forgiven.append("status of 422")
    open_desk(page, queue.agent)
    first = shown(page)
    press(page, "a", "r")
    page.keyboard.type("privacy")
    press(page, "Enter", "Escape")
    RootCause.objects.all().delete()
    waiting: list[object] = []
    page.route("**/decide/", lambda route: waiting.append(route))
    press(page, "Control+Enter")
    page.wait_for_function("before => window.desk.root().dataset.item !== before", arg=first)
    second = shown(page)
    press(page, "n")
    waiting[0].continue_()  # type: ignore[attr-defined]
    assert "not a root cause of this workspace" in notice(page)
    page.unroute("**/decide/")
    assert shown(page) == first
    assert page.url.endswith(f"/items/{first}/")
    assert page.input_value("#root-cause") == "privacy"
    assert given(page, "grounded") == "fail"
    press(page, "r", "Delete", "Tab")
    submit(page)
    assert shown(page) == second
    assert given(page, "resolved") == "na"
    assert Verdict.objects.get().root_cause == ""


def test_without_a_network_nothing_typed_is_lost(
    queue: Queue, browser_page: "Page", forgiven: list[str]
) -> None:
    page = browser_page
    forgiven.append("ERR_INTERNET_DISCONNECTED")
    open_desk(page, queue.agent)
    first = shown(page)
    page.context.set_offline(True)
    press(page, "a", "w")
    page.keyboard.type("kept")
    page.get_by_text("Not saved – trying again").wait_for()
    assert asks_before_leaving(page)
    press(page, "Control+Enter")
    assert "no connection" in notice(page)
    assert shown(page) == first
    assert page.input_value("#note") == "kept"
    page.context.set_offline(False)
    page.get_by_text("Draft saved").wait_for()
    assert not asks_before_leaving(page)
    assert Draft.objects.get(item=int(first)).data["note"] == "kept"
    submit(page)
    assert Verdict.objects.get().note == "kept"


def test_who_was_logged_out_logs_in_elsewhere_and_goes_on(
    queue: Queue, browser_page: "Page", forgiven: list[str]
) -> None:
    page = browser_page
    forgiven.append("status of 40")  # 403, until the page has the new token
    open_desk(page, queue.agent)
    page.context.clear_cookies()
    press(page, "a", "w")
    page.keyboard.type("kept")
    page.get_by_text("trying again").wait_for()
    press(page, "Control+Enter")
    assert "you are logged out" in notice(page)
    other = page.context.new_page()
    log_in(other)
    other.close()
    page.get_by_text("Draft saved").wait_for()
    submit(page)
    assert Verdict.objects.get().note == "kept"


def test_verdicts_given_quickly_are_sent_in_order_and_once(
    queue: Queue, browser_page: "Page"
) -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "a", "Control+Enter", *("p" * CRITERIA), "Control+Enter", "Control+Enter")
    page.wait_for_function("() => !window.desk.busy")
    assert "2 of 4" in page.locator("#progress").inner_text()
    assert [v.item.position for v in Verdict.objects.order_by("pk") if v.item] == [0, 1]


def test_an_item_somebody_else_took_is_not_decided_twice(
    queue: Queue, browser_page: "Page", forgiven: list[str]
) -> None:
    page = browser_page
    forgiven.append("status of 409")
    open_desk(page, queue.agent)
    ben = make_reviewer(queue.agent, "ben")
    assert claim_next(queue.agent, ben, timezone.now() + 2 * LEASE) is not None
    first = shown(page)
    press(page, "a", "Control+Enter")
    assert "Somebody else has this conversation now" in notice(page)
    assert not Verdict.objects.exists()
    with page.expect_navigation():
        press(page, "l")
    assert shown(page) != first


def test_two_tabs_show_one_item_and_the_older_does_not_write_over_the_newer(
    queue: Queue, browser_page: "Page"
) -> None:
    page = browser_page
    open_desk(page, queue.agent)
    other = second_tab(page, queue)
    assert shown(page) == shown(other)
    assert "open in another tab" in notice(other)
    with page.expect_response("**/draft/"):
        press(page, "p")
    assert "edited in another tab" in notice(other)
    press(other, "f", "Control+Enter")
    assert "edited in another tab" in notice(other)
    assert not Verdict.objects.exists()
    with other.expect_navigation():
        press(other, "l")
    other.locator(".criterion.current").wait_for()
    assert given(other, "resolved") == "pass"
    working = QueueItem.objects.filter(state="claimed", ahead=False)
    assert [str(item.pk) for item in working] == [shown(page)]


def test_a_tab_may_keep_its_own_text(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    other = second_tab(page, queue)
    with page.expect_response("**/draft/"):
        press(page, "p")
    notice(other)
    press(other, "f")
    with other.expect_response("**/draft/"):
        press(other, "o")
    assert Draft.objects.get().data["verdict-resolved"] == "fail"
    assert "edited in another tab" in notice(page)


def test_deciding_in_one_tab_tells_the_other(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    other = second_tab(page, queue)
    press(page, "a")
    submit(page)
    assert "You have decided this conversation in another tab" in notice(other)
    press(other, "a", "Control+Enter")
    with other.expect_navigation():
        press(other, "l")
    assert shown(other) == shown(page)
    assert Verdict.objects.count() == 1


def test_two_tabs_may_work_on_two_items(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    other = second_tab(page, queue)
    notice(other)
    with other.expect_navigation():
        press(other, "o")
    other.locator(".criterion.current").wait_for()
    assert shown(other) != shown(page)
    press(page, "a")
    submit(page)
    press(other, *("p" * CRITERIA))
    submit(other)
    assert Verdict.objects.values("item").distinct().count() == 2


def test_back_shows_the_item_before_with_its_verdict(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "a")
    submit(page)
    press(page, *("p" * CRITERIA))
    second = shown(page)
    submit(page)
    with page.expect_navigation():
        page.go_back()
    page.get_by_role("heading", name="Verdict and judge").wait_for()
    assert page.url.endswith(f"/items/{second}/")
    page.go_forward()
    page.locator(".criterion.current").wait_for()
    assert Verdict.objects.count() == 2


def test_leaving_gives_back_what_was_ahead(queue: Queue, browser_page: "Page") -> None:
    page, ada = browser_page, User.objects.get(username="ada")
    open_desk(page, queue.agent)
    assert queue.items.filter(ahead=True, claimed_by=ada).count() == 1
    page.goto(f"/{queue.agent.workspace.slug}/{queue.agent.slug}/")
    for _ in range(300):  # a beacon is sent behind the page's back
        if queue.counts()["claimed"] == 1:
            break
        page.wait_for_timeout(100)
    assert list(queue.items.filter(state="claimed").values_list("ahead", flat=True)) == [False]
