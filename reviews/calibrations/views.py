"""Pages of calibrations: the sessions, one session, and the differences when it is closed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.members import active_members
from accounts.models import Role, User
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from conversations.weeks import parse_day
from reviews.calibrations.differences import differences_of
from reviews.calibrations.rules import differences_file, record_rule, rules_of
from reviews.calibrations.sessions import (
    SIZE,
    CalibrationRefused,
    Plan,
    add_participant,
    end_session,
    remove_participant,
    start_session,
)
from reviews.desk.forms import lines, posted
from reviews.desk.views import reviewer_of
from reviews.models import CalibrationSession
from reviews.team.opinions import asked_in, next_opinion, progress_of

RULES_SHOWN = 20


def people_of(agent: Agent) -> list[User]:
    """Everybody who reviews here, by name."""
    members = active_members(agent.workspace).select_related("user")
    return [member.user for member in members.order_by("user__username")]


def session_of(agent: Agent, key: int) -> CalibrationSession:
    """A session of this agent, or 404."""
    rows = CalibrationSession.objects.select_related(
        "agent__workspace", "scorecard", "created_by", "ended_by"
    )
    return get_object_or_404(rows, pk=key, agent=agent)


def to_session(agent: Agent, key: int) -> HttpResponse:
    """To the page of a session."""
    return redirect("reviews:calibration", agent.workspace.slug, agent.slug, key)


@agent_page(Role.REVIEWER)
@require_GET
def calibrations(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The sessions, newest first, what this person is asked for, and the rules learned."""
    found = page(request, agent.calibrations.all(), ("-created_at", "-id"))
    values = {
        "agent": agent,
        "sessions": progress_of(found.rows, reviewer_of(request)),
        "rules": list(rules_of(agent)[:RULES_SHOWN]),
        "manages": request.member.may(Role.MANAGER),  # type: ignore[attr-defined]
        "people": people_of(agent),
        "size": SIZE,
    }
    return render(request, "reviews/calibrations.html", values | neighbours(request, found))


@agent_page(Role.MANAGER)
@require_POST
def start(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Start a session."""
    try:
        plan = plan_given(request, agent)
        session = start_session(agent, plan, by=reviewer_of(request), at=timezone.now())
    except CalibrationRefused as refusal:
        messages.error(request, f"Not started. {refusal}")
        return redirect("reviews:calibrations", agent.workspace.slug, agent.slug)
    messages.success(request, "Started. Everybody who takes part finds it here.")
    return to_session(agent, session.pk)


def plan_given(request: HttpRequest, agent: Agent) -> Plan:
    """The session the form asks for; raises CalibrationRefused for what is no date or number."""
    post = posted(request.POST)
    chosen = set(request.POST.getlist("person"))
    size, due = post.get("size", "").strip() or str(SIZE), post.get("due_on", "").strip()
    try:
        due_on = parse_day(due) if due else None
    except ValueError:
        raise CalibrationRefused(f"{due} is no date.") from None
    if not (size.isascii() and size.isdigit() and len(size) <= 3):
        raise CalibrationRefused(f"{size} is no number of conversations.")
    return Plan(
        name=post.get("name", "")[:100],
        people=[user for user in people_of(agent) if user.username in chosen],
        due_on=due_on,
        size=int(size),
        picked=lines(post.get("picked", "")),
    )


@agent_page(Role.REVIEWER)
@require_GET
def calibration(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """One session: everybody's progress while it is open, the differences when it is closed."""
    session, user = session_of(agent, key), reviewer_of(request)
    manages = request.member.may(Role.MANAGER)  # type: ignore[attr-defined]
    closed = session.status == CalibrationSession.Status.CLOSED
    people = session.progress()
    present = {row.user_id for row in people}
    values = {
        "agent": agent,
        "session": session,
        "people": people,
        "mine": list(asked_in(session, user)) if user.pk in present else [],
        "next": next_opinion(session, user),
        "found": differences_of(session) if closed else None,
        "others": [one for one in people_of(agent) if one.pk not in present],
        "manages": manages,
        "may_agree": closed and (manages or user.pk in present),
        "late": session.is_late(agent.local_date(timezone.now())),
    }
    return render(request, "reviews/calibration.html", values)


@agent_page(Role.MANAGER)
@require_POST
def people(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Let a person join, or take one out."""
    session, post = session_of(agent, key), posted(request.POST)
    user = get_object_or_404(
        User, username=post.get("person", ""), memberships__workspace=agent.workspace
    )
    change = remove_participant if post.get("do") == "remove" else add_participant
    try:
        change(session, user, by=reviewer_of(request), at=timezone.now())
    except CalibrationRefused as refusal:
        messages.warning(request, str(refusal))
    return to_session(agent, key)


@agent_page(Role.MANAGER)
@require_POST
def end(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Close the session, or cancel it."""
    cancelled = posted(request.POST).get("do") == "cancel"
    status = CalibrationSession.Status.CANCELLED if cancelled else CalibrationSession.Status.CLOSED
    session = session_of(agent, key)
    try:
        end_session(session, status, by=reviewer_of(request), at=timezone.now())
    except CalibrationRefused as refusal:
        messages.warning(request, str(refusal))
    return to_session(agent, key)


@agent_page(Role.REVIEWER)
@require_POST
def agree(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """Record what the group agreed on about one question; for who took part, and managers."""
    session, user, post = session_of(agent, key), reviewer_of(request), posted(request.POST)
    takes_part = session.participants.filter(user=user, removed_at=None).exists()
    entry = post.get("entry", "")
    try:
        if not takes_part and not request.member.may(Role.MANAGER):  # type: ignore[attr-defined]
            raise CalibrationRefused("Those who took part record what they agreed on.")
        record_rule(
            session,
            int(entry) if entry.isdecimal() and len(entry) < 19 else 0,
            post.get("criterion", ""),
            post.get("answer", ""),
            post.get("rule", ""),
            by=user,
            at=timezone.now(),
        )
    except CalibrationRefused as refusal:
        messages.warning(request, str(refusal))
    response = to_session(agent, key)
    response["Location"] += f"#entry-{entry}"
    return response


@agent_page(Role.REVIEWER)
@require_GET
def differences(
    request: HttpRequest, agent: Agent, key: int
) -> StreamingHttpResponse | HttpResponse:
    """The differences of a closed session as a CSV file."""
    session = session_of(agent, key)
    if session.status != CalibrationSession.Status.CLOSED:
        messages.warning(request, "The differences are shown when the session is closed.")
        return to_session(agent, key)
    found = differences_file(session, differences_of(session))
    response = StreamingHttpResponse(found, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="calibration-{session.pk}.csv"'
    return response
