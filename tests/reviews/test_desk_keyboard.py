"""The desk by keyboard alone, in a real browser."""

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import User
from reviews.desk.verdicts import record_verdict
from reviews.disputes.opening import open_dispute, read_again
from reviews.models import Draft, Queue, QueueItem, Verdict
from reviews.queue.claims import claim_next
from testing.models import Case
from tests.reviews.desk_pages import (
    CRITERIA,
    current,
    given,
    make_desk,
    open_desk,
    press,
    said,
    select_text,
    submit,
)
from tests.reviews.material import answers, make_reviewer

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def queue(transactional_db: None) -> Queue:
    """Three items for ada: one flagged, two blind."""
    return make_desk()


def test_a_queue_is_worked_without_the_mouse(queue: Queue, browser_page: "Page") -> None:
    page, ada = browser_page, User.objects.get(username="ada")
    open_desk(page, queue.agent)
    assert page.locator("mark.fail").count() == 1
    press(page, "a")
    assert (given(page, "grounded"), given(page, "tone")) == ("fail", "pass")
    submit(page)
    assert page.locator("mark").count() == 0
    assert "1 of 3" in page.locator("#progress").inner_text()
    press(page, *("p" * (CRITERIA - 1)), "f")
    submit(page)
    assert "differ on Language and tone" in page.locator("#last").inner_text()
    press(page, "n", *("p" * (CRITERIA - 1)))
    submit(page)
    assert page.get_by_role("heading", name="Queue done").is_visible()
    verdicts = list(Verdict.objects.order_by("pk"))
    assert [verdict.passed for verdict in verdicts] == [False, True, True]
    assert [verdict.blind for verdict in verdicts] == [False, True, True]
    assert {verdict.reviewer for verdict in verdicts} == {ada}
    assert verdicts[1].results.get(criterion__key="tone").verdict == "fail"
    assert verdicts[2].results.get(criterion__key="resolved").verdict == "na"
    assert not QueueItem.objects.filter(ahead=True).exists()


def test_thirty_items_in_one_go(transactional_db: None, browser_page: "Page") -> None:
    queue = make_desk(30)
    page = browser_page
    open_desk(page, queue.agent)
    for number in range(30):
        press(page, *("p" * (CRITERIA - 1)), "f" if number % 2 else "p")
        submit(page)
    assert page.get_by_role("heading", name="Queue done").is_visible()
    verdicts = Verdict.objects.filter(withdrawn_at=None)
    assert verdicts.values("item").distinct().count() == verdicts.count() == 30
    failed = verdicts.filter(results__criterion__key="tone", results__verdict="fail")
    assert failed.count() == 15
    assert queue.counts()["done"] == 30


