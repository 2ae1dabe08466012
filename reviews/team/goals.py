"""How many conversations a reviewer is to decide in a day: set by managers, else an even share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts import audit
from accounts.members import active_members
from accounts.models import Role, User
from context.models import Agent
from reviews.models import ReviewGoal, Verdict

ACTIVE_FOR = timedelta(days=28)
MOST_PER_DAY = 500


@dataclass(frozen=True)
class Goals:
    """Everybody's goals: what was set, from which day on, and the even share of those without."""

    share: int
    active: frozenset[int]
    set_on: Mapping[int, list[tuple[date, int | None]]]

    def of(self, user_id: int, day: date) -> int:
        """The person's goal of a day; 0: none. The even share is today's, also for past days."""
        known = self.set_for(user_id, day)
        if known is not None:
            return known
        return self.share if user_id in self.active else 0

    def set_for(self, user_id: int, day: date) -> int | None:
        """The goal a manager has set for that day, or None."""
        known = [goal for first, goal in self.set_on.get(user_id, []) if first <= day]
        return known[-1] if known else None


@dataclass(frozen=True)
class DayGoal:
    """What a person has decided today, and their goal; a goal of 0 is none."""

    done: int
    goal: int


def goals_of(agent: Agent, now: datetime) -> Goals:
    """The goals of the agent's reviewers, in two short queries."""
    set_on: dict[int, list[tuple[date, int | None]]] = {}
    rows = ReviewGoal.objects.filter(agent=agent).order_by("first_day")
    for user_id, first, goal in rows.values_list("user", "first_day", "per_day"):
        set_on.setdefault(user_id, []).append((first, goal))
    active = sharing(agent, now)
    return Goals(-(-agent.queue_capacity // max(1, len(active))), active, set_on)


def sharing(agent: Agent, now: datetime) -> frozenset[int]:
    """Over whom the queue is shared out: reviewers, and managers and admins who decided in the
    last four weeks; all who may review where that is nobody.
    """
    members = active_members(agent.workspace)
    recent = Verdict.objects.filter(
        reviewer=OuterRef("user"), scorecard__agent=agent, created_at__gte=now - ACTIVE_FOR
    )
    found = members.filter(Q(role=Role.REVIEWER) | Exists(recent)).values_list("user", flat=True)
    return frozenset(found) or frozenset(members.values_list("user", flat=True))


def goal_of_today(agent: Agent, user: User, now: datetime) -> DayGoal:
    """What the person has decided today, in whichever queue, and their goal."""
    day = agent.local_date(now)
    start = datetime.combine(day, time.min, agent.workspace.zone)
    decided = Verdict.objects.filter(
        reviewer=user,
        scorecard__agent=agent,
        created_at__gte=start,
        withdrawn_at=None,
        supersedes=None,
    )
    return DayGoal(decided.count(), goals_of(agent, now).of(user.pk, day))


@transaction.atomic
def set_goals(
    agent: Agent, wanted: Mapping[User, int | None], *, by: User, at: datetime
) -> list[User]:
    """Set goals from today on; None: the even share again. Earlier days keep theirs.

    Returns whose goal changed. Raises ValueError for a goal that nobody reaches in a day.
    """
    day, known = agent.local_date(at), goals_of(agent, at)
    changed = [user for user, goal in wanted.items() if known.set_for(user.pk, day) != goal]
    for user in changed:
        goal = wanted[user]
        if goal is not None and not 0 <= goal <= MOST_PER_DAY:
            raise ValueError(f"A goal is from 0 to {MOST_PER_DAY} a day.")
        ReviewGoal.objects.update_or_create(
            agent=agent,
            user=user,
            first_day=day,
            defaults={"per_day": goal, "set_by": by, "set_at": at},
        )
        detail = "the even share" if goal is None else f"{goal} a day"
        audit.record(
            agent.workspace, "goal.set", f"{user} on {agent}", at=at, user=by, detail=detail
        )
    return changed
