"""The team page: what each reviewer did in a period, and their goals."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.members import active_members
from accounts.models import Role, User
from context.access import agent_page
from context.models import Agent
from reviews.desk.forms import posted
from reviews.desk.views import reviewer_of
from reviews.team.goals import set_goals
from reviews.team.work import team

PERIODS = {"1": "today", "7": "7 days", "28": "28 days"}


@agent_page(Role.REVIEWER)
@require_GET
def team_page(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Everybody's row for managers; a reviewer's own, and the total of all."""
    asked = request.GET.get("days", "")
    days = asked if asked in PERIODS else "7"
    now, manages = timezone.now(), request.member.may(Role.MANAGER)  # type: ignore[attr-defined]
    last = agent.local_date(now)
    first = last - timedelta(days=int(days) - 1)
    only = None if manages else reviewer_of(request)
    page = {
        "agent": agent,
        "team": team(agent, first, last, now, only),
        "first_day": first,
        "last_day": last,
        "days": days,
        "periods": PERIODS,
        "manages": manages,
    }
    return render(request, "reviews/team.html", page)


@agent_page(Role.MANAGER)
@require_POST
def save_goals(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Set the reviewers' goals from today on; an empty field is the even share."""
    try:
        wanted = goals_given(posted(request.POST), agent)
        changed = set_goals(agent, wanted, by=reviewer_of(request), at=timezone.now())
    except ValueError as error:
        messages.error(request, f"Not saved. {error}")
    else:
        names = ", ".join(user.username for user in changed)
        messages.success(request, f"Goals set: {names}." if changed else "No goal changed.")
    return redirect("reviews:team", agent.workspace.slug, agent.slug)


def goals_given(post: dict[str, str], agent: Agent) -> dict[User, int | None]:
    """The goals of the form; raises ValueError for what is no whole number."""
    members = active_members(agent.workspace).select_related("user")
    wanted: dict[User, int | None] = {}
    for user in (member.user for member in members):
        given = post.get(f"goal-{user.pk}")
        if given is not None:
            given = given.strip()
            if given and not (given.isascii() and given.isdigit() and len(given) <= 4):
                raise ValueError(f"{given} is no number of conversations.")
            wanted[user] = int(given) if given else None
    return wanted
