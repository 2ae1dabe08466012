"""Pages to add, change, try, approve and retire a case."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.members import active_members
from accounts.models import Role
from context.access import agent_page, person
from context.models import Agent
from context.models.release_status import UNFROZEN
from llm.calls import ModelError, UnknownPrice
from testing.cases.changing import annotate_case, change_case
from testing.cases.content import cleaned
from testing.cases.forms import CaseForm
from testing.cases.forms_suites import OwnForm
from testing.cases.history import history
from testing.cases.likeness import like_cases
from testing.cases.listing import recent_runs, records
from testing.cases.trying import Trial, try_case
from testing.models import Case, Suite
from testing.refusals import Refused
from testing.runs.estimates import estimate_trial
from testing.runs.outside import as_recorded, outside_calls
from testing.views import may_manage, suite_of_page, to_suite

RESULTS_SHOWN = 10


def case_of_page(agent: Agent, case_id: int) -> Case:
    """A case of this agent, or 404."""
    cases = Case.objects.select_related(
        "suite", "conversation", "proposal", "cluster", "owner", "created_by", "decided_by"
    )
    case = get_object_or_404(cases, pk=case_id, suite__agent=agent)
    case.suite.agent = agent
    return case


def case_page(
    request: HttpRequest, suite: Suite, case: Case | None, form: CaseForm, **more: Any
) -> HttpResponse:
    """The page of a case, or of one that is to be."""
    agent = suite.agent
    values: dict[str, Any] = {
        "agent": agent,
        "suite": suite,
        "case": case,
        "form": form,
        "may_manage": may_manage(request),
        "releases": agent.releases.exclude(status__in=UNFROZEN).order_by("-number"),
    }
    if case is not None:
        members = active_members(agent.workspace, Role.VIEWER).select_related("user")
        results = case.results.exclude(passed=None).select_related("release", "run")
        values |= {
            "may_manage": values["may_manage"] and case.status != Case.Status.RETIRED,
            "results": results.order_by("-run", "trial", "-release")[:RESULTS_SHOWN],
            "record": records([case], recent_runs(suite)).get(case.pk),
            "history": history(case),
            "outside": as_recorded(outside_calls(case)),
            "price": _price(case) if values["may_manage"] else None,
            "members": [member.user.username for member in members.order_by("user__username")],
        }
    is_refused = form.errors or more.get("likes")
    return render(request, "testing/case.html", values | more, status=422 if is_refused else 200)


def _price(case: Case) -> Decimal | None:
    """What a try of the live release costs at most; None where nobody can say."""
    live = case.suite.agent.live_release()
    try:
        return estimate_trial(live, case) if live else None
    except UnknownPrice:
        return None


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def add_case(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """A form for a new case; one that is asked already in other words needs a second yes."""
    suite = suite_of_page(agent, suite_id)
    form = CaseForm(request.POST or None)
    if not form.is_valid():
        return case_page(request, suite, None, form)
    likes = [] if "anyway" in request.POST else like_cases(agent, form.cleaned_data["question"])
    if likes:
        return case_page(request, suite, None, form, likes=likes)
    case = suite.add_case(at=timezone.now(), by=person(request), **form.cleaned_data)
    return _saved(request, case, "Case added as a draft.")


@agent_page(Role.VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, agent: Agent, case_id: int) -> HttpResponse:
    """A case with where it comes from and its history; managers change it."""
    found = case_of_page(agent, case_id)
    changing = request.method == "POST" and may_manage(request)
    form = CaseForm(request.POST if changing else None, initial=found.content())
    if changing and form.is_valid():
        try:
            found = change_case(found, timezone.now(), person(request), **form.cleaned_data)
            return _saved(request, found, "Case saved.")
        except Refused as refused:
            form.add_error(None, str(refused))
    return case_page(request, found.suite, found, form)


@agent_page(Role.MANAGER)
@require_POST
def try_one(
    request: HttpRequest, agent: Agent, suite_id: int | None = None, case_id: int | None = None
) -> HttpResponse:
    """Ask a release the case as it stands in the form, saved or not, and show what came of it."""
    found = case_of_page(agent, case_id) if case_id else None
    suite = found.suite if found else suite_of_page(agent, suite_id or 0)
    form = CaseForm(request.POST, initial=found.content() if found else None)
    more: dict[str, Any] = {"tried_release": request.POST.get("release", "")}
    if form.is_valid():
        more |= _tried(request, suite, form)
    elif request.htmx:  # type: ignore[attr-defined]
        more["refusal"] = "; ".join(f"{n}: {' '.join(e)}" for n, e in form.errors.items())  # type: ignore[arg-type]
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "testing/_tried.html", more)
    return case_page(request, suite, found, form, **more)


def _tried(request: HttpRequest, suite: Suite, form: CaseForm) -> dict[str, Trial | str]:
    """The trial, or why there is none."""
    number = request.POST.get("release", "")
    releases = suite.agent.releases.exclude(status__in=UNFROZEN)
    release = releases.filter(number=int(number)).first() if number.isdecimal() else None
    if release is None:
        return {"refusal": "Choose a release to ask."}
    release.agent = suite.agent
    case = Case(suite=suite, **cleaned(form.cleaned_data, suite.agent.workspace))
    try:
        return {"tried": try_case(case, release, timezone.now())}
    except ModelError as error:
        return {"refusal": f"It could not be tried: {error}"}


@agent_page(Role.MANAGER)
@require_POST
def own_case(request: HttpRequest, agent: Agent, case_id: int) -> HttpResponse:
    """Give a case an owner, and say why it is flaky or that it is not any more."""
    found = case_of_page(agent, case_id)
    form = OwnForm(found.suite, request.POST)
    if form.is_valid():
        try:
            annotate_case(found, timezone.now(), person(request), **form.cleaned_data)
            messages.success(request, "Saved.")
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        for faults in form.errors.values():
            messages.error(request, " ".join(map(str, faults)))
    return redirect("testing:case", agent.workspace.slug, agent.slug, found.pk)


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
