"""Webhooks out: what is announced is written with the change, signed, sent and sent again."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry
from context.models import Agent, Event, Webhook, WebhookAttempt, WebhookDelivery
from context.releases.checks import record_check
from context.releases.lifecycle import rollback
from context.webhooks.announcements import announce, send_test
from context.webhooks.deliveries import WAITS, deliver, forget_old_deliveries, pause, resume
from context.webhooks.posting import Lookup, Post, fault_of, may_reach, post_all
from context.webhooks.signing import secret_of, signature
from llm.claims import claim
from reviews.queue.sampling import build_queue
from tests.make import NOW, make_agent, make_candidate, make_content, make_live_release
from tests.services.receiver import Receiver, running_receiver

pytestmark = pytest.mark.django_db
ALL = " ".join(Event.values)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A server on this machine, which this installation may send to."""
    settings.WEBHOOKS_ALLOW_HTTP = settings.WEBHOOKS_ALLOW_PRIVATE = True
    with running_receiver() as found:
        yield found


def make_webhook(agent: Agent, url: str = "https://example.com/hook", events: str = ALL) -> Webhook:
    """An active webhook."""
    return Webhook.objects.create(agent=agent, url=url, events=events, created_at=NOW)


def events() -> list[str]:
    """What was announced, oldest first."""
    return list(WebhookDelivery.objects.order_by("id").values_list("event", flat=True))


def at(moment: datetime) -> Any:
    """A clock that stands."""
    return lambda: moment


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What a receiver does, written down from the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{mine}" in headers["webhook-signature"].split(" ")


def test_the_signature_is_that_of_the_specifications_example() -> None:
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_going_live_and_back_a_failed_gate_and_a_drawn_queue_are_announced() -> None:
    agent = make_agent()
    first = make_live_release(agent)
    make_webhook(agent)
    make_live_release(agent, make_content(prompt="Be brief."))
    rollback(agent, NOW, reason="too brief", to=first)
    candidate = make_candidate(agent, make_content(prompt="Be kind."))
    record_check(candidate, "regression", "failed", "3 cases lost", at=NOW)
    build_queue(agent, date(2026, 11, 18), NOW)
    assert events() == ["release.published", "release.rolled_back", "gate.failed", "queue.ready"]
    back = json.loads(WebhookDelivery.objects.get(event="release.rolled_back").body)
    assert back["type"] == "release.rolled_back"
    assert back["timestamp"] == "2026-11-18T12:00:00Z"
    assert back["data"] == {
        "workspace": "acme",
        "agent": "bot",
        "number": first.number,
        "content_hash": first.content_hash,
        "note": "",
        "by": None,
        "reason": "too brief",
    }


def test_a_gate_that_stays_shut_is_announced_once_and_a_check_that_is_not_asked_for_never() -> None:
    agent = make_agent()
    make_webhook(agent)
    candidate = make_candidate(agent, make_content())
    record_check(candidate, "spelling", "failed", "2 words", at=NOW)
    assert events() == []
    for summary in ("3 cases lost", "4 cases lost"):
        record_check(candidate, "regression", "failed", summary, at=NOW)
    assert events() == ["gate.failed"]
    record_check(candidate, "regression", "pending", "is run again", at=NOW)
    record_check(candidate, "regression", "failed", "4 cases lost", at=NOW)
    assert events() == ["gate.failed"] * 2


def test_only_active_webhooks_that_want_an_event_hear_of_it_and_with_one_id() -> None:
    agent = make_agent()
    wants = [make_webhook(agent), make_webhook(agent, events="queue.ready report.weekly")]
    make_webhook(agent, events="gate.failed")
    pause(make_webhook(agent))
    assert announce(agent, Event.WEEKLY_REPORT, {"week": "2026-W47"}, NOW) == 2
    rows = WebhookDelivery.objects.order_by("id")
    assert [row.webhook for row in rows] == wants
    assert len({row.message_id for row in rows}) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_announced() -> None:
    agent = make_agent()
    make_webhook(agent)
    with pytest.raises(RuntimeError), transaction.atomic():
        announce(agent, Event.WEEKLY_REPORT, {}, NOW)
        raise RuntimeError
    assert events() == []


