"""What a simulated brand's weeks came to: the JSON of `--json` and the table for people."""

from datetime import date, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from context.impacts.measuring import newest_impacts
from context.models import Agent, Release
from context.releases.checks import latest_checks
from conversations.figures import WeekFigures, weekly_figures
from reviews.models import Review, Verdict
from reviews.quality.figure import quality
from testing.models import Case, Run

RATES = (
    "ai_answered",
    "ai_handover",
    "ai_snooze",
    "ai_close",
    "ai_ignore",
    "ai_resolved",
    "ai_share_of_resolutions",
)

COLUMNS = (
    *("Week", "N", "Answered", "Handover", "Snooze", "Resolved"),
    *("CSAT", "n", "Quality", "Live"),
)
SHOWN = ("ai_answered", "ai_handover", "ai_snooze", "ai_resolved")


def short(value: float | None, digits: int = 4) -> float | None:
    """A number as it is printed; None stays None."""
    return None if value is None else round(value, digits)


def week_row(agent: Agent, week: WeekFigures) -> dict[str, Any]:
    """One week: the rates, CSAT and quality with their intervals, and the release live at its
    end.
    """
    csat = week.figures["csat"]
    good = quality(agent, week.monday, week.monday + timedelta(days=6))
    return (
        {"week": week.week, "n": week.n}
        | {name: short(week.figures[name].value) for name in RATES}
        | {"csat": short(csat.value, 3), "csat_n": csat.n}
        | {"csat_low": short(csat.low, 3), "csat_high": short(csat.high, 3)}
        | {"quality": short(good.estimate), "quality_low": short(good.low)}
        | {"quality_high": short(good.high)}
        | {"release": max(week.releases, default=None), "provisional": week.provisional}
    )


def release_row(release: Release) -> dict[str, Any]:
    """One release: its checks and the newest impact on each figure."""
    impacts = {figure: one.verdict for figure, one in newest_impacts(release).items()}
    checks = {name: check.status for name, check in latest_checks(release).items()}
    return {
        "number": release.number,
        "status": release.status,
        "checks": checks,
        "impact": impacts,
    }


def summary(agent: Agent, last_day: date, weeks: int, now: Any) -> dict[str, Any]:
    """Everything about one brand, ready for JSON."""
    last = last_day - timedelta(days=last_day.weekday())
    first = last - timedelta(weeks=weeks - 1)
    rows = weekly_figures(agent, first, last, now)
    releases = agent.releases.exclude(status__in=["draft", "discarded"]).order_by("number")
    return {
        "name": agent.workspace.name,
        "agent": f"{agent.workspace.slug}/{agent.slug}",
        "simulated": True,
        "weeks": [week_row(agent, week) for week in rows],
        "releases": [release_row(release) for release in releases],
        "reviews": Review.objects.filter(conversation__agent=agent, state="done").count(),
        "verdicts": Verdict.objects.filter(conversation__agent=agent, withdrawn_at=None).count(),
        "cases": Case.objects.filter(suite__agent=agent, status="approved").count(),
        "runs": Run.objects.filter(suite__agent=agent).count(),
    }


def percent(value: float | None) -> str:
    """0.281 as 28 %."""
    return "–" if value is None else f"{value:.0%}".replace("%", " %")


def print_table(console: Console, brand: dict[str, Any]) -> None:
    """The weekly table of one brand."""
    title = f"{brand['name']} – simulated data, local stand-in model"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.pad_edge = table.show_edge = False  # 80 columns must do
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "Week" else "right", no_wrap=True)
    for row in brand["weeks"]:
        table.add_row(
            row["week"] + ("*" if row["provisional"] else ""),
            str(row["n"]),
            *(percent(row[name]) for name in SHOWN),
            "–" if row["csat"] is None else f"{row['csat']:.2f}",
            str(row["csat_n"]),
            percent(row["quality"]),
            str(row["release"] or "–"),
        )
    console.print(table)
    console.print(
        f"{brand['reviews']} reviews by the judge, {brand['verdicts']} verdicts of people, "
        f"{brand['cases']} cases, {brand['runs']} runs. * provisional\n"
    )
