"""Pages of the judge's runs: what a day would cost, start, follow, cancel."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from llm.budget import spent
from llm.calls import UnknownPrice
from llm.states import Route
from reviews import tasks
from reviews.desk.views import reviewer_of
from reviews.desk.views_reviews import day_asked, last_day
from reviews.judging.batching import cancel_batches
from reviews.judging.nights import night_of
from reviews.judging.planning import NothingToReview, current_judge, start_run, unplanned
from reviews.judging.pricing import estimate
from reviews.models import AlreadyCancelled


class RunForm(forms.Form):
    """The cap of a run that is about to start, and how it is asked."""

    cap = forms.DecimalField(label="Cap in US dollars", min_value=0, max_digits=8, decimal_places=2)
    route = forms.ChoiceField(
        label="Asked by",
        choices=Route.choices,
        required=False,
        help_text="Live calls begin at once. The results of a batch may take up to a day.",
    )

    def clean_route(self) -> str:
        """Live calls where nothing is said."""
        return self.cleaned_data["route"] or Route.LIVE


def to_day(agent: Agent, day: date) -> HttpResponse:
    """Back to the day's reviews."""
    response = redirect("reviews:index", agent.workspace.slug, agent.slug)
    response["Location"] += f"?day={day.isoformat()}"
    return response


@agent_page(Role.VIEWER)
@require_GET
def night(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The state of a day's run, asked again and again while it goes on."""
    day, now = day_asked(request, last_day(agent)), timezone.now()
    values = {
        "agent": agent,
        "night": night_of(agent, day, now),
        "open": unplanned(agent, day, now).count(),
        "may_manage": request.member.may(Role.MANAGER),  # type: ignore[attr-defined]
    }
    return render(request, "reviews/_night.html", values)


@agent_page(Role.MANAGER)
@require_GET
def price(request: HttpRequest, agent: Agent) -> HttpResponse:
    """What reviewing the rest of a day would cost, before anybody starts it."""
    day = day_asked(request, last_day(agent))
    return price_page(request, agent, day, RunForm(initial={"cap": agent.run_budget_usd}))


def price_page(request: HttpRequest, agent: Agent, day: date, form: RunForm) -> HttpResponse:
    """The page with the price and the cap; an unknown price leaves nothing to start."""
    now = timezone.now()
    values = {
        "agent": agent,
        "day": day,
        "form": form,
        "judge": current_judge(agent, now),
        "night": night_of(agent, day, now),
        "new": unplanned(agent, day, now).count(),
        "left": agent.daily_budget_usd - spent(agent.budget_scope, agent.local_date(now)),
    }
    try:
        values["price"] = estimate(agent, day, now)
    except UnknownPrice as unknown:
        values["refusal"] = str(unknown)
    return render(request, "reviews/run.html", values)


@agent_page(Role.MANAGER)
@require_POST
def start(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Start the judge on what of the day has no review yet."""
    day, now = day_asked(request, last_day(agent)), timezone.now()
    form = RunForm(request.POST)
    if not form.is_valid():
        return price_page(request, agent, day, form)
    given = {"by": reviewer_of(request), **form.cleaned_data}
    try:
        price = estimate(agent, day, now)
        started = start_run(agent, day, now, estimated=price.by(given["route"]), **given)
    except (UnknownPrice, NothingToReview) as refused:
        messages.warning(request, str(refused))
        return to_day(agent, day)
    work = tasks.work_batches if given["route"] == Route.BATCH else tasks.work_reviews
    work.delay_on_commit(agent.pk)  # type: ignore[union-attr]
    rows = started.planned + started.retried
    messages.info(request, f"Started: {rows} review{'' if rows == 1 else 's'}.")
    return to_day(agent, day)


@agent_page(Role.MANAGER)
@require_POST
def cancel(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Stop the day's runs: what waits is skipped, and can be started again."""
    day, now = day_asked(request, last_day(agent)), timezone.now()
    skipped = 0
    for run in agent.review_runs.filter(day=day, cancelled_at=None):
        try:
            skipped += run.cancel(reviewer_of(request), now)
        except AlreadyCancelled:
            continue
        cancel_batches([run], reviewer_of(request).username, now)
    messages.info(
        request,
        f"Stopped. {skipped} review{'' if skipped == 1 else 's'} left out; calls under way end.",
    )
    return to_day(agent, day)
