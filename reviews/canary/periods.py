"""When the canary is due: each night, and at once when another judge or scorecard is in use."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max

from context.models import Agent
from reviews.judging.versions import judge_in_use
from reviews.models import CanaryCheck

NIGHTLY, CHANGE = CanaryCheck.Reason.NIGHTLY, CanaryCheck.Reason.CHANGE
JUDGE = "judge"  # how the periods of a change begin; those of a night are dates


def canary_periods(agent: Agent, now: datetime) -> Iterator[str]:
    """The running day from the review hour on, and the judge that was never checked."""
    if not agent.canary_size:
        return
    local = now.astimezone(agent.workspace.zone)
    if local.hour >= agent.review_hour:
        yield local.date().isoformat()
    if changed := change_of_judge(agent):
        yield changed


def change_of_judge(agent: Agent) -> str:
    """`judge 3 card 2` where the last check asked another judge or scorecard, else empty.

    A judge that was never used has no number yet; it is given the one it will get.
    """
    last = agent.canary_checks.select_related("judge", "scorecard").first()
    if last is None:
        return ""
    judge, card = judge_in_use(agent), agent.scorecards.filter(active=True).first()
    if judge == last.judge and card == last.scorecard:
        return ""
    newest = agent.judge_versions.aggregate(number=Max("number"))["number"] or 0
    number = judge.number if judge else newest + 1
    return f"{JUDGE} {number} card {card.version if card else 1}"