def test_keys_move_and_answer_and_rest_while_typing(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    assert current(page) == "resolved"
    press(page, "j", "j", "k")
    assert current(page) == "grounded"
    assert said(page).startswith(f"Criterion 2 of {CRITERIA}: Facts correct and grounded")
    press(page, "f")
    assert (given(page, "grounded"), current(page)) == ("fail", "policy")
    assert "– fail. Next: Policy" in said(page)
    press(page, "w")
    page.keyboard.type("pjknfauxsegc/?")
    assert page.input_value("#note") == "pjknfauxsegc/?"
    assert given(page, "policy") == ""
    assert page.locator("dialog[open]").count() == 0
    press(page, "Escape", "Control+p", "Alt+p", "Shift+P")
    assert given(page, "policy") == ""
    press(page, "p")
    assert given(page, "policy") == "pass"


def test_keys_rest_while_a_character_is_composed(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    page.evaluate(
        """() => document.body.dispatchEvent(new KeyboardEvent(
            "keydown", { key: "p", bubbles: true, isComposing: true }))"""
    )
    assert given(page, "resolved") == ""


def test_a_key_that_is_held_answers_once(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    for _ in range(4):
        page.keyboard.down("p")
    page.keyboard.up("p")
    assert (given(page, "resolved"), current(page)) == ("pass", "grounded")


def test_disagreeing_turns_the_judge_round_and_asks_why(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "j")
    select_text(page, "customer")
    press(page, "x")
    assert given(page, "grounded") == "pass"
    assert page.evaluate("document.activeElement.id") == "note"
    page.keyboard.type("the text says so")
    assert page.input_value("#note") == "Facts correct and grounded: the text says so"
    assert "How do I return a jacket?" in page.locator(".criterion.current").inner_text()
    press(page, "Escape", "Shift+A")
    assert given(page, "grounded") == "fail"
    assert given(page, "tone") == ""


def test_where_the_judge_is_hidden_a_and_x_say_so(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "a")
    submit(page)
    for key in ("a", "x", "Shift+A"):
        press(page, key)
        assert "The judge is hidden until you have decided" in said(page)
    assert page.locator(".criterion input:checked").count() == 0
    assert page.locator("#said.said").is_visible()


def test_a_root_cause_is_found_by_typing(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "r")
    field = page.get_by_role("combobox", name="Root cause")
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.type("con miss")
    options = page.locator(".listbox").get_by_role("option")
    assert options.all_inner_texts() == ["Missing context"]
    assert "1 root cause" in page.locator(".combobox [role=status]").inner_text()
    active = field.get_attribute("aria-activedescendant")
    assert options.first.get_attribute("id") == active
    press(page, "Enter")
    assert page.input_value("#root-cause") == "missing_context"
    assert field.input_value() == "Missing context"
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("zzz")
    assert "no root causes of this name" in page.locator(".combobox [role=status]").inner_text()
    press(page, "Escape")
    assert field.input_value() == "Missing context"
    press(page, "r", "ArrowDown", "Enter")
    assert page.input_value("#root-cause") not in ("", "missing_context")
    page.keyboard.press("ControlOrMeta+a")
    press(page, "Delete", "Tab")
    assert page.input_value("#root-cause") == ""


def test_a_root_cause_that_was_only_typed_is_saved_too(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "a", "r")
    page.keyboard.type("privacy")
    submit(page)
    assert Verdict.objects.get().root_cause == "privacy"


def test_the_help_lists_the_keys(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "?")
    listed = page.locator("dialog#keys").inner_text()
    for text in (
        "Answer all as the judge did", "Disagree with the judge", "Save and next", "Root cause",
        "Make a test case", "Propose context", "Skip", "Quote the selected text", "Search here",
    ):  # fmt: skip
        assert text in listed
    press(page, "p", "s")
    assert page.locator("dialog[open]").count() == 1
    press(page, "Escape")
    assert not page.locator("dialog#keys").is_visible()
    assert given(page, "resolved") == ""


def test_a_draft_is_saved_and_found_again(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "f", "w")
    with page.expect_response("**/draft/"):
        page.keyboard.type("not so good")
    page.wait_for_function("() => !window.desk.form().dataset.unsaved")
    page.get_by_text("Draft saved").wait_for()
    assert Draft.objects.get().data["note"] == "not so good"
    page.reload()
    page.locator(".criterion.current").wait_for()
    assert page.input_value("#note") == "not so good"
    assert given(page, "resolved") == "fail"
    assert current(page) == "grounded"


def test_a_case_and_a_proposal_are_made_by_key(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "a", "g")
    page.locator("#case-question:focus").wait_for()
    assert page.is_checked("[name=make_case]")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("How do I send it back?")
    press(page, "Tab", "Tab")
    page.keyboard.type("within 30 days")
    press(page, "Escape", "c")
    page.locator("#proposal-title:focus").wait_for()
    page.keyboard.type("Returns")
    press(page, "Tab")
    page.keyboard.type("Returns take 30 days.")
    submit(page)
    case = Case.objects.get()
    assert (case.question, case.expected_facts) == ("How do I send it back?", ["within 30 days"])
    proposal = Verdict.objects.get().proposal
    assert proposal and proposal.title == "Returns"


def test_a_quote_is_taken_from_the_selection(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "e")
    assert "Select a passage" in said(page)
    select_text(page, "customer")
    press(page, "e")
    assert "How do I return a jacket?" in page.locator(".criterion.current").inner_text()
    press(page, "j")
    select_text(page, "ai")
    press(page, "e")
    page.get_by_role("button", name="Remove your quote").last.click()
    press(page, "a")
    submit(page)
    verdict = Verdict.objects.get()
    assert verdict.results.get(criterion__key="resolved").quote == "How do I return a jacket?"
    assert verdict.results.get(criterion__key="grounded").quote == ""


def test_a_skip_takes_a_number_or_words(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, "s")
    with page.expect_navigation():
        press(page, "2")
    assert QueueItem.objects.get(state="skipped").skip_reason == "A test, or spam"
    press(page, "s")
    page.keyboard.type("in Finnish, 2 lines")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    reasons = QueueItem.objects.filter(state="skipped").values_list("skip_reason", flat=True)
    assert "in Finnish, 2 lines" in reasons
    press(page, "s", "Escape")
    assert page.locator("dialog[open]").count() == 0


def test_undo_by_key_brings_the_answers_back(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    press(page, *("p" * CRITERIA))
    submit(page)
    second = page.locator("#desk").get_attribute("data-item")
    with page.expect_navigation():
        page.keyboard.press("u")
    assert Verdict.objects.filter(withdrawn_at=None).count() == 0
    assert given(page, "tone") == "pass"
    submit(page)
    assert Verdict.objects.filter(withdrawn_at=None).count() == 1
    assert page.locator("#desk").get_attribute("data-item") == second


def test_q_puts_everything_back(queue: Queue, browser_page: "Page") -> None:
    page = browser_page
    open_desk(page, queue.agent)
    with page.expect_navigation():
        press(page, "q")
    assert queue.counts()["open"] == 3


def test_a_second_opinion_is_given_with_the_same_keys(queue: Queue, browser_page: "Page") -> None:
    page, agent = browser_page, queue.agent
    now, ben = timezone.now(), make_reviewer(agent, "ben")
    item = claim_next(agent, ben, now)
    assert item is not None
    verdict = record_verdict(item, ben, answers(item), at=now)
    opinion = read_again(
        open_dispute(verdict, ben, "doubt", now), User.objects.get(username="ada"), now
    )
    open_desk(page, agent)
    page.goto(f"/{agent.workspace.slug}/{agent.slug}/desk/opinions/{opinion.pk}/")
    press(page, "x")
    assert "The judge is hidden" in said(page)
    press(page, *("p" * (CRITERIA - 1)), "r")
    page.keyboard.type("tone")
    press(page, "Enter", "Escape", "f", "w")
    page.keyboard.type("too curt")
    page.get_by_text("Draft saved").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    opinion.refresh_from_db()
    assert (opinion.note, opinion.submitted_at is not None) == ("too curt", True)
    assert opinion.results.get(criterion__key="tone").verdict == "fail"


def test_without_scripts_no_key_is_offered(queue: Queue, browser_page: "Page") -> None:
    open_desk(browser_page, queue.agent)
    browser = browser_page.context.browser
    assert browser is not None
    plain = browser.new_context(
        java_script_enabled=False, storage_state=browser_page.context.storage_state()
    ).new_page()
    plain.goto(browser_page.url)
    buttons = plain.locator("#decide button:visible").all_inner_texts()
    assert [text.split("\n")[0] for text in buttons] == ["Save and next"]
    assert plain.locator("summary:has-text('Skip this conversation')").is_visible()
