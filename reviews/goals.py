"""How many conversations a reviewer is to decide in a day: set by managers, else an even share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.members import active_members
from accounts.models import Member, Role, User
from context.models import Agent
from reviews.models import ReviewGoal, Verdict

ACTIVE_FOR = timedelta(days=28)
MOST_PER_DAY = 500


@dataclass(frozen=True)
class Goals:
    """Everybody's goals: what was set, from which day on, and the even share of those without."""

    share: int
    active: frozenset[int]
    set_on: dict[int, list[tuple[date, int | None]]]

    def of(self, user_id: int, day: date) -> int:
        """The person's goal of a day; 0: none. The even share is today's, also for past days."""
        known = [goal for first, goal in self.set_on.get(user_id, []) if first <= day]
        if known and known[-1] is not None:
            return known[-1]
        return self.share if user_id in self.active else 0

    def is_set(self, user_id: int, day: date) -> bool:
        """Whether a manager has set the goal of that day."""
        known = [goal for first, goal in self.set_on.get(user_id, []) if first <= day]
        return bool(known) and known[-1] is not None


def goals_of(agent: Agent, now: datetime, members: Iterable[Member] | None = None) -> Goals:
    """The goals of the agent's reviewers: three short queries."""
    present = list(active_members(agent.workspace) if members is None else members)
    recent = Verdict.objects.filter(scorecard__agent=agent, created_at__gte=now - ACTIVE_FOR)
    deciding = set(recent.order_by().values_list("reviewer", flat=True).distinct())
    active = _active(present, deciding)
    set_on: dict[int, list[tuple[date, int | None]]] = {}
    for user_id, first, goal in ReviewGoal.objects.filter(agent=agent).values_list(
        "user", "first_day", "per_day"
    ):
        set_on.setdefault(user_id, []).append((first, goal))
    return Goals(-(-agent.queue_capacity // max(1, len(active))), active, set_on)


def _active(members: list[Member], deciding: set[int]) -> frozenset[int]:
    """Whom the queue is shared out to: reviewers, and managers and admins who decided lately; all
    who may review where that is nobody.
    """
    found = [one for one in members if one.role == Role.REVIEWER or one.user_id in deciding]
    return frozenset(one.user_id for one in found or members)


def goal_today(agent: Agent, user: User, now: datetime) -> int:
    """The person's goal of today; 0: none."""
    return goals_of(agent, now).of(user.pk, agent.local_date(now))


def set_goal(
    agent: Agent, user: User, per_day: int | None, *, by: User, day: date, at: datetime
) -> ReviewGoal:
    """Set a reviewer's goal from this day on; None: the even share again. Days before keep theirs.

    Raises ValueError for a goal that no one can reach in a day, or for who does not review here.
    """
    if per_day is not None and not 0 <= per_day <= MOST_PER_DAY:
        raise ValueError(f"A goal is from 0 to {MOST_PER_DAY} a day.")
    if not active_members(agent.workspace).filter(user=user).exists():
        raise ValueError(f"{user} does not review here.")
    goal, _ = ReviewGoal.objects.update_or_create(
        agent=agent,
        user=user,
        first_day=day,
        defaults={"per_day": per_day, "set_by": by, "set_at": at},
    )
    return goal
