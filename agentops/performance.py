"""The performance page's numbers: weeks as chart points, tiles, and the change over the period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from context.chart_layers import Mark
from context.charts import Point
from context.models import Agent, Impact, Publication
from conversations.figures import FigureValue, WeekFigures, monday_of, weekly_figures

# (key, label, kind, whether up is good: None where the direction alone says nothing)
SHOWN: list[tuple[str, str, str, bool | None]] = [
    ("ai_answered", "AI answered", "share", True),
    ("ai_resolved", "AI resolved", "share", True),
    ("ai_share_of_resolutions", "AI share of resolutions", "share", True),
    ("ai_handover", "AI handover", "share", None),
    ("ai_handover_cold", "AI handover without a reply", "share", None),
    ("assisted_escalations", "Assisted escalations", "share", True),
    ("ai_snooze", "AI snooze", "share", None),
    ("snooze_resolved", "Snoozes the AI resolved", "share", True),
    ("snooze_handed_over", "Snoozes handed over", "share", None),
    ("snooze_silent", "Snoozes closed in silence", "share", None),
    ("ai_close", "AI close", "share", None),
    ("ai_ignore", "AI ignore", "share", None),
    ("csat", "CSAT", "score", True),
    ("csat_ai", "CSAT, AI only", "score", True),
    ("csat_mixed", "CSAT, mixed", "score", True),
    ("csat_human", "CSAT, people only", "score", True),
    ("response_rate", "Survey response rate", "share", None),
    ("reopen", "Reopened", "share", False),
    ("cost_per_conversation", "Cost per conversation", "money", False),
]
TILES = ["ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "csat", "reopen"]
CHARTED = ["ai_answered", "ai_resolved", "ai_handover", "ai_snooze", "ai_close", "ai_ignore"]


@dataclass(frozen=True)
class Change:
    """One figure from an earlier to a later week, in points and relative, and if it was good."""

    key: str
    label: str
    kind: str
    first: FigureValue | None
    last: FigureValue | None
    lowest: tuple[str, float] | None
    highest: tuple[str, float] | None
    up_is_good: bool | None

    @property
    def difference(self) -> float | None:
        """Later minus earlier; None unless both are known."""
        if value_of(self.first) is None or value_of(self.last) is None:
            return None
        return value_of(self.last) - value_of(self.first)  # type: ignore[operator]

    @property
    def relative(self) -> float | None:
        """The difference as a part of the earlier value; None from nothing."""
        earlier = value_of(self.first)
        return self.difference / earlier if self.difference is not None and earlier else None

    @property
    def mood(self) -> str:
        """`good`, `bad`, or empty while the intervals overlap or the direction says nothing."""
        if self.up_is_good is None or not self.difference or not apart(self.first, self.last):
            return ""
        return "good" if (self.difference > 0) == self.up_is_good else "bad"


@dataclass(frozen=True)
class Effect:
    """A release of the period with its newest impact on each figure."""

    number: int
    since: datetime
    rollback: bool
    impacts: list[Impact]

    @property
    def told(self) -> list[Impact]:
        """The impacts with a verdict."""
        return [one for one in self.impacts if one.verdict != Impact.Verdict.CANNOT_TELL_YET]

    @property
    def untold(self) -> list[Impact]:
        """The impacts of which nothing can be said yet."""
        return [one for one in self.impacts if one.verdict == Impact.Verdict.CANNOT_TELL_YET]


def value_of(figure: FigureValue | None) -> float | None:
    """The value, if the figure is there."""
    return figure.value if figure else None


def apart(first: FigureValue | None, last: FigureValue | None) -> bool:
    """Whether the two intervals leave no value in common: a change one may colour."""
    if not first or not last or None in (first.low, first.high, last.low, last.high):
        return False
    return first.high < last.low or last.high < first.low  # type: ignore[operator]


def weeks_back(
    agent: Agent, now: datetime, weeks: int, topic: str | None = None, channel: str | None = None
) -> list[WeekFigures]:
    """The figures of this week and the `weeks` before it, without empty weeks at the start."""
    this_monday = monday_of(agent.local_date(now))
    first = this_monday - timedelta(weeks=weeks)
    found = weekly_figures(agent, first, this_monday, now, topic=topic, channel=channel)
    start = next((i for i, week in enumerate(found) if week.n), len(found))
    return found[start:]


def complete(weeks: Sequence[WeekFigures], today: date) -> list[WeekFigures]:
    """The weeks that have ended and have conversations: the only ones to compare."""
    return [week for week in weeks if week.n and week.monday + timedelta(days=7) <= today]


def points(weeks: Sequence[WeekFigures]) -> list[Point]:
    """The charts' points; a figure without a value has none."""
    return [
        Point(
            key, week.week, week.monday, found.value, found.n, found.low, found.high,
            week.provisional,
        )
        for week in weeks
        for key in [*CHARTED, "csat"]
        if (found := week.figures.get(key)) and found.value is not None
    ]  # fmt: skip


def changes(weeks: Sequence[WeekFigures]) -> list[Change]:
    """Every figure from the first of the weeks to the last, with its low and high on the way.

    One week alone is a last one without a first.
    """
    if not weeks:
        return []
    found = []
    for key, label, kind, up_is_good in SHOWN:
        course = [
            (week.week, value)
            for week in weeks
            if (value := value_of(week.figures.get(key))) is not None
        ]
        first = weeks[0].figures.get(key) if len(weeks) > 1 else None
        last = weeks[-1].figures.get(key)
        lowest = min(course, key=lambda step: step[1], default=None)
        highest = max(course, key=lambda step: step[1], default=None)
        found.append(Change(key, label, kind, first, last, lowest, highest, up_is_good))
    return found


def tiles(weeks: Sequence[WeekFigures]) -> list[Change]:
    """The last of the weeks against the one before."""
    last_two = {change.key: change for change in changes(weeks[-2:])}
    return [last_two[key] for key in TILES if key in last_two]


def effects(agent: Agent, first: date) -> list[Effect]:
    """The releases that went live since `first`, newest first, with their impacts."""
    published = (
        Publication.objects.filter(release__agent=agent, started_at__date__gte=first)
        .select_related("release")
        .prefetch_related("release__impacts")
        .order_by("-started_at")
    )
    return [
        Effect(one.release.number, one.started_at, one.rollback, newest(one.release.impacts.all()))
        for one in published
    ]


def newest(impacts: Iterable[Impact]) -> list[Impact]:
    """The impact computed last on each figure, in the order of the page; rows come newest first."""
    found: dict[str, Impact] = {}
    for impact in impacts:
        found.setdefault(impact.figure, impact)
    order = {key: place for place, (key, *_) in enumerate(SHOWN)}
    return sorted(found.values(), key=lambda one: order.get(one.figure, len(order)))


def release_marks(agent: Agent, published: Sequence[Effect]) -> list[Mark]:
    """The charts' release markers, each with its page and what it is associated with."""
    slugs = [agent.workspace.slug, agent.slug]
    return [
        Mark(
            effect.number,
            agent.local_date(effect.since),
            reverse("context:release", args=[*slugs, effect.number]),
            told(agent, effect),
        )
        for effect in published
    ]


def told(agent: Agent, effect: Effect) -> str:
    """`Release 4, live since 5 October: AI answered improved`."""
    day = agent.local_date(effect.since)
    kind = "back" if effect.rollback else "live"
    verdicts = [
        f"{one.get_figure_display()} {one.get_verdict_display().lower()}" for one in effect.told
    ]
    found = ", ".join(verdicts) or "cannot tell yet what it did"
    return f"Release {effect.number}, {kind} since {day.day} {day:%B}: {found}"
