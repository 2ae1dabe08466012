"""Pages of webhooks: which there are, what was sent to each, and sending it again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, User
from accounts.pagination import neighbours, page
from context.access import agent_page, person
from context.models import Agent, Webhook, WebhookDelivery
from context.releases.views import roles
from context.webhooks import keeping
from context.webhooks.forms import WebhookForm
from context.webhooks.signing import secret_of
from llm.states import WorkState

ORDER = ("-id",)


def find_webhook(agent: Agent, pk: int) -> Webhook:
    """A webhook of this agent, or 404."""
    webhook = get_object_or_404(Webhook, pk=pk, agent=agent)
    webhook.agent = agent
    return webhook


def find_delivery(agent: Agent, pk: int, webhook: int | None = None) -> WebhookDelivery:
    """A message to a webhook of this agent, or to just this one, or 404."""
    rows = WebhookDelivery.objects.select_related("webhook__agent__workspace")
    if webhook is not None:
        rows = rows.filter(webhook=webhook)
    return get_object_or_404(rows, pk=pk, webhook__agent=agent)


@agent_page(Role.MANAGER)
@require_safe
def webhooks(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The webhooks of the agent, and a form for another."""
    return render_list(request, agent, WebhookForm())


def render_list(request: HttpRequest, agent: Agent, form: WebhookForm) -> HttpResponse:
    """The page; the form holds what was wrong with it."""
    values = {"agent": agent, "rows": agent.webhooks.all(), "form": form, **roles(request)}
    return render(request, "context/webhooks.html", values, status=422 if form.errors else 200)


@agent_page(Role.ADMIN)
@require_POST
def add_webhook(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Make a webhook and show its secret, this once."""
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return render_list(request, agent, form)
    url, events = form.cleaned_data["url"], form.cleaned_data["events"]
    webhook = keeping.add(agent, url, events, timezone.now(), person(request))
    return render_webhook(request, webhook, secret=secret_of(webhook.salt))


@agent_page(Role.MANAGER)
@require_safe
def webhook(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """One webhook and what was sent to it; `?state=failed` shows what was not accepted."""
    return render_webhook(request, find_webhook(agent, pk))


def render_webhook(request: HttpRequest, found: Webhook, **given: Any) -> HttpResponse:
    """The page; `given` shows a new secret, or a form with what was wrong with it."""
    state = request.GET.get("state", "")
    rows = found.deliveries.all()
    if state in WorkState.values:
        rows = rows.filter(state=state)
    shown = page(request, rows.prefetch_related("attempts_made"), ORDER)
    values = {
        "agent": found.agent,
        "webhook": found,
        "form": WebhookForm({"url": found.url, "events": found.event_names}),
        "rows": shown.rows,
        "state": state,
        **neighbours(request, shown),
        **roles(request),
        **given,
    }
    form = values["form"]
    status = 422 if given.get("form") and form.errors else 200
    return render(request, "context/webhook.html", values, status=status)


@agent_page(Role.ADMIN)
@require_POST
def step(request: HttpRequest, agent: Agent, pk: int, name: str) -> HttpResponse:
    """Change, pause, resume, test, renew the secret of, or delete a webhook."""
    found = find_webhook(agent, pk)
    if name == "change":
        return change(request, found)
    if name == "renew":
        keeping.renew(found, timezone.now(), person(request))
        return render_webhook(request, found, secret=secret_of(found.salt), renewed=True)
    if name not in SAID:
        raise Http404
    do, said = SAID[name]
    do(found, timezone.now(), person(request))
    messages.success(request, said)
    if name == "delete":
        return redirect("context:webhooks", agent.workspace.slug, agent.slug)
    return redirect("context:webhook", agent.workspace.slug, agent.slug, pk)


SAID: dict[str, tuple[Callable[[Webhook, datetime, User], object], str]] = {
    "pause": (keeping.pause, "Nothing more is sent to it until it is resumed."),
    "resume": (keeping.resume, "It is told of what happens from now on."),
    "test": (keeping.test, "A test is on its way; it stands in the log below."),
    "delete": (keeping.delete, "The webhook and its log are deleted."),
}


def change(request: HttpRequest, found: Webhook) -> HttpResponse:
    """Another address, or other events."""
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return render_webhook(request, found, form=form)
    url, events = form.cleaned_data["url"], form.cleaned_data["events"]
    keeping.change(found, url, events, timezone.now(), person(request))
    messages.success(request, "The webhook is changed.")
    return redirect("context:webhook", found.agent.workspace.slug, found.agent.slug, found.pk)


@agent_page(Role.MANAGER)
@require_safe
def delivery(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """One message: its body, and each time it was sent."""
    found = find_delivery(agent, pk)
    values = {"agent": agent, "delivery": found, "attempts": found.attempts_made.all()}
    return render(request, "context/webhook_delivery.html", values | roles(request))


@agent_page(Role.MANAGER)
@require_POST
def send_again(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Send a message once more, with its id."""
    found = find_delivery(agent, pk)
    if keeping.send_again(found, timezone.now(), person(request)):
        messages.success(request, "The message is on its way again, with the same id.")
    else:
        messages.error(request, "The message is under way already.")
    return redirect("context:delivery", agent.workspace.slug, agent.slug, pk)
