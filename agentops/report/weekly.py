"""The weekly step: watch the figures, tell the week, and put the letters down."""

from datetime import datetime

from agentops.report.compose import last_complete
from agentops.report.keeping import keep_report, ripened
from agentops.report.watching import keep_alerts
from context.models import Agent, MailDelivery, ReportRecipient, WeeklyReport


def tell_week(agent: Agent, now: datetime) -> WeeklyReport | None:
    """Keep the report of the last complete week with its letters, and finish those that are ripe.

    None for an agent without a conversation so far: nobody wants to read that.
    """
    keep_alerts(agent, now)
    for monday in ripened(agent, now):
        keep_report(agent, monday, now)
    monday = last_complete(agent, now)
    if not agent.measurements.filter(date__lt=agent.local_date(now)).exists():
        return None
    report = keep_report(agent, monday, now)
    if report.version == 1:
        post(report, now)
    return report


def post(report: WeeklyReport, now: datetime) -> int:
    """Put down a letter for each recipient who has none of this report yet; how many there are new.

    The row is unique per report and address: called twice, it mails once.
    """
    wanting = ReportRecipient.objects.filter(agent=report.agent, weekly=True, unsubscribed_at=None)
    have = set(report.deliveries.values_list("address", flat=True))
    new = [one for one in wanting if one.address not in have]
    MailDelivery.objects.bulk_create(
        (
            MailDelivery(report=report, recipient=one, address=one.address, created_at=now)
            for one in new
        ),
        ignore_conflicts=True,
    )
    return len(new)
