"""Keep the report of a week, and its final version beside the provisional one."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from agentops.report.compose import compose
from agentops.report.content import ReportData, read, stored
from agentops.report.sentences import differences, summary
from context.models import Agent, Event, WeeklyReport
from context.webhooks.announcements import announce
from conversations.figures import PROVISIONAL_DAYS, WEEK, is_provisional

# What a final version takes from the numbers as they are now. What waited for a decision and who
# had reviewed stays as it was told on the day: it is no estimate that ripens.
RIPENS = ("provisional", "conversations", "conversations_before", "figures", "effects", "cost",
          "points", "composed_on", "local_model")  # fmt: skip


def newest_report(agent: Agent, monday: date) -> WeeklyReport | None:
    """The version that holds."""
    rows = WeeklyReport.objects.filter(agent=agent, monday=monday)
    return rows.order_by("-version").first()


def keep_report(agent: Agent, monday: date, now: datetime) -> WeeklyReport:
    """The week's report: the kept one, or a new one; a provisional one becomes final when the week
    is. What was kept is never changed.
    """
    kept = newest_report(agent, monday)
    if kept is None:
        return _keep(agent, compose(agent, monday, now), 1, now)
    if kept.is_provisional and not is_provisional(agent, monday, now):
        return _keep(agent, final(read(kept.data), compose(agent, monday, now)), 2, now)
    return kept


def final(first: ReportData, now: ReportData) -> ReportData:
    """The provisional report with the numbers that have ripened; pure."""
    return replace(first, **{name: getattr(now, name) for name in RIPENS})


def ripened(agent: Agent, now: datetime) -> list[date]:
    """The weeks whose newest report is provisional though the week no longer is."""
    last = agent.local_date(now) - WEEK - timedelta(days=PROVISIONAL_DAYS)
    rows = WeeklyReport.objects.filter(agent=agent, monday__lte=last)
    done = rows.filter(status=WeeklyReport.Status.FINAL).values("monday")
    return sorted(set(rows.exclude(monday__in=done).values_list("monday", flat=True)))


def _keep(agent: Agent, data: ReportData, version: int, now: datetime) -> WeeklyReport:
    """Write a version; if another process was first, its row is the report."""
    status = WeeklyReport.Status
    columns = {
        "status": status.PROVISIONAL if data.provisional else status.FINAL,
        "data": stored(data),
        "created_at": now,
    }
    try:
        with transaction.atomic():
            kept = WeeklyReport.objects.create(
                agent=agent, monday=data.monday, version=version, **columns
            )
            announce(agent, Event.WEEKLY_REPORT, told(kept, data), now)
            return kept
    except IntegrityError:
        return WeeklyReport.objects.get(agent=agent, monday=data.monday, version=version)


def told(kept: WeeklyReport, data: ReportData) -> dict[str, Any]:
    """What a webhook is told: which report it is, and its first lines."""
    return {
        "week": kept.week,
        "version": kept.version,
        "status": kept.status,
        "url": f"{settings.PUBLIC_URL}{data.base}report/{kept.week}/",
        "summary": [line.text for line in summary(data)],
    }


def versions(agent: Agent, monday: date) -> list[WeeklyReport]:
    """Every version of a week's report, the oldest first."""
    return list(WeeklyReport.objects.filter(agent=agent, monday=monday).order_by("version"))


def differences_of(row: WeeklyReport, every: list[WeeklyReport]) -> list[str]:
    """What a version says otherwise than the one before it."""
    earlier = [one for one in every if one.version < row.version]
    return differences(read(earlier[-1].data), read(row.data)) if earlier else []