def test_a_message_arrives_signed_and_its_attempt_is_kept(receiver: Receiver) -> None:
    agent = make_agent()
    webhook = make_webhook(agent, receiver.url)
    announce(agent, Event.WEEKLY_REPORT, {"week": "2026-W47", "wörter": "schön"}, NOW)
    assert deliver(at(NOW)) == 1
    [(headers, body)] = receiver.received
    row = WebhookDelivery.objects.get()
    assert verified(secret_of(webhook.salt), headers, body)
    assert not verified(secret_of("another"), headers, body)
    assert body.decode() == row.body
    assert headers["webhook-id"] == row.message_id
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert (row.state, row.delivered_at) == ("done", NOW)
    attempt = WebhookAttempt.objects.get()
    assert (attempt.response_code, attempt.response_text) == (200, "thank you")
    assert deliver(at(NOW)) == 0


def test_a_refused_message_waits_longer_each_time_and_keeps_its_id(receiver: Receiver) -> None:
    agent = make_agent()
    make_webhook(agent, receiver.url)
    announce(agent, Event.QUEUE_READY, {}, NOW)
    receiver.statuses = [500, 503]
    deliver(at(NOW))
    assert deliver(at(NOW + timedelta(seconds=59))) == 0
    deliver(at(NOW + timedelta(minutes=1)))
    assert deliver(at(NOW + timedelta(minutes=5))) == 0
    deliver(at(NOW + timedelta(minutes=6)))
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert len({body for _, body in receiver.received}) == 1
    codes = WebhookAttempt.objects.values_list("response_code", flat=True)
    assert list(codes) == [500, 503, 200]
    row = WebhookDelivery.objects.get()
    assert (row.state, row.error) == ("done", "")
    assert Webhook.objects.get().failing_since is None


def test_a_webhook_that_fails_for_a_day_is_disabled_with_a_note_and_resumed_by_hand(
    receiver: Receiver,
) -> None:
    agent = make_agent()
    webhook = make_webhook(agent, receiver.url)
    announce(agent, Event.QUEUE_READY, {}, NOW)
    receiver.statuses = [500] * 100
    moment = NOW
    for wait in (timedelta(0), *WAITS):
        moment += wait
        assert deliver(at(moment)) == 1
    webhook.refresh_from_db()
    assert (webhook.status, webhook.status_reason) == (
        "disabled",
        "nothing was accepted for a day",
    )
    assert WebhookDelivery.objects.get().state == "failed"
    assert AuditEntry.objects.get().action == "webhook.disabled"
    assert announce(agent, Event.QUEUE_READY, {}, moment) == 0
    resume(webhook)
    receiver.statuses = []
    assert WebhookDelivery.objects.get().send_again()
    assert deliver(at(moment)) == 1
    assert WebhookDelivery.objects.get().state == "done"


def test_one_lost_message_among_accepted_ones_disables_nothing(receiver: Receiver) -> None:
    agent = make_agent()
    make_webhook(agent, receiver.url)
    announce(agent, Event.QUEUE_READY, {}, NOW)
    moment = NOW
    for wait in (timedelta(0), *WAITS):
        moment += wait
        receiver.statuses = [500]
        deliver(at(moment))
        announce(agent, Event.WEEKLY_REPORT, {}, moment)
        deliver(at(moment))
    assert Webhook.objects.get().status == "active"
    assert WebhookDelivery.objects.get(event="queue.ready").state == "failed"


