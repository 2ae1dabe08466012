"""The page on which a person goes through the drafts of a context test, one key a decision."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role, User
from context.access import agent_page, person
from context.models import Agent, Release
from testing.cases.changing import change_case
from testing.cases.suites import suite_of
from testing.comparing.comparison import counted
from testing.context_suite.findings import ChangeFinding, Findings, GuardFinding
from testing.context_suite.forms import DraftForm
from testing.context_suite.reading import findings_of
from testing.context_suite.views import release_of_page, to_test
from testing.models import Case, CaseBatch, Suite
from testing.refusals import Refused


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def drafts(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """The next draft with the change it is for; a decision leads to the one after it."""
    release = release_of_page(agent, number)
    if request.method == "POST":
        return _decide(request, agent, release)
    found = findings_of(release)
    case = _next(found.drafts, request.GET.get("after", ""))
    if case is None:
        if found.drafts:  # those that were skipped, from the beginning
            return redirect(_address(agent, release))
        messages.success(request, "No draft is left to decide.")
        return to_test(agent, number)
    return render(request, "testing/drafts.html", _values(request, agent, release, found, case))


def _values(
    request: HttpRequest, agent: Agent, release: Release, found: Findings, case: Case
) -> dict[str, Any]:
    change, guard = _about(found, case)
    return {
        "agent": agent,
        "release": release,
        "case": case,
        "change": change,
        "guard": guard,
        "form": DraftForm(initial=case.content()),
        "place": [draft.pk for draft in found.drafts].index(case.pk) + 1,
        "count": len(found.drafts),
        "guards_left": sum(_about(found, draft)[1] is not None for draft in found.drafts),
        "last": _decided(agent, request.GET.get("last", "")),
    }


def _decide(request: HttpRequest, agent: Agent, release: Release) -> HttpResponse:
    """Approve the draft as the form says, retire it, or take the last decision back."""
    cases = Case.objects.select_related("suite").filter(suite__agent=agent)
    case = get_object_or_404(cases, pk=_number(request.POST.get("case", "")))
    case.suite.agent = agent
    decision, now, by = request.POST.get("decision", ""), timezone.now(), person(request)
    form = DraftForm(request.POST)
    try:
        with transaction.atomic():
            if decision == "undo":
                _take_back(case, now, by)
            elif decision == "retire":
                case.retire(now, by)
            elif form.is_valid():
                case = change_case(case, now, by, **form.cleaned_data)
                case.approve(now, by)
            else:
                raise Refused("; ".join(f"{k}: {v[0]}" for k, v in form.errors.items()))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(f"{_address(agent, release)}?after={case.pk - 1}")
    if decision == "undo":
        return redirect(f"{_address(agent, release)}?after={case.pk - 1}")
    return redirect(f"{_address(agent, release)}?after={case.pk}&last={case.pk}")


def _take_back(case: Case, at: datetime, by: User) -> None:
    """Make a decided case a draft again; refused once it was run."""
    if case.results.exists():
        raise Refused(f"“{case}” was run since; change or retire it instead.")
    case.put_back(Case.Status.DRAFT, at, by)


@agent_page(Role.MANAGER)
@require_POST
def approve_guards(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Approve every drafted guard at once: each holds what the AI said and nobody complained of."""
    release = release_of_page(agent, number)
    found, now, by = findings_of(release), timezone.now(), person(request)
    guards = [case for case in found.drafts if _about(found, case)[1] is not None]
    with transaction.atomic():
        batch = CaseBatch.objects.create(
            suite=suite_of(agent, Suite.Kind.CONTEXT, now),
            action=CaseBatch.Action.APPROVE,
            note=f"guards of release {release.number}",
            by=by,
            at=now,
        )
        for case in guards:
            case.approve(now, by, batch)
    messages.success(request, f"{counted(len(guards), 'guard')} approved.")
    return redirect(_address(agent, release))


def _about(found: Findings, case: Case) -> tuple[ChangeFinding | None, GuardFinding | None]:
    """The change a draft is for, and how it guards it if it does."""
    for change in found.changes:
        if any(one.case.pk == case.pk for one in change.cases):
            return change, None
    for change in found.changes:
        for guard in change.guards:
            if guard.case.pk == case.pk:
                return change, guard
    return None, None


def _next(drafts: list[Case], after: str) -> Case | None:
    """The first draft, or the first after the one of this key in the order shown."""
    return next((case for case in drafts if case.pk > _number(after)), None)


def _decided(agent: Agent, key: str) -> Case | None:
    """The case that was decided last, if it can be taken back."""
    cases = Case.objects.filter(suite__agent=agent, pk=_number(key), results=None)
    return cases.exclude(status=Case.Status.DRAFT).first()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _address(agent: Agent, release: Release) -> str:
    return reverse("testing:drafts", args=[agent.workspace.slug, agent.slug, release.number])
