"""Weeks of the loop, day by day: traffic, the night's review, the queue, the manager's weekly
work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from accounts.models import Member, Role, User, Workspace
from context.models import Agent, Release, ScheduledRun
from reviews.judging.nightly import finish_night, plan_night, work_night
from simulation import manager
from simulation.brand import Brand, load_brand
from simulation.randomness import dice
from simulation.staff import work_queue
from simulation.traffic import Desk, serve_day

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = range(4)
QUEUE_CAPACITY = 12
SCHEDULE = "simulation"


@dataclass(frozen=True)
class Plan:
    """What to simulate: so many weeks that end on the Sunday `last_day`, from one seed."""

    weeks: int
    seed: int
    last_day: date
    releases: bool = True

    @property
    def name(self) -> str:
        """What tells one plan's data from another's, whenever it was run."""
        return f"{self.weeks}w seed {self.seed}" + ("" if self.releases else " no rel.")

    @property
    def days(self) -> list[date]:
        """Every day, oldest first."""
        number = 7 * self.weeks
        return [self.last_day - timedelta(days=number - 1 - index) for index in range(number)]


def kept_last_day(brand_name: str, plan: Plan) -> date | None:
    """The last day of a complete simulation of this plan that is already there, or None."""
    run = ScheduledRun.objects.filter(
        agent__workspace__slug=load_brand(brand_name).slug,
        agent__workspace__simulated=True,
        schedule=SCHEDULE,
        period=plan.name,
        state=ScheduledRun.State.DONE,
    ).first()
    return date.fromisoformat(run.detail) if run else None


@transaction.atomic
def open_desk(brand: Brand, plan: Plan) -> tuple[Desk, User, list[User]]:
    """Make the brand's simulated workspace anew, with its agent, manager and two reviewers."""
    Workspace.objects.filter(slug=brand.slug, simulated=True).delete()
    workspace = Workspace.objects.create(
        name=brand.name, slug=brand.slug, time_zone=brand.time_zone, simulated=True
    )
    agent = Agent.objects.create(
        workspace=workspace,
        name=brand.agent,
        slug=brand.agent_slug,
        queue_capacity=QUEUE_CAPACITY,
        # The stand-in judge knows documents, not the truth: it finds no failure that a stale
        # document causes. Any real limit would suspend it and leave nobody to grade answers.
        judge_least_sensitivity=0.0,
        sampling_secret=dice(plan.seed, brand.slug, "sampling").randbytes(32).hex(),
    )
    people = []
    for name, role in (("manager", Role.ADMIN), ("anna", Role.REVIEWER), ("ben", Role.REVIEWER)):
        user, _ = User.objects.get_or_create(username=f"{name}-{brand.slug}")
        Member.objects.create(workspace=workspace, user=user, role=role)
        people.append(user)
    return Desk(agent, brand, plan.seed), people[0], people[1:]


def moment(agent: Agent, day: date, hour: int) -> datetime:
    """An hour of a day in the workspace's time zone."""
    return datetime.combine(day, time(hour), agent.workspace.zone)


def simulate(brand: Brand, plan: Plan, on_day: Callable[[int], None] = lambda _: None) -> Agent:
    """Run the whole plan for one brand and return its agent. Same brand and plan, same figures."""
    desk, boss, reviewers = open_desk(brand, plan)
    days = plan.days
    manager.found(desk, boss, moment(desk.agent, days[0] - timedelta(days=1), 12))
    draft: Release | None = None
    for index, day in enumerate(days):
        morning = moment(desk.agent, day, 9)
        if index:
            work_queue(desk, reviewers, morning)
        if plan.releases:
            draft = weekly_work(desk, boss, draft, day, index, morning + timedelta(hours=3))
        evening = moment(desk.agent, day, 23)
        serve_day(desk, day, index, evening)
        night = moment(desk.agent, day + timedelta(days=1), desk.agent.review_hour)
        plan_night(desk.agent, day, night)
        work_night(desk.agent, lambda night=night: night)  # type: ignore[misc]
        finish_night(desk.agent, day, night)
        on_day(index + 1)
    end = moment(desk.agent, plan.last_day + timedelta(days=1), 9)
    manager.read_impact(desk, end)
    ScheduledRun.objects.create(
        agent=desk.agent,
        schedule=SCHEDULE,
        period=plan.name,
        state=ScheduledRun.State.DONE,
        detail=plan.last_day.isoformat(),
        started_at=end,
        lease_until=end,
        finished_at=end,
    )
    return desk.agent


def weekly_work(
    desk: Desk, boss: User, draft: Release | None, day: date, index: int, now: datetime
) -> Release | None:
    """The manager's work of one day of the week; returns the draft that is under way."""
    if day.weekday() == MONDAY and index:
        manager.read_impact(desk, now)
    elif day.weekday() == TUESDAY and index > 7:
        manager.add_questions(desk, day, boss, now)
    elif day.weekday() == WEDNESDAY:
        return manager.decide_proposals(desk, boss, now)
    elif day.weekday() == THURSDAY and draft is not None:
        manager.try_release(desk, draft, boss, now)
        manager.release_or_reject(desk, draft, boss, now)
        return None
    return draft
