"""Alerts: one row for each excursion of a watched figure out of its usual range.

Read again from the counts each time, so that late data may lengthen or end an alert, but an
excursion that is known never becomes a second row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from agentops.report.compose import last_complete
from agentops.report.labels import LABELS
from agentops.report.ranges import CHECKED, HISTORY, WATCHED, Judged, course
from agentops.shell import today_url
from context.models import Agent, Alert, Event, MailDelivery, ReportRecipient
from context.webhooks.announcements import announce
from conversations.figures import WEEK, weekly_figures
from stats.usual import excursions


@dataclass(frozen=True)
class Found:
    """An excursion in weeks, with the value and the range of its first one."""

    key: str
    first: date
    last: date
    ended: date | None
    value: float
    n: int
    low: float
    high: float
    weeks: int


def keep_alerts(agent: Agent, now: datetime) -> list[Alert]:
    """Look at the last complete weeks; the alerts that are new."""
    last = last_complete(agent, now)
    first = last - WEEK * HISTORY
    weeks = [week for week in weekly_figures(agent, first, last, now) if week.n]
    since = last - WEEK * (CHECKED - 1)
    new = []
    for key in WATCHED:
        judged = [one for one in course(key, weeks) if one.week.monday >= since]
        found = list(excursions_of(key, judged))
        end_what_is_over(agent, key, found, judged)
        new += [alert for one in found if (alert := keep(agent, one, now))]
    return new


def excursions_of(key: str, judged: Sequence[Judged]) -> Iterator[Found]:
    """The excursions of one figure within the weeks given; pure."""
    for one in excursions([week.outside for week in judged]):
        first = judged[one.first]
        _, low, high = first.usual.limits
        assert first.figure.value is not None
        yield Found(
            key=key,
            first=first.week.monday,
            last=judged[one.last].week.monday,
            ended=judged[one.ended].week.monday if one.ended is not None else None,
            value=first.figure.value,
            n=first.figure.n,
            low=low,
            high=high,
            weeks=first.usual.n,
        )


def end_what_is_over(
    agent: Agent, key: str, found: Sequence[Found], judged: Sequence[Judged]
) -> None:
    """End a running alert whose figure is back, or is found to have been inside all the while."""
    running = Alert.objects.filter(agent=agent, figure=key, ended_monday=None).first()
    if running is None or any(one.ended is None and touches(running, one) for one in found):
        return
    later = [one.week.monday for one in judged if one.outside is False]
    back = [monday for monday in later if monday >= running.first_monday]
    if back:
        Alert.objects.filter(pk=running.pk).update(ended_monday=back[0])


def touches(alert: Alert, one: Found) -> bool:
    """Whether a stored alert and an excursion are the same one: they share or follow a week."""
    return one.first <= alert.last_monday + WEEK and one.last >= alert.first_monday - WEEK


@transaction.atomic
def keep(agent: Agent, one: Found, now: datetime) -> Alert | None:
    """Lengthen the alert of this excursion, or write it: it is returned if it is new."""
    stored = Alert.objects.filter(agent=agent, figure=one.key)
    same = next((alert for alert in stored if touches(alert, one)), None)
    if same is not None:
        longer = max(same.last_monday, one.last)
        Alert.objects.filter(pk=same.pk).update(last_monday=longer, ended_monday=one.ended)
        return None
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                agent=agent,
                figure=one.key,
                first_monday=one.first,
                last_monday=one.last,
                ended_monday=one.ended,
                value=one.value,
                n=one.n,
                low=one.low,
                high=one.high,
                weeks=one.weeks,
                found_at=now,
            )
    except IntegrityError:  # another process was first
        return None
    if one.ended is None:
        tell(alert, now)
    return alert


def tell(alert: Alert, now: datetime) -> None:
    """Tell webhooks, and the addresses that want alerts, of an excursion that is not over."""
    agent = alert.agent
    announce(agent, Event.ALERT, told(alert), now)
    wanting = ReportRecipient.objects.filter(agent=agent, alerts=True, unsubscribed_at=None)
    MailDelivery.objects.bulk_create(
        MailDelivery(alert=alert, recipient=one, address=one.address, created_at=now)
        for one in wanting
    )


def told(alert: Alert) -> dict[str, object]:
    """The alert for a webhook."""
    return {
        "figure": alert.figure,
        "label": LABELS[alert.figure],
        "week": alert.week,
        "value": alert.value,
        "n": alert.n,
        "low": alert.low,
        "high": alert.high,
        "url": f"{settings.PUBLIC_URL}{today_url(alert.agent)}report/alerts/",
    }
