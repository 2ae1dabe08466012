"""Hygiene: what is wrong with the live documents, and one step to mend each."""

from collections.abc import Callable
from datetime import date, datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, User
from context.access import agent_page, person
from context.forms import faults_of
from context.hygiene.findings import Finding, Kind, hygiene_of
from context.hygiene.tending import draft_with, extend, mark_fine, retire, show_again
from context.models import Agent
from context.refusals import Refused
from context.releases.views import roles, tabs

SHOWN = 50
Step = Callable[[HttpRequest, Agent, User, datetime], HttpResponse]


class FineForm(forms.Form):
    """Why a finding is fine, and until when."""

    kind = forms.ChoiceField(choices=Kind.choices)
    subject = forms.CharField(max_length=220)
    reason = forms.CharField(max_length=500)
    until = forms.DateField()


class ExtendForm(forms.Form):
    """A document's new last day; none at all if it is left empty."""

    slug = forms.SlugField(max_length=100)
    expires_on = forms.DateField(required=False)


class DocumentStepForm(forms.Form):
    """The document that is taken into a draft."""

    slug = forms.SlugField(max_length=100)
    why = forms.CharField(max_length=500, required=False)


@agent_page(Role.VIEWER)
@require_safe
def hygiene(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The findings, the most harmful first; `?kind=` narrows them."""
    today = agent.local_date(timezone.now())
    found = hygiene_of(agent, today)
    kind = request.GET.get("kind", "")
    chosen = [one for one in found.findings if kind not in Kind.values or one.kind == kind]
    values = {
        "agent": agent,
        "hygiene": found,
        "rows": chosen[:SHOWN],
        "more": max(0, len(chosen) - SHOWN),
        "kind": kind,
        "kinds": [(one, counted(found.findings, one)) for one in Kind],
        "all": len(found.findings),
        "in_a_quarter": in_a_quarter(today),
        "counts": tabs(agent, found.release),
        **roles(request),
    }
    return render(request, "context/hygiene.html", values)


def counted(found: list[Finding], kind: Kind) -> int:
    """How many findings are of a kind."""
    return sum(one.kind == kind for one in found)


def in_a_quarter(today: date) -> date:
    """The day that is offered for `until`: some three months ahead."""
    return date.fromordinal(today.toordinal() + 91)


@agent_page(Role.MANAGER)
@require_POST
def act(request: HttpRequest, agent: Agent, name: str) -> HttpResponse:
    """Do one step about a finding, or say why not."""
    if name not in STEPS:
        raise Http404
    try:
        return STEPS[name](request, agent, person(request), timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return to_hygiene(agent)


def to_hygiene(agent: Agent) -> HttpResponse:
    """Back to the page."""
    return redirect("context:hygiene", agent.workspace.slug, agent.slug)


def checked(form: forms.Form) -> dict[str, str]:
    """What a form holds; Refused names what does not fit."""
    if not form.is_valid():
        raise Refused(faults_of(form))
    return form.cleaned_data


def fine(request: HttpRequest, agent: Agent, by: User, at: datetime) -> HttpResponse:
    """Mark as fine, with a reason, until a day."""
    data = checked(form := FineForm(request.POST))
    until = form.cleaned_data["until"]
    if until < agent.local_date(at):
        raise Refused("Until: a day that is not over.")
    mark_fine(agent, data["kind"], data["subject"], data["reason"], until, by, at)
    messages.success(request, f"Not shown again until {until:%-d %B %Y}.")
    return to_hygiene(agent)


def again(request: HttpRequest, agent: Agent, by: User, at: datetime) -> HttpResponse:
    """Show it again."""
    asked = request.POST.get("mark", "")
    key = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0
    show_again(agent, get_object_or_404(agent.fine_marks, pk=key), by, at)
    return to_hygiene(agent)


def another_day(request: HttpRequest, agent: Agent, by: User, at: datetime) -> HttpResponse:
    """Set another last day; it holds at once."""
    data = checked(form := ExtendForm(request.POST))
    last = form.cleaned_data["expires_on"]
    extend(agent, data["slug"], last, by, at)
    text = f"holds until {last:%-d %B %Y}" if last else "has no last day any more"
    messages.success(request, f"{data['slug']} {text}.")
    return to_hygiene(agent)


def edit(request: HttpRequest, agent: Agent, by: User, at: datetime) -> HttpResponse:
    """Open the document in a draft's editor."""
    slug = checked(DocumentStepForm(request.POST))["slug"]
    draft = draft_with(agent, slug, by, at)
    slugs = (agent.workspace.slug, agent.slug, draft.number, slug)
    return redirect("context:edit-document", *slugs)


def leave_out(request: HttpRequest, agent: Agent, by: User, at: datetime) -> HttpResponse:
    """Leave the document out in a draft."""
    data = checked(DocumentStepForm(request.POST))
    draft = retire(agent, data["slug"], data["why"] or "Retired", by, at)
    text = f"{data['slug']} is left out in draft {draft.number}; customers notice once it is live."
    messages.success(request, text)
    return redirect("context:release", agent.workspace.slug, agent.slug, draft.number)


STEPS: dict[str, Step] = {
    "fine": fine,
    "again": again,
    "extend": another_day,
    "edit": edit,
    "retire": leave_out,
}
