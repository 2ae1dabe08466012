"""Pages to add, change, approve and retire a case."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from testing.forms import CaseForm
from testing.models import Case
from testing.refusals import Refused
from testing.views import may_manage, person, suite_of_page, to_suite

RESULTS_SHOWN = 10


def case_of_page(agent: Agent, case_id: int) -> Case:
    """A case of this agent, or 404."""
    cases = Case.objects.select_related("suite", "conversation", "proposal", "decided_by")
    case = get_object_or_404(cases, pk=case_id, suite__agent=agent)
    case.suite.agent = agent
    return case


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def add_case(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """A form for a new case."""
    suite = suite_of_page(agent, suite_id)
    form = CaseForm(request.POST or None)
    if form.is_valid():
        case = suite.add_case(at=timezone.now(), by=person(request), **form.cleaned_data)
        return _saved(request, case, "Case added as a draft.")
    values = {"agent": agent, "suite": suite, "form": form, "may_manage": True}
    return render(request, "testing/case.html", values, status=422 if form.errors else 200)


@agent_page(Role.VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, agent: Agent, case_id: int) -> HttpResponse:
    """A case with where it comes from; managers change it."""
    found = case_of_page(agent, case_id)
    changing = request.method == "POST" and may_manage(request)
    form = CaseForm(request.POST if changing else None, initial=found.content())
    if changing and form.is_valid():
        try:
            found = found.change(timezone.now(), person(request), **form.cleaned_data)
            return _saved(request, found, "Case saved.")
        except Refused as refused:
            form.add_error(None, str(refused))
    values = {
        "agent": agent,
        "suite": found.suite,
        "case": found,
        "form": form,
        "may_manage": may_manage(request) and found.status != Case.Status.RETIRED,
        "results": found.results.exclude(passed=None)
        .select_related("release", "run")
        .order_by("-run", "trial", "-release")[:RESULTS_SHOWN],
    }
    return render(request, "testing/case.html", values, status=422 if form.errors else 200)


@agent_page(Role.MANAGER)
@require_POST
def decide_case(request: HttpRequest, agent: Agent, case_id: int, decision: str) -> HttpResponse:
    """Approve or retire a case."""
    found = case_of_page(agent, case_id)
    try:
        if decision == "approve":
            found.approve(timezone.now(), person(request))
        else:
            found.retire(timezone.now(), person(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("testing:case", agent.workspace.slug, agent.slug, found.pk)
    messages.success(request, f"“{found}” is {found.get_status_display().lower()}.")
    return to_suite(found.suite)


def _saved(request: HttpRequest, case: Case, text: str) -> HttpResponse:
    """Say so, approve it if that button was pressed, and go back to the suite."""
    if "approve" in request.POST:
        try:
            case.approve(timezone.now(), person(request))
        except Refused as refused:
            messages.warning(request, str(refused))
    messages.success(request, text)
    return to_suite(case.suite)
