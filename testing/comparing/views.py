"""Pages of a run's grader: what asking it again costs, how often it says otherwise, and where."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from context.access import agent_page, person
from context.models import Agent
from llm.calls import BudgetExhausted, UnknownPrice
from testing.comparing.grader_noise import noise_of
from testing.comparing.regrading import SAMPLE, graded, price_of, start_regrade
from testing.forms import RegradeForm
from testing.models import Run
from testing.refusals import Refused
from testing.runs.views import run_of_page
from testing.tasks import wake_regrade_workers
from testing.views import may_manage

FLIPS_SHOWN = 50


@agent_page(Role.VIEWER)
@require_safe
def grader(request: HttpRequest, agent: Agent, run_id: int) -> HttpResponse:
    """The newest re-grading of a run with the grades that turned, and the way to start one."""
    run = run_of_page(agent, run_id)
    regrade = run.regrades.select_related("run").first()
    given = graded(run).count()
    form = RegradeForm(
        request.GET if "sample" in request.GET else None,
        initial={"sample": max(1, min(SAMPLE, given))},
    )
    values: dict[str, Any] = {
        "agent": agent,
        "run": run,
        "regrade": regrade,
        "form": form,
        "graded": given,
        "may_manage": may_manage(request),
    } | price_values(run, form)
    if regrade is not None:
        rows = regrade.grades.select_related("result__case", "result__release")
        flips = [grade for grade in rows.exclude(passed=None) if grade.is_flip]
        values |= {"noise": noise_of(regrade), "flips": flips[:FLIPS_SHOWN], "turned": len(flips)}
        values |= {"counts": regrade.progress(), "spent": regrade.spent_usd()}
    return render(request, "testing/grader.html", values)


def price_values(run: Run, form: RegradeForm) -> dict[str, Any]:
    """What re-grading with the form's sample may cost, or why it has no price."""
    sample = form.cleaned_data["sample"] if form.is_valid() else form.initial["sample"]
    try:
        return {"price": price_of(run, sample), "sample": sample}
    except UnknownPrice as unknown:
        return {"refusal": str(unknown), "sample": sample}


@agent_page(Role.MANAGER)
@require_POST
def start(request: HttpRequest, agent: Agent, run_id: int) -> HttpResponse:
    """Start re-grading a sample."""
    run = run_of_page(agent, run_id)
    form = RegradeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a sample of 1 to 1,000 grades.")
        return to_grader(run)
    try:
        regrade = start_regrade(
            run, at=timezone.now(), sample=form.cleaned_data["sample"], by=person(request)
        )
    except (Refused, BudgetExhausted, UnknownPrice) as refused:
        messages.error(request, str(refused))
    else:
        wake_regrade_workers(regrade)
    return to_grader(run)


@agent_page(Role.MANAGER)
@require_POST
def steer(request: HttpRequest, agent: Agent, run_id: int, action: str) -> HttpResponse:
    """Cancel the newest re-grading, or go on with it."""
    run = run_of_page(agent, run_id)
    regrade = run.regrades.select_related("run__suite__agent").first()
    try:
        if regrade is None:
            raise Refused("This run was never re-graded.")
        if action == "cancel":
            regrade.cancel(timezone.now(), f"cancelled by {person(request).username}")
        else:
            regrade.resume()
            wake_regrade_workers(regrade)
    except Refused as refused:
        messages.error(request, str(refused))
    return to_grader(run)


def to_grader(run: Run) -> HttpResponse:
    """To the page of the run's grader, where the message is shown."""
    agent = run.suite.agent
    return redirect("testing:grader", agent.workspace.slug, agent.slug, run.pk)
