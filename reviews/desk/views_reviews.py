"""Pages about reviews: the nightly run, the quality figure, lists, and the panel on the page of a
conversation.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from context.releases.standing import judge_standing
from conversations.models import Conversation
from conversations.weeks import parse_day
from llm.states import WorkState
from reviews.desk.blind import held_blind, is_deciding, reviews_but, verdicts_but
from reviews.disputes.sides import disputes_on
from reviews.judging.nights import newest_day, night_of
from reviews.judging.planning import reviews_of, unplanned
from reviews.judging.scoring import Trust, trust
from reviews.models import CriterionResult, Flag, Review, Verdict
from reviews.quality.figure import coverage, quality

ROLLING = timedelta(days=6)
FILTERS = ("all", "passed", "failed", "unscored", "flagged", "partial")


def day_asked(request: HttpRequest, otherwise: date) -> date:
    """`?day=`, or the day given; 404 for what is no date."""
    return day_of(request, "day", otherwise)


def day_of(request: HttpRequest, name: str, otherwise: date) -> date:
    """The date of a parameter, or the one given; 404 for what is no date."""
    given = request.GET.get(name) or request.POST.get(name)
    try:
        return parse_day(given) if given else otherwise
    except ValueError:
        raise Http404 from None


def last_day(agent: Agent) -> date:
    """The newest reviewed day, or yesterday where nothing was reviewed yet."""
    return newest_day(agent) or agent.local_date(timezone.now()) - timedelta(days=1)


def filtered(rows: QuerySet[Review], which: str) -> QuerySet[Review]:
    """The reviews of one of the filters of the list."""
    match which:
        case "passed":
            return rows.filter(state=WorkState.DONE, passed=True)
        case "failed":
            return rows.filter(state=WorkState.DONE, passed=False)
        case "unscored":
            return rows.exclude(state=WorkState.DONE)
        case "flagged":
            return rows.filter(conversation__in=Flag.objects.values("conversation"))
        case "partial":
            return rows.filter(partial_view=True)
    return rows


@agent_page(Role.VIEWER)
@require_GET
def index(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Last night's run, the quality of the last seven days, and the list of reviews."""
    newest = last_day(agent)
    day = day_asked(request, newest)
    which = request.GET.get("show", "all")
    rows = reviews_of(agent).select_related("conversation", "judge")
    rows = rows.filter(day=day) if request.GET.get("day") else rows
    hidden = held_blind(agent, request.user.pk)
    rows = reviews_but(rows, hidden)
    found = page(request, filtered(rows, which), ("-day", "-id"))
    values: dict[str, Any] = {
        "agent": agent,
        "standing": judge_standing(agent),
        "night": night_of(agent, day, timezone.now()),
        "quality": quality(agent, day - ROLLING, day),
        "coverage": coverage(agent, day - ROLLING, day),
        "first_day": day - ROLLING,
        "reviews": found.rows,
        "hidden": len(hidden),
        "filters": FILTERS,
        "which": which if which in FILTERS else "all",
        "earlier": day - timedelta(days=1),
        "later": day + timedelta(days=1) if day < newest else None,
        "one_day": bool(request.GET.get("day")),
        "open": unplanned(agent, day, timezone.now()).count(),
        "may_manage": request.member.may(Role.MANAGER),  # type: ignore[attr-defined]
    }
    return render(request, "reviews/index.html", values | neighbours(request, found))


@agent_page(Role.VIEWER)
@require_GET
def verdicts(request: HttpRequest, agent: Agent) -> HttpResponse:
    """People's verdicts, newest first."""
    rows = Verdict.objects.filter(scorecard__agent=agent).select_related(
        "conversation",
        "reviewer",
        "review",
        "case",
        "proposal",
        "item__stratum",
        "superseded_by",
    )
    hidden = held_blind(agent, request.user.pk)
    rows, which = verdicts_but(rows, hidden), request.GET.get("show", "all")
    if which in ("passed", "failed"):
        rows = rows.filter(passed=which == "passed", withdrawn_at=None)
    found = page(request, rows, ("-created_at", "-id"))
    values = {"agent": agent, "verdicts": found.rows, "which": which, "hidden": len(hidden)}
    return render(request, "reviews/verdicts.html", values | neighbours(request, found))


def with_places(
    reviews: QuerySet[Review], conversation: Conversation
) -> list[tuple[Review, list[tuple[CriterionResult, int | None]], Trust]]:
    """Reviews with their results, each with the position of the message it quotes, and with how far
    a review can be taken at its word.
    """
    places = dict(conversation.messages.values_list("external_id", "position"))
    rows = reviews.select_related("judge").prefetch_related("results__criterion")
    return [
        (
            row,
            [(one, places.get(one.message_external_id)) for one in row.results.all()],
            trust((one.verdict, one.verified) for one in row.results.all()),
        )
        for row in rows
    ]


def verdicts_on(conversation: Conversation) -> QuerySet[Verdict]:
    """What people decided about a conversation, as its panel shows it."""
    rows = conversation.verdicts.filter(withdrawn_at=None)
    rows = rows.select_related("reviewer", "case", "proposal", "item")
    return rows.prefetch_related("results__criterion")


@agent_page(Role.VIEWER)
@require_GET
def panel(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """What the judge and people said about one conversation, for its page."""
    conversation = get_object_or_404(agent.conversations, pk=key)
    hidden = is_deciding(request.user.pk, conversation.pk)
    reviews = conversation.reviews.none() if hidden else conversation.reviews.order_by("-pk")
    values = {
        "agent": agent,
        "hidden": hidden,
        "reviews": with_places(reviews, conversation),
        "flags": conversation.flags.none() if hidden else conversation.flags.order_by("pk"),
        "verdicts": conversation.verdicts.none() if hidden else verdicts_on(conversation),
        "disputes": [] if hidden else disputes_on(conversation, request.user.pk),
        "items": conversation.queue_items.exclude(state="skipped").select_related(
            "queue", "stratum"
        ),
    }
    return render(request, "reviews/_panel.html", values)