def test_a_receiver_that_is_gone_is_asked_no_more(receiver: Receiver) -> None:
    agent = make_agent()
    make_webhook(agent, receiver.url)
    receiver.statuses = [410]
    announce(agent, Event.QUEUE_READY, {}, NOW)
    announce(agent, Event.WEEKLY_REPORT, {}, NOW)
    deliver(at(NOW))
    assert Webhook.objects.get().status == "disabled"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    agent = make_agent()
    make_webhook(agent, receiver.url)
    receiver.statuses, receiver.location = [302], receiver.url
    announce(agent, Event.QUEUE_READY, {}, NOW)
    deliver(at(NOW))
    assert len(receiver.received) == 1
    assert WebhookDelivery.objects.get().error == "answered 302"


def test_a_worker_that_dies_leaves_a_message_that_is_sent_again_with_its_id(
    receiver: Receiver,
) -> None:
    agent = make_agent()
    make_webhook(agent, receiver.url)
    announce(agent, Event.QUEUE_READY, {}, NOW)
    rows = WebhookDelivery.objects.all()
    [held] = claim(rows, now=NOW, lease=timedelta(minutes=2), limit=1, worker="dead")
    assert deliver(at(NOW + timedelta(minutes=1))) == 0
    assert deliver(at(NOW + timedelta(minutes=2))) == 1
    assert receiver.received[0][0]["webhook-id"] == held.message_id


def test_both_secrets_sign_for_a_day_after_a_rotation(receiver: Receiver) -> None:
    agent = make_agent()
    webhook = make_webhook(agent, receiver.url)
    old = secret_of(webhook.salt)
    webhook.rotate(NOW)
    new = secret_of(webhook.salt)
    assert old != new
    for hours, holds in ((23, True), (24, False)):
        moment = NOW + timedelta(hours=hours)
        announce(agent, Event.QUEUE_READY, {}, moment)
        deliver(at(moment))
        headers, body = receiver.received[-1]
        assert verified(new, headers, body)
        assert verified(old, headers, body) == holds


def test_a_test_is_sent_once_even_to_a_paused_webhook(receiver: Receiver) -> None:
    webhook = make_webhook(make_agent(), receiver.url)
    pause(webhook)
    receiver.statuses = [500]
    delivery = send_test(webhook, NOW)
    deliver(at(NOW))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("failed", "answered 500")
    webhook.refresh_from_db()
    assert webhook.failing_since is None


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
        "fd00::1",
        "2002:7f00:1::",
        "0.0.0.0",
    ],
)
def test_a_private_address_is_not_reached(address: str) -> None:
    assert not may_reach(address)


def test_a_public_address_is_reached() -> None:
    assert may_reach("93.184.216.34")
    assert may_reach("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://example.com/hook", ""),
        ("http://example.com/hook", "must begin with https://"),
        ("ftp://example.com/", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://user:word@example.com/", "must not hold a user name or password"),
        ("https://10.1.2.3/", "leads into a private network"),
        ("https://[::1]/", "leads into a private network"),
        ("https://localhost/", "leads into a private network"),
        ("https://example.com:99999/", "is no web address"),
    ],
)
def test_an_address_is_judged_when_it_is_entered(url: str, fault: str) -> None:
    assert fault_of(url) == fault


def test_a_name_that_leads_into_a_private_network_is_refused_when_it_is_used(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    for host in ("localhost", "127.0.0.1", "0x7f.1"):
        [answer] = post_all([Post(receiver.url.replace("127.0.0.1", host), {}, b"{}")])
        assert answer.status is None
    assert receiver.received == []
    with pytest.raises(OSError, match="leads into a private network"):
        async_to_sync(Lookup().resolve)("localhost")


def test_old_messages_are_forgotten_but_not_those_under_way() -> None:
    agent = make_agent()
    make_webhook(agent)
    for _ in range(2):
        announce(agent, Event.QUEUE_READY, {}, NOW)
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.first().pk).update(state="done")  # type: ignore[union-attr]
    forget_old_deliveries(agent, NOW + timedelta(days=29))
    assert WebhookDelivery.objects.count() == 2
    forget_old_deliveries(agent, NOW + timedelta(days=31))
    assert [row.state for row in WebhookDelivery.objects.all()] == ["pending"]
