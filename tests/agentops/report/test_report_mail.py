"""Letters to a real SMTP server: once each, tried again when refused, never twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from agentops.report.deliver import deliver, mail_waits
from agentops.report.keeping import keep_report
from agentops.report.weekly import post, tell_week
from context.models import Agent, MailDelivery, ReportRecipient, WeeklyReport
from tests.make import PASSWORD, make_agent
from tests.pages.loop import make_loop
from tests.services.mail import Postbox

MONDAY = date(2026, 11, 16)
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent with two weeks of everything and two recipients."""
    agent = make_loop(LATER)
    for address in ("head@acme.example", "ops@acme.example"):
        add(agent, address)
    return agent


def add(agent: Agent, address: str, **changed: bool) -> ReportRecipient:
    """A recipient of the weekly report."""
    return ReportRecipient.objects.create(
        agent=agent, address=address, added_at=LATER, **{"weekly": True, **changed}
    )


def now() -> datetime:
    """A moment at which the letters are sent."""
    return LATER


def test_the_week_goes_to_everybody_on_the_list_once(agent: Agent, postbox: Postbox) -> None:
    tell_week(agent, LATER)
    assert mail_waits(LATER)
    assert deliver(now) == 2
    tell_week(agent, LATER + timedelta(hours=1))
    assert deliver(now) == 0
    assert sorted(to for [to], _ in postbox.letters) == ["head@acme.example", "ops@acme.example"]
    assert {row.state for row in MailDelivery.objects.all()} == {"done"}


def test_a_letter_is_text_and_page_with_charts_and_a_way_out(
    agent: Agent, postbox: Postbox
) -> None:
    post(keep_report(agent, MONDAY, LATER), LATER)
    deliver(now)
    _, letter = postbox.letters[0]
    assert letter["Subject"] == "Bot, week 2026-W47 (provisional)"
    text = letter.get_body(("plain",))
    page = letter.get_body(("html",))
    assert text is not None and "28 conversations came in" in text.get_content()
    assert page is not None and 'src="cid:rates"' in page.get_content()
    kinds = [part.get_content_type() for part in letter.walk()]
    assert kinds.count("image/png") >= 1
    assert "application/pdf" in kinds
    pictures = {part["Content-ID"] for part in letter.walk() if part["Content-ID"]}
    assert "<rates>" in pictures
    assert letter["List-Unsubscribe"].strip().startswith("<http://localhost:8000/unsubscribe/")
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_server_that_is_busy_is_asked_again_later(agent: Agent, postbox: Postbox) -> None:
    ReportRecipient.objects.filter(address__startswith="ops").delete()
    post(keep_report(agent, MONDAY, LATER), LATER)
    postbox.codes = ["451 try later"]
    assert deliver(now) == 0
    row = MailDelivery.objects.get()
    assert (row.state, row.attempts) == ("pending", 1)
    assert "451 try later" in row.error
    assert deliver(now) == 0, "not before its time"
    assert deliver(lambda: LATER + timedelta(minutes=2)) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("done", 2, "")


def test_a_letter_refused_for_good_is_shown_and_sent_when_asked(
    agent: Agent, postbox: Postbox
) -> None:
    ReportRecipient.objects.filter(address__startswith="ops").delete()
    post(keep_report(agent, MONDAY, LATER), LATER)
    postbox.codes = ["554 no such mailbox"]
    deliver(now)
    row = MailDelivery.objects.get()
    assert (row.state, row.error) == ("failed", "554 no such mailbox")
    assert row.again()
    assert deliver(now) == 1


def test_a_server_that_is_away_is_asked_until_the_last_wait(
    agent: Agent, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ReportRecipient.objects.filter(address__startswith="ops").delete()
    post(keep_report(agent, MONDAY, LATER), LATER)
    moment = LATER
    for _ in range(len(MailDelivery.WAITS) + 1):
        deliver(lambda at=moment: at)  # type: ignore[misc]
        moment += timedelta(days=1)
    row = MailDelivery.objects.get()
    assert row.state == "failed"
    assert row.error.startswith("given up after 6 attempts: 127.0.0.1 cannot be reached")


def test_a_letter_whose_worker_was_lost_is_not_sent_again_by_itself(
    agent: Agent, postbox: Postbox
) -> None:
    post(keep_report(agent, MONDAY, LATER), LATER)
    row = MailDelivery.objects.filter(address__startswith="head").get()
    assert row.take(LATER)
    assert not row.take(LATER), "only one worker holds it"
    later = LATER + timedelta(minutes=11)
    assert deliver(lambda: later) == 1
    row.refresh_from_db()
    assert row.state == "failed"
    assert "nobody knows whether it arrived" in row.error
    assert [to for to, _ in postbox.letters] == [["ops@acme.example"]]


def test_nothing_is_mailed_without_a_server(agent: Agent, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    post(keep_report(agent, MONDAY, LATER), LATER)
    assert not mail_waits(LATER)
    assert deliver(now) == 0
    assert not mail.outbox
    assert {row.state for row in MailDelivery.objects.all()} == {"pending"}


def test_who_leaves_by_the_link_gets_nothing_more(
    agent: Agent, postbox: Postbox, client: Client
) -> None:
    one = agent.report_recipients.get(address="head@acme.example")
    page = client.get(f"/unsubscribe/{one.token}/")
    assert "head@acme.example" in page.content.decode()
    one.refresh_from_db()
    assert one.unsubscribed_at is None, "opening a link is no decision"
    post(keep_report(agent, MONDAY, LATER), LATER)
    strict = Client(enforce_csrf_checks=True)
    done = strict.post(f"/unsubscribe/{one.token}/", {"List-Unsubscribe": "One-Click"})
    assert "You have left the list" in done.content.decode()
    assert deliver(now) == 1
    assert MailDelivery.objects.get(address=one.address).state == "skipped"


@pytest.mark.parametrize("token", ["nonsense", "1:abc:def"])
def test_a_made_up_link_removes_nobody(agent: Agent, client: Client, token: str) -> None:
    assert client.post(f"/unsubscribe/{token}/").status_code == 404
    assert not agent.report_recipients.exclude(unsubscribed_at=None).exists()


def test_an_agent_without_conversations_is_not_told_of(db: None) -> None:
    agent = make_agent()
    add(agent, "a@b.example")
    assert tell_week(agent, LATER) is None
    assert not WeeklyReport.objects.exists()
    assert not MailDelivery.objects.exists()


def test_a_manager_adds_an_address_and_sends_the_week(
    agent: Agent, client: Client, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.example"
    client.login(username="ada", password=PASSWORD)
    keep_report(agent, MONDAY, timezone.now())
    base = "/acme/bot/report/settings"
    answer = client.post(f"{base}/recipients/", {"address": "New@Acme.example", "weekly": "on"})
    assert answer.status_code == 302
    assert agent.report_recipients.filter(address="new@acme.example").exists()
    assert client.post(f"{base}/recipients/", {"address": "x@y.example"}).status_code == 422
    assert client.post("/acme/bot/report/2026-W47/send/").status_code == 302
    assert MailDelivery.objects.count() == 3
    page = client.get(f"{base}/").content.decode()
    assert "new@acme.example" in page and "waits" in page
    letter = client.get("/acme/bot/report/2026-W47/letter/")
    assert "data:image/png" in letter.content.decode()
