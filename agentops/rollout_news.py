"""What the newest rollout of an agent has to say this morning."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from context.models import Agent, Rollout, RolloutLook
from context.rollouts.arms import Split, split_of

TOLD_FOR = timedelta(days=7)


@dataclass(frozen=True)
class RolloutNews:
    """A rollout that was stopped for harm, has run its days, or whose split is not as planned."""

    rollout: Rollout
    harmed: bool
    over: bool
    split: Split | None


def rollout_news(agent: Agent, now: datetime) -> RolloutNews | None:
    """The news, if there are any; one query where there never was a rollout."""
    rollout = agent.rollouts.select_related("release").first()
    if rollout is None:
        return None
    if rollout.is_open:
        split = split_of(rollout)
        odd = split.is_uneven or split.is_not_followed
        over = now >= rollout.ends_at
        return RolloutNews(rollout, False, over, split if odd else None) if odd or over else None
    if rollout.ended_at is None or now - rollout.ended_at > TOLD_FOR:
        return None
    harmed = rollout.looks.filter(decision=RolloutLook.Decision.STOP).exists()
    return RolloutNews(rollout, True, False, None) if harmed else None
