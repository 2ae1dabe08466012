"""How a team works the queue: each reviewer's items, goal, time, skips and agreement in a period.

Counts of a period are of the days on which people worked, in the workspace's time zone. Nothing
here ranks people: hard conversations fall to some and not to others.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from accounts.members import active_members
from accounts.models import User
from context.models import Agent
from reviews.quality.figure import BIASED_SKIP_RATE
from reviews.team.goals import Goals, goals_of
from reviews.team.readings import (
    LONGEST,
    Reading,
    doubles_of,
    queue_days_of,
    readings_of,
    skips_of,
    weekly_of,
)

WEEKS = 8


@dataclass(frozen=True)
class Worked:
    """What one reviewer, or all of them, did in a period. Times are seconds."""

    decided: int
    passed: int
    undone: int
    overturned: int
    skipped: int
    times: list[int]
    doubles: int
    same: int
    days_due: int
    days_met: int
    goal: int

    @property
    def skip_rate(self) -> float | None:
        """The share of finished items that were skipped."""
        finished = self.decided + self.skipped
        return self.skipped / finished if finished else None

    @property
    def is_biased(self) -> bool:
        """Whether so much was skipped that the quality figure may not be trusted."""
        return (self.skip_rate or 0.0) > BIASED_SKIP_RATE

    @property
    def passed_share(self) -> float | None:
        """The share of decided items that passed; of what was read, not of what happened."""
        return self.passed / self.decided if self.decided else None

    @property
    def median_minutes(self) -> float | None:
        """The median time of an item."""
        return median(self.times) / 60 if self.times else None

    @property
    def hours(self) -> float:
        """All time at the desk; an item counts fifteen minutes at most."""
        return sum(self.times) / 3600

    @property
    def capped(self) -> int:
        """Items that took longer and count as fifteen minutes."""
        return sum(seconds >= LONGEST for seconds in self.times)


@dataclass(frozen=True)
class TeamRow:
    """One reviewer's row: the period, and the items of each of the last weeks beside the goal."""

    user: User
    is_here: bool
    worked: Worked
    weeks: list[tuple[int, int]]
    goal: int
    goal_set: int | None


@dataclass(frozen=True)
class Team:
    """The page: everybody's rows (or one person's), the total, and the weeks they show."""

    members: list[TeamRow]
    total: Worked
    weeks: list[date]
    goals: Goals


def team(agent: Agent, first: date, last: date, now: datetime, only: User | None = None) -> Team:
    """Read the period, both days included; `only` leaves the other reviewers' rows out."""
    readings, skips = readings_of(agent, first, last), skips_of(agent, first, last)
    doubles, goals = doubles_of(agent, first, last), goals_of(agent, now)
    monday = last - timedelta(days=last.weekday() + 7 * (WEEKS - 1))
    days = queue_days_of(agent, min(first, monday), last)
    weekly = weekly_of(agent, monday, last)
    due = [day for day in days if first <= day]
    members = []
    for user, is_here in _people(agent, {one.reviewer for one in readings} | set(skips)):
        if only is None or user == only:
            own = [one for one in readings if one.reviewer == user.pk]
            targets = {day: goals.of(user.pk, day) for day in due} if is_here else {}
            pairs = [one.same for one in doubles if user.pk in one.readers]
            worked = _worked(own, skips[user.pk], pairs, targets)
            weeks = _weeks(user, monday, days, weekly, goals)
            members.append(TeamRow(user, is_here, worked, weeks, *_own_goal(goals, user, last)))
    total = _worked(readings, sum(skips.values()), [one.same for one in doubles], {})
    mondays = [monday + timedelta(weeks=number) for number in range(WEEKS)]
    return Team(members, total, mondays, goals)


def _own_goal(goals: Goals, user: User, day: date) -> tuple[int, int | None]:
    """The person's goal of the day, and what of it a manager has set."""
    return goals.of(user.pk, day), goals.set_for(user.pk, day)


def _weeks(
    user: User,
    monday: date,
    days: Iterable[date],
    decided: Counter[tuple[int, date]],
    goals: Goals,
) -> list[tuple[int, int]]:
    """For each week, items decided and the sum of the goals of the days with a queue."""
    found = [[0, 0] for _ in range(WEEKS)]
    for (reviewer, day), count in decided.items():
        if reviewer == user.pk:
            found[(day - monday).days // 7][0] += count
    for day in days:
        if day >= monday:
            found[(day - monday).days // 7][1] += goals.of(user.pk, day)
    return [(done, goal) for done, goal in found]


def _people(agent: Agent, seen: set[int]) -> list[tuple[User, bool]]:
    """Everybody who may review, and who did in the period, by name; and whether they may."""
    here = set(active_members(agent.workspace).values_list("user", flat=True))
    users = User.objects.filter(pk__in=here | seen).order_by("username")
    return [(user, user.pk in here) for user in users]


def _worked(
    readings: list[Reading], skipped: int, pairs: list[bool], targets: dict[date, int]
) -> Worked:
    """Sum readings up; `targets` are the person's goals on the days with a queue."""
    own = [one for one in readings if one.stands]
    per_day = Counter(one.day for one in own)
    due = {day: goal for day, goal in targets.items() if goal}
    return Worked(
        decided=len(own),
        passed=sum(one.passed for one in own),
        undone=len(readings) - len(own),
        overturned=sum(one.overturned for one in own),
        skipped=skipped,
        times=[one.seconds for one in own],
        doubles=len(pairs),
        same=sum(pairs),
        days_due=len(due),
        days_met=sum(per_day[day] >= goal for day, goal in due.items()),
        goal=sum(due.values()),
    )
