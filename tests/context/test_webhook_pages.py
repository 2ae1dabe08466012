"""The pages of webhooks: who may do what, what is shown, and what follows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry, Role, User
from context.models import Agent, Event, Webhook, WebhookDelivery
from context.webhooks.announcements import announce
from context.webhooks.signing import secret_of
from tests.make import NOW, PASSWORD, make_agent, make_member, make_workspace
from tests.services.receiver import Receiver, running_receiver

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db
EVENTS = ["release.published", "gate.failed"]


@pytest.fixture
def agent() -> Agent:
    """An agent whose workspace has an admin, a manager and a reviewer."""
    workspace = make_workspace()
    for name, role in [("ada", Role.ADMIN), ("max", Role.MANAGER), ("rita", Role.REVIEWER)]:
        make_member(workspace, name, role)
    return make_agent(workspace)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A server on this machine, which this installation may send to."""
    settings.WEBHOOKS_ALLOW_HTTP = settings.WEBHOOKS_ALLOW_PRIVATE = True
    with running_receiver() as found:
        yield found


def logged_in(name: str) -> Client:
    """A browser in which a person has logged in."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def url(agent: Agent, name: str = "webhooks", *args: object) -> str:
    """The address of a page or action."""
    return reverse(f"context:{name}", args=[agent.workspace.slug, agent.slug, *args])


def add(agent: Agent, address: str = "https://example.com/hook") -> str:
    """Add a webhook as an admin; the page that answers."""
    sent = {"url": address, "events": EVENTS}
    return logged_in("ada").post(url(agent, "add-webhook"), sent).content.decode()


def test_a_secret_is_shown_once(agent: Agent) -> None:
    page = add(agent)
    webhook = Webhook.objects.get()
    secret = secret_of(webhook.salt)
    assert webhook.events == "release.published gate.failed"
    assert page.split('id="secret">')[1].split("<")[0] == secret
    assert secret not in logged_in("ada").get(url(agent, "webhook", webhook.pk)).content.decode()
    renewed = logged_in("ada").post(url(agent, "webhook-step", webhook.pk, "renew"))
    webhook.refresh_from_db()
    assert secret_of(webhook.salt) in renewed.content.decode()
    assert secret_of(webhook.salt) != secret
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["webhook.added", "webhook.secret_renewed"]


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"url": "http://example.com", "events": EVENTS}, "must begin with https://"),
        ({"url": "https://10.0.0.1/", "events": EVENTS}, "leads into a private network"),
        ({"url": "https://example.com", "events": []}, "This field is required"),
        ({"url": "https://example.com", "events": ["test"]}, "is not one of the available"),
    ],
)
def test_what_cannot_be_sent_to_is_refused_at_its_field(
    agent: Agent, sent: dict[str, object], fault: str
) -> None:
    answer = logged_in("ada").post(url(agent, "add-webhook"), sent)
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert not Webhook.objects.exists()


def test_managers_read_and_send_again_and_only_admins_change(agent: Agent) -> None:
    add(agent)
    webhook = Webhook.objects.get()
    announce(agent, Event.PUBLISHED, {"number": 7}, NOW)
    message = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state="failed", error="answered 500")
    manager = logged_in("max")
    for page in (url(agent), url(agent, "webhook", webhook.pk), url(agent, "delivery", message.pk)):
        assert manager.get(page).status_code == 200
        assert logged_in("rita").get(page).status_code == 403
    for step in ("pause", "delete", "renew", "test", "change"):
        assert manager.post(url(agent, "webhook-step", webhook.pk, step)).status_code == 403
    assert "answered 500" in manager.get(url(agent, "delivery", message.pk)).content.decode()
    manager.post(url(agent, "send-again", message.pk))
    message.refresh_from_db()
    assert message.state == "pending"


def test_it_is_paused_resumed_changed_and_deleted(agent: Agent) -> None:
    add(agent)
    webhook, ada = Webhook.objects.get(), logged_in("ada")
    for step, status in (("pause", "paused"), ("resume", "active")):
        ada.post(url(agent, "webhook-step", webhook.pk, step))
        webhook.refresh_from_db()
        assert webhook.status == status
    sent = {"url": "https://example.org/", "events": ["queue.ready"]}
    ada.post(url(agent, "webhook-step", webhook.pk, "change"), sent)
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events) == ("https://example.org/", "queue.ready")
    assert ada.post(url(agent, "webhook-step", webhook.pk, "dance")).status_code == 404
    ada.post(url(agent, "webhook-step", webhook.pk, "delete"))
    assert not Webhook.objects.exists()


def test_a_webhook_is_added_tested_and_its_message_read_in_a_browser(
    agent: Agent, receiver: Receiver, browser_page: "Page"
) -> None:
    page = browser_page
    page.goto("/login/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state()
    page.goto(url(agent))
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.locator("#secret").inner_text()
    assert secret.startswith("whsec_")
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("link", name="test", exact=True).click()
    page.get_by_text("thank you").wait_for()
    assert receiver.received[0][1].startswith(b'{"type":"test"')
    addresses = {
        "webhooks": [],
        "webhook": [Webhook.objects.get().pk],
        "delivery": [WebhookDelivery.objects.get().pk],
    }
    for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for name, keys in addresses.items():
            page.goto(url(agent, name, *keys))
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0
