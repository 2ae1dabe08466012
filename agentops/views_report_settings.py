"""Who gets the weekly report, when and in which look; what became of the letters."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Branding, Role, User
from agentops.report.compose import last_complete
from agentops.report.content import read
from agentops.report.deliver import deliver_mail
from agentops.report.document import whole_document
from agentops.report.forms import LookForm, RecipientForm, WhenForm
from agentops.report.keeping import newest_report
from agentops.report.look import look_of
from agentops.report.weekly import post
from agentops.views_report import asked
from agentops.views_settings import trail
from context.access import agent_page
from context.models import Agent, MailDelivery, ReportRecipient

LETTERS_SHOWN = 30
# A letter is styled as mail programs want it, which the product's own pages never are.
LETTER_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render_page(request: HttpRequest, agent: Agent, **given: Any) -> HttpResponse:
    """The page; `given` replaces a form by one with errors."""
    member = request.member  # type: ignore[attr-defined]
    values: dict[str, Any] = {
        "agent": agent,
        "may_manage": member.may(Role.MANAGER),
        "may_admin": member.may(Role.ADMIN),
        "when_form": WhenForm(instance=agent),
        "recipient_form": RecipientForm(),
        "look_form": LookForm(instance=branding_of(agent)),
        "look": look_of(agent.workspace),
        "recipients": agent.report_recipients.all(),
        "letters": MailDelivery.objects.of(agent).with_subjects()[:LETTERS_SHOWN],
        "server": settings.EMAIL_HOST,
        "sender": settings.DEFAULT_FROM_EMAIL,
        "newest": newest_report(agent, last_complete(agent, timezone.now())),
        **given,
    }
    refused = any(isinstance(form, forms.BaseForm) and form.errors for form in given.values())
    return render(request, "agentops/report_settings.html", values, status=422 if refused else 200)


def branding_of(agent: Agent) -> Branding:
    """The workspace's look, stored or new."""
    found = Branding.objects.filter(workspace=agent.workspace).first()
    return found or Branding(workspace=agent.workspace)


def back(agent: Agent) -> HttpResponse:
    """To the page, where the message is shown."""
    return redirect("shell:report-settings", agent.workspace.slug, agent.slug)


@agent_page(Role.VIEWER)
@require_GET
def report_settings(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Everything that can be set about the report."""
    return render_page(request, agent)


@require_POST
@agent_page(Role.MANAGER)
def save_when(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Keep weekday and hour."""
    form = WhenForm(request.POST, instance=Agent.objects.get(pk=agent.pk))
    if not form.is_valid():
        return render_page(request, agent, when_form=form)
    with transaction.atomic():
        form.save()
        trail(request, agent, "report.scheduled", agent.name)
    messages.success(request, "The report's day and hour are saved.")
    return back(agent)


@require_POST
@agent_page(Role.ADMIN)
def save_look(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Keep the workspace's look."""
    form = LookForm(request.POST, request.FILES, instance=branding_of(agent))
    if not form.is_valid():
        return render_page(request, agent, look_form=form)
    with transaction.atomic():
        form.keep()
        trail(request, agent, "report.look_changed", agent.workspace.name)
    messages.success(request, "The look of the reports is saved.")
    return back(agent)


@require_POST
@agent_page(Role.MANAGER)
def save_recipient(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Add an address or change what it gets; one that has left is asked for again knowingly."""
    form = RecipientForm(request.POST)
    if not form.is_valid():
        return render_page(request, agent, recipient_form=form)
    given = form.cleaned_data
    assert isinstance(request.user, User)
    with transaction.atomic():
        ReportRecipient.objects.update_or_create(
            agent=agent,
            address=given["address"],
            defaults={
                "weekly": given["weekly"],
                "alerts": given["alerts"],
                "unsubscribed_at": None,
            },
            create_defaults={
                "weekly": given["weekly"],
                "alerts": given["alerts"],
                "added_by": request.user,
                "added_at": timezone.now(),
            },
        )
        trail(request, agent, "report.recipient_saved", given["address"])
    messages.success(request, f"{given['address']} is on the list.")
    return back(agent)


@require_POST
@agent_page(Role.MANAGER)
def remove_recipient(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Take an address off the list; its letters stay in the log."""
    row = get_object_or_404(ReportRecipient, pk=pk, agent=agent)
    with transaction.atomic():
        row.delete()
        trail(request, agent, "report.recipient_removed", row.address)
    messages.success(request, f"{row.address} is off the list.")
    return back(agent)


@require_POST
@agent_page(Role.MANAGER)
def send_now(request: HttpRequest, agent: Agent, week: str) -> HttpResponse:
    """Mail a week's report to everybody who has not got it yet."""
    row = asked(request, agent, week)
    if not settings.EMAIL_HOST:
        messages.error(request, "No mail server is configured (EMAIL_HOST).")
        return back(agent)
    new = post(row, timezone.now())
    deliver_mail.delay_on_commit()  # type: ignore[attr-defined]
    trail(request, agent, "report.sent", f"{row.week} to {new} addresses")
    on_way = "1 letter is on its way." if new == 1 else f"{new} letters are on their way."
    text = on_way if new else "Everybody on the list has it already."
    messages.success(request, text)
    return back(agent)


@require_POST
@agent_page(Role.MANAGER)
def send_again(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Try a failed letter once more."""
    row = get_object_or_404(MailDelivery.objects.of(agent), pk=pk)
    if row.again():
        deliver_mail.delay_on_commit()  # type: ignore[attr-defined]
        messages.success(request, f"The letter to {row.address} is tried again.")
    else:
        messages.error(request, "Only a failed letter can be sent again.")
    return back(agent)


@agent_page(Role.VIEWER)
@require_GET
def preview(request: HttpRequest, agent: Agent, week: str) -> HttpResponse:
    """The letter as it is mailed."""
    row = asked(request, agent, week)
    answer = HttpResponse(whole_document(read(row.data), look_of(agent.workspace)))
    answer["Content-Security-Policy"] = LETTER_POLICY
    return answer


@csrf_exempt  # a mail program posts here (RFC 8058); the signed token says who
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the list: a page that asks, and one that says it is done. Needs no log-in."""
    row = ReportRecipient.of_token(token)
    if row is not None and request.method == "POST":
        row.unsubscribe(timezone.now())
    done = row is not None and (request.method == "POST" or row.unsubscribed_at is not None)
    values = {"row": row, "done": done}
    return render(request, "agentops/unsubscribe.html", values, status=200 if row else 404)
