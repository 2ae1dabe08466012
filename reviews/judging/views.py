"""The judge as an instrument: its versions, its standing, and what it is taught."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from context.releases.standing import judge_standing
from reviews.agreement.standing import keep_standing
from reviews.desk.views import reviewer_of
from reviews.judging.traps import MOST_TRAPS, NothingToTeach, go_back, new_traps, teach
from reviews.judging.version_figures import version_figures
from reviews.judging.versions import judge_in_use, taught_list, traps_of
from reviews.models import Criterion, JudgeVersion, TrapList


def criterion_names(agent: Agent) -> dict[str, str]:
    """The names of criteria by key; of a key that changed its name, the newest scorecard's."""
    rows = Criterion.objects.filter(scorecard__agent=agent).order_by("scorecard_id")
    return dict(rows.values_list("key", "name"))


@agent_page(Role.VIEWER)
@require_GET
def judge(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Versions, standing, traps."""
    now = timezone.now()
    taught = taught_list(agent)
    values = {
        "agent": agent,
        "standing": judge_standing(agent),
        "current": judge_in_use(agent),
        "versions": version_figures(agent, now),
        "taught": taught,
        "traps": traps_of(taught),
        "new_traps": new_traps(agent),
        "lists": agent.trap_lists.select_related("created_by").prefetch_related("traps"),
        "most_traps": MOST_TRAPS,
        "names": criterion_names(agent),
        "may_manage": request.member.may(Role.MANAGER),  # type: ignore[attr-defined]
    }
    return render(request, "reviews/judge.html", values)


def changed(request: HttpRequest, agent: Agent, change: Callable[[], JudgeVersion]) -> HttpResponse:
    """Make the change, look at once what the new version's standing is, and say so."""
    try:
        version = change()
    except NothingToTeach as error:
        messages.warning(request, str(error))
    else:
        standing = keep_standing(agent, timezone.now())
        messages.success(
            request, f"Version {version.number} judges from now on. {standing.sentence}"
        )
    return redirect("reviews:judge", agent.workspace.slug, agent.slug)


@agent_page(Role.MANAGER)
@require_POST
def teach_traps(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Have the judge's prompt quote the errors that people marked."""
    by = reviewer_of(request)
    return changed(request, agent, lambda: teach(agent, by, timezone.now()))


@agent_page(Role.MANAGER)
@require_POST
def use_traps(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Go back to an older trap list; 0 is none."""
    to = get_object_or_404(TrapList, agent=agent, number=number) if number else None
    by = reviewer_of(request)
    return changed(request, agent, lambda: go_back(agent, to, by, timezone.now()))
