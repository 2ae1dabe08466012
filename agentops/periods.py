"""When something is due: the periods of an agent, in its workspace's time zone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from context.models import Agent

CATCH_UP_DAYS = 7


def past_days(agent: Agent, now: datetime) -> Iterator[str]:
    """The days to be reviewed, oldest first: yesterday from the review hour on, and missed ones."""
    local = now.astimezone(agent.workspace.zone)
    last = local.date() - timedelta(days=1 if local.hour >= agent.review_hour else 2)
    first = max(last - timedelta(days=CATCH_UP_DAYS - 1), agent.local_date(agent.created_at))
    for offset in range((last - first).days + 1):
        yield (first + timedelta(days=offset)).isoformat()


def this_week_from(
    start: Callable[[Agent], tuple[int, int]],
) -> Callable[[Agent, datetime], Iterator[str]]:
    """The running ISO week, once its given weekday and hour have come."""

    def periods(agent: Agent, now: datetime) -> Iterator[str]:
        local = now.astimezone(agent.workspace.zone)
        if (local.weekday(), local.hour) >= start(agent):
            year, week, _ = local.isocalendar()
            yield f"{year}-W{week:02d}"

    return periods


def today_from_the_review_hour(agent: Agent, now: datetime) -> Iterator[str]:
    """The running day, once its review hour has come."""
    local = now.astimezone(agent.workspace.zone)
    if local.hour >= agent.review_hour:
        yield local.date().isoformat()
