"""Pages of a run: start, follow, stop and go on, and what came out case by case."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import Role
from context.access import agent_page, person
from context.models import Agent
from llm.calls import BudgetExhausted, UnknownPrice
from testing.comparing.claimed import claim_of, running_count
from testing.comparing.comparison import compare, counted, difference_sentence
from testing.comparing.grader_noise import NOT_MEASURED, noise_of
from testing.comparing.trial_pairs import paired_trials
from testing.context_suite.changed import baseline_of
from testing.forms import RunForm
from testing.models import Run
from testing.models.context_tests import asked_cases
from testing.refusals import Refused, RunUnderWay
from testing.runs.costs import costs_of
from testing.runs.export import results_file
from testing.runs.page import SORTS, filter_counts, listing
from testing.runs.runner import estimate_run, start_run
from testing.tasks import wake_workers
from testing.views import may_manage, suite_of_page, to_suite


def run_of_page(agent: Agent, run_id: int) -> Run:
    """A run of this agent, or 404."""
    runs = Run.objects.select_related("suite", "release", "baseline", "created_by")
    run = get_object_or_404(runs, pk=run_id, suite__agent=agent)
    run.suite.agent = agent
    return run


@agent_page(Role.MANAGER)
@require_safe
def price(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """What a run with the form's choices may cost, before anybody starts it."""
    suite = suite_of_page(agent, suite_id)
    form = RunForm(agent, request.GET)
    values: dict[str, Any] = {"agent": agent, "suite": suite}
    if form.is_valid():
        release, trials = form.cleaned_data["release"], form.cleaned_data["trials"]
        baseline = baseline_of(release)
        releases = [release, *([baseline] if baseline else [])]
        cases = list(asked_cases(suite, *releases))
        values["trials"] = len(cases) * len(releases) * trials
        values["baseline"] = baseline
        try:
            values["price"] = estimate_run(cases, releases, trials)
        except UnknownPrice as unknown:
            values["refusal"] = str(unknown)
    return render(request, "testing/_price.html", values)


@agent_page(Role.MANAGER)
@require_POST
def start(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """Start a run of the suite against the live release."""
    suite = suite_of_page(agent, suite_id)
    form = RunForm(agent, request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a release and 1 to 20 trials.")
        return to_suite(suite)
    release, trials = form.cleaned_data["release"], form.cleaned_data["trials"]
    try:
        run = start_run(
            suite,
            release,
            at=timezone.now(),
            baseline=baseline_of(release),
            trials=trials,
            by=person(request),
        )
    except RunUnderWay as same:
        messages.info(request, str(same))
        return redirect("testing:run", agent.workspace.slug, agent.slug, same.run_id)
    except (Refused, BudgetExhausted, UnknownPrice) as refused:
        messages.error(request, str(refused))
        return to_suite(suite)
    wake_workers(run)
    return redirect("testing:run", agent.workspace.slug, agent.slug, run.pk)


@agent_page(Role.VIEWER)
@require_safe
def run(request: HttpRequest, agent: Agent, run_id: int) -> HttpResponse:
    """A run: progress while it goes on, then the two releases side by side."""
    found = run_of_page(agent, run_id)
    comparison = compare(found)
    margin, claim = found.suite.margin_asked, claim_of(found, comparison)
    regrade = found.regrades.select_related("run").first()
    values = progress_values(request, agent, found) | {
        "comparison": comparison,
        "sentence": difference_sentence(comparison.difference, margin, comparison.outlook, claim),
        "claim": claim,
        "count": running_count(agent, timezone.now()),
        "costs": costs_of(found),
        "noise": noise_of(regrade).sentence if regrade else NOT_MEASURED,
        "listing": listing(comparison, request.GET),
        "filters": filter_counts(comparison),
        "sorts": SORTS.items(),
    }
    return render(request, "testing/run.html", values)


def progress_values(request: HttpRequest, agent: Agent, run: Run) -> dict[str, Any]:
    """What the progress of a run shows."""
    counts = run.progress()
    ungraded = counts["failed"] + counts["skipped"]
    spent, saved = run.bill()
    return {
        "agent": agent,
        "run": run,
        "counts": counts,
        "ended": counts["done"] + ungraded,
        "spent": spent,
        "saved": saved,
        "may_steer": may_manage(request) and bool(run.state != Run.State.DONE or ungraded),
    }


@agent_page(Role.VIEWER)
@require_safe
def progress(request: HttpRequest, agent: Agent, run_id: int) -> HttpResponse:
    """The progress alone, asked for every other second; the page is loaded anew at the end."""
    found = run_of_page(agent, run_id)
    if found.state != Run.State.RUNNING:
        return HttpResponseClientRefresh()
    return render(request, "testing/_progress.html", progress_values(request, agent, found))


@agent_page(Role.VIEWER)
@require_safe
def trials(request: HttpRequest, agent: Agent, run_id: int, case_id: int) -> HttpResponse:
    """Every answer to one case, the two releases side by side; a part for htmx, else a page."""
    found = run_of_page(agent, run_id)
    results = found.results.filter(case=case_id).select_related("case", "release")
    ordered = list(results.prefetch_related("steps").order_by("trial"))
    values = {
        "agent": agent,
        "run": found,
        "case": ordered[0].case if ordered else None,
        "pairs": paired_trials(found, ordered),
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "testing/_trials.html" if is_part else "testing/trials.html"
    return render(request, template, values, status=200 if ordered else 404)


@agent_page(Role.VIEWER)
@require_safe
def export(request: HttpRequest, agent: Agent, run_id: int, form: str) -> StreamingHttpResponse:
    """Every trial of the run as CSV or JSON lines."""
    return results_file(run_of_page(agent, run_id), form)


@agent_page(Role.MANAGER)
@require_POST
def steer(request: HttpRequest, agent: Agent, run_id: int, action: str) -> HttpResponse:
    """Cancel a run, resume it, or retry the trials that failed."""
    found = run_of_page(agent, run_id)
    try:
        if action == "cancel":
            found.cancel(timezone.now(), f"cancelled by {person(request).username}")
        elif action == "resume":
            found.resume()
        else:
            count = found.retry_failed()
            messages.info(request, f"{counted(count, 'trial')} to be asked again.")
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        wake_workers(found)
    return redirect("testing:run", agent.workspace.slug, agent.slug, found.pk)
