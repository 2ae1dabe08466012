"""Pages of a suite: its cases with filters and actions on many, and suites of one's own."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.members import active_members
from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page, person
from context.models import Agent
from testing.cases.batches import act
from testing.cases.forms_suites import ActionForm, ImportForm, SuiteForm
from testing.cases.listing import (
    FILTERS,
    MARKS,
    NOBODY,
    SORTS,
    asked_of,
    filtered,
    matching,
    recent_runs,
    records,
    tags_of,
)
from testing.comparing.claimed import running_count
from testing.comparing.comparison import counted
from testing.exchange.formats import FORMATS
from testing.forms import RunForm
from testing.models import Case, CaseBatch, Suite
from testing.refusals import Refused
from testing.views import may_manage, suite_of_page, to_suite

RUNS_LISTED = 20
BATCHES_LISTED = 5
REFUSALS_SHOWN = 5


@agent_page(Role.VIEWER)
@require_safe
def suite(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """The cases of a suite by status, its runs, and the way to start one."""
    found = suite_of_page(agent, suite_id)
    asked = asked_of(request.GET)
    tabs = _tabs(found)
    asked["status"] = _status(asked["status"], tabs)
    values = _list_values(request, found, asked) | {
        "agent": agent,
        "suite": found,
        "tabs": [(name, label, tabs.get(name, 0)) for name, label in Case.Status.choices],
        "runs": list(found.runs.select_related("release", "baseline")[:RUNS_LISTED]),
        "looks": running_count(agent, timezone.now()),
        "run_form": RunForm(agent),
        "import_form": ImportForm(),
        "forms": list(FORMATS),
        "suites": agent.suites.filter(archived_at=None).exclude(pk=found.pk),
        "may_manage": may_manage(request),
    }
    if values["may_manage"]:
        batches = found.batches.exclude(status=CaseBatch.Status.WAITING).select_related("by")
        values["batches"] = batches.annotate(size=Count("changes"))[:BATCHES_LISTED]
    return render(request, "testing/suite.html", values)


def _tabs(suite: Suite) -> dict[str, int]:
    """How many cases there are of each status."""
    rows = suite.cases.order_by().values_list("status").annotate(Count("pk"))
    return dict(rows)


def _status(asked: str, tabs: dict[str, int]) -> str:
    """The status shown: the one asked for, else drafts where nothing is approved yet."""
    if asked in Case.Status.values:
        return asked
    return "draft" if tabs.get("draft") and not tabs.get("approved") else "approved"


def _list_values(request: HttpRequest, suite: Suite, asked: dict[str, str]) -> dict[str, Any]:
    """A page of the cases asked for, and what can be asked for."""
    cases, runs = suite.cases.filter(status=asked["status"]), recent_runs(suite)
    tags = tags_of(cases)
    wanted = filtered(cases, asked, person(request), tags.get(asked["tag"], []), runs)
    found = page(request, wanted.select_related("owner"), SORTS[asked["sort"]][1])
    known = records(found.rows, runs)
    members = active_members(suite.agent.workspace, Role.VIEWER).select_related("user")
    topics = cases.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct()
    kept = {name: value for name, value in asked.items() if value and name != "status"}
    return {
        "asked": asked,
        "rows": [(case, known.get(case.pk)) for case in found.rows],
        "tags": tags,
        "topics": topics,
        "members": [member.user.username for member in members.order_by("user__username")],
        "marks": MARKS.items(),
        "kinds": Case.Kind.choices,
        "sorts": [(name, label) for name, (label, _) in SORTS.items()],
        "nobody": NOBODY,
        "is_filtered": bool(kept.keys() - {"sort"}),
        "kept": urlencode({name: value for name, value in kept.items() if value != "newest"}),
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "matching": wanted.count() if found.previous_cursor or found.next_cursor else 0,
        **neighbours(request, found),
    }


@agent_page(Role.MANAGER)
@require_POST
def act_on_cases(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """Do one thing to the chosen cases; the page says how many, and offers to undo it."""
    found = suite_of_page(agent, suite_id)
    asked = asked_of(QueryDict(request.POST.get("query", "")))
    form = ActionForm(found, matching(found, asked, person(request)), request.POST)
    if not form.is_valid():
        for faults in form.errors.values():
            messages.error(request, " ".join(map(str, faults)))
        return _back(request, found)
    cases, action = form.cleaned_data.pop("cases"), form.cleaned_data.pop("action")
    for case in cases:
        case.suite = found
    outcome = act(found, action, cases, timezone.now(), person(request), **form.cleaned_data)
    if outcome.changed:
        done = CaseBatch.Action(action).label
        messages.success(request, f"{counted(outcome.changed)} {done}.")
    elif not outcome.refusals:
        messages.info(request, "Nothing to change: they are so already.")
    for refusal in outcome.refusals[:REFUSALS_SHOWN]:
        messages.warning(request, refusal)
    return _back(request, found)


def _back(request: HttpRequest, suite: Suite) -> HttpResponse:
    """To the same list as before."""
    given = QueryDict(request.POST.get("query", ""))
    kept = {name: given[name] for name in FILTERS if given.get(name)}
    answer = to_suite(suite)
    if kept:
        answer["Location"] += f"?{urlencode(kept)}"
    return answer


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def add_suite(request: HttpRequest, agent: Agent) -> HttpResponse:
    """A form for a suite of one's own."""
    form = SuiteForm(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"]
        slug = slugify(name)[:50] or "suite"
        try:
            if slug in Suite.Kind.values:
                raise IntegrityError
            with transaction.atomic():
                made = agent.suites.create(
                    slug=slug, created_at=timezone.now(), **form.cleaned_data
                )
            return to_suite(made)
        except IntegrityError:
            form.add_error("name", f"There is a suite “{slug}” already.")
    values = {"agent": agent, "form": form}
    return render(request, "testing/suite_form.html", values, status=422 if form.errors else 200)


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_suite(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """Another name or description; the slug, by which commands know the suite, stays."""
    found = suite_of_page(agent, suite_id)
    given = {"name": found.name, "kind": found.kind, "description": found.description}
    form = SuiteForm(request.POST or None, initial=given, made=found)
    if form.is_valid():
        found.name = form.cleaned_data["name"]
        found.description = form.cleaned_data["description"]
        found.save(update_fields=["name", "description"])
        return to_suite(found)
    values = {"agent": agent, "suite": found, "form": form}
    return render(request, "testing/suite_form.html", values, status=422 if form.errors else 200)


@agent_page(Role.MANAGER)
@require_POST
def archive_suite(request: HttpRequest, agent: Agent, suite_id: int, decision: str) -> HttpResponse:
    """Put a suite of one's own aside, or take it into use again."""
    found = suite_of_page(agent, suite_id)
    try:
        if decision == "archive":
            found.archive(timezone.now())
            messages.success(request, f"{found.name} is archived: not run, and in no gate.")
            return redirect("testing:index", agent.workspace.slug, agent.slug)
        found.restore()
        messages.success(request, f"{found.name} is in use again.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_suite(found)
