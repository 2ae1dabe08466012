"""The last full day in figures, beside the mean of the same weekday in the four weeks before."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from context.models import Agent, Figure, Measurement

WEEKS_BACK = 4
SHARES = [
    (Figure.AI_ANSWERED, "AI answered"),
    (Figure.AI_RESOLVED, "AI resolved"),
    (Figure.AI_HANDOVER, "AI handover"),
    (Figure.AI_SNOOZE, "AI snooze"),
]
Counts = dict[tuple[date, str], tuple[int, float]]


@dataclass(frozen=True)
class DayFigure:
    """One figure of the day; shares as fractions, CSAT from 1 to 5, None where nothing counted."""

    key: str
    label: str
    value: float | None
    n: int
    usual: float | None

    @property
    def is_share(self) -> bool:
        """Whether it is shown in per cent."""
        return self.key.startswith("ai_")

    @property
    def change(self) -> float | None:
        """Points (or scores) above the usual."""
        if self.value is None or self.usual is None:
            return None
        return self.value - self.usual


@dataclass(frozen=True)
class Yesterday:
    """The newest day with conversations before today."""

    day: date
    conversations: int
    usual_conversations: float | None
    figures: list[DayFigure]


def yesterday(agent: Agent, today: date) -> Yesterday | None:
    """The figures of the newest measured day before `today`, or None where nothing is measured."""
    measured = Measurement.objects.filter(agent=agent, figure=Figure.CONVERSATIONS, date__lt=today)
    day = measured.order_by("-date").values_list("date", flat=True).first()
    if day is None:
        return None
    earlier = [day - timedelta(weeks=back) for back in range(1, WEEKS_BACK + 1)]
    counts = day_counts(agent, [day, *earlier])
    totals = [n for past in earlier if (n := conversations_on(counts, past))]
    usual = sum(totals) / len(totals) if totals else None
    shares = [day_figure(counts, day, earlier, key, label) for key, label in SHARES]
    csat = day_figure(counts, day, earlier, Figure.CSAT, "CSAT")
    return Yesterday(day, conversations_on(counts, day), usual, [*shares, csat])


def day_counts(agent: Agent, days: list[date]) -> Counts:
    """(n, total) by day and figure, added up over releases, topics and channels. One query."""
    rows = (
        Measurement.objects.filter(agent=agent, date__in=days)
        .values_list("date", "figure")
        .annotate(count=Sum("n"), sum=Sum("total"))
    )
    return {(day, figure): (n, total) for day, figure, n, total in rows}


def conversations_on(counts: Counts, day: date) -> int:
    """N of the day."""
    return round(counts.get((day, Figure.CONVERSATIONS), (0, 0.0))[1])


def day_figure(
    counts: Counts, day: date, earlier: list[date], key: Figure, label: str
) -> DayFigure:
    """The day's ratio total / n, beside the pooled ratio of the days before."""
    n, total = counts.get((day, key), (0, 0.0))
    past = [counts[past_day, key] for past_day in earlier if (past_day, key) in counts]
    past_n, past_total = sum(n for n, _ in past), sum(total for _, total in past)
    value, usual = (total / n if n else None), (past_total / past_n if past_n else None)
    return DayFigure(key.value, label, value, n, usual)
