"""The list of disagreements between people and the judge, and marking who was wrong."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from reviews.agreement.disagreements import (
    CRITICAL,
    DIRECTIONS,
    STATES,
    Disagreement,
    disagreements,
    filtered,
    loaded,
    of_period,
    shown,
)
from reviews.agreement.marks import AlreadyMarked, mark_disagreement, undo_mark
from reviews.agreement.views import scope_of
from reviews.desk.blind import held_blind
from reviews.desk.verdicts import NotYours
from reviews.desk.views import reviewer_of
from reviews.models import Criterion, DisagreementMark

FILTERS = ("weeks", "day", "judge", "criterion", "direction", "state", "cursor")


@agent_page(Role.VIEWER)
@require_GET
def index(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The disagreements of a period with one version of the judge, newest first."""
    scope = scope_of(request, agent)
    asked = {name: request.GET.get(name, "") for name in ("criterion", "direction", "state")}
    asked["state"] = asked["state"] if asked["state"] in STATES else "open"
    rows = of_period(disagreements(agent), scope.first_day, scope.day, scope.judge)
    rows = rows.exclude(parent__conversation__in=held_blind(agent, request.user.pk))
    found = page(request, loaded(filtered(rows, **asked)), ("-id",))
    values: dict[str, Any] = {
        "agent": agent,
        "scope": scope,
        "asked": asked,
        "rows": shown(agent, found.rows),
        "criteria": Criterion.objects.filter(scorecard__agent=agent, scorecard__active=True),
        "critical": CRITICAL,
        "directions": DIRECTIONS,
        "states": STATES,
        "versions": agent.judge_versions.all(),
        "may_mark": request.member.may(Role.REVIEWER),  # type: ignore[attr-defined]
        "query": request.GET.urlencode(),
    }
    return render(request, "reviews/disagreements.html", values | neighbours(request, found))


def disagreement_of(agent: Agent, key: int) -> Disagreement:
    """The disagreement about one answer of a person, or 404."""
    rows = loaded(disagreements(agent)).select_related("parent__scorecard__agent__workspace")
    (found,) = shown(agent, [get_object_or_404(rows, pk=key)])
    return found


def answered(request: HttpRequest, agent: Agent, key: int, do: Callable[[], Any]) -> HttpResponse:
    """Do it, then show the row as it is now: the row alone for a script, else the list."""
    try:
        do()
    except (AlreadyMarked, NotYours) as error:
        messages.warning(request, str(error))
    if request.htmx:  # type: ignore[attr-defined]
        row = {"agent": agent, "row": disagreement_of(agent, key), "may_mark": True}
        return render(request, "reviews/_disagreement.html", row)
    query = QueryDict(request.POST.get("query", ""))
    kept = {name: query[name] for name in FILTERS if query.get(name)}
    path = reverse("reviews:disagreements", args=[agent.workspace.slug, agent.slug])
    return redirect(f"{path}?{urlencode(kept)}")


@agent_page(Role.REVIEWER)
@require_POST
def mark(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Say who was wrong about one answer."""
    found, given = disagreement_of(agent, key), request.POST
    person = given.get("blame") == DisagreementMark.Blame.PERSON

    def do() -> None:
        mark_disagreement(
            found,
            DisagreementMark.Blame.PERSON if person else DisagreementMark.Blame.JUDGE,
            reviewer_of(request),
            timezone.now(),
            lesson=given.get("lesson", ""),
            quote=given.get("quote", ""),
        )

    return answered(request, agent, key, do)


@agent_page(Role.REVIEWER)
@require_POST
def undo(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Take the mark of an answer back."""
    found = disagreement_of(agent, key)

    def do() -> None:
        if found.mark is None:
            raise AlreadyMarked("The mark has been taken back already.")
        undo_mark(found.mark, reviewer_of(request), timezone.now())

    return answered(request, agent, key, do)
