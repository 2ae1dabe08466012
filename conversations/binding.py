"""Which release answered a conversation: the one the sender names, else the one then live. And the
side of a rollout that its customer is on, whichever release answered.
"""

from bisect import bisect_right
from datetime import datetime

from context.models import Agent, Publication, Rollout
from conversations.incoming import Refused
from conversations.schema import ConversationIn


class ReleaseBinding:
    """The agent's releases and the periods in which they were live, read once for many payloads."""

    def __init__(self, agent: Agent) -> None:
        self._by_number = dict(agent.releases.values_list("number", "id"))
        periods = list(
            Publication.objects.filter(release__agent=agent)
            .order_by("started_at", "id")
            .values_list("started_at", "ended_at", "release_id")
        )
        self._starts = [start for start, _, _ in periods]
        self._periods = periods
        self._rollouts = list(agent.rollouts.order_by("started_at").prefetch_related("pauses"))

    def check(self, data: ConversationIn) -> None:
        """Raise Refused when the payload names a release that the agent does not have."""
        if data.release is not None and data.release not in self._by_number:
            message = f"this agent has no release {data.release}"
            raise Refused([{"field": "release", "message": message}])

    def release_id(self, data: ConversationIn) -> int | None:
        """The key of the release that answered; None when none was live."""
        if data.release is not None:
            return self._by_number[data.release]
        return self.live_at(data.opened_at)

    def live_at(self, moment: datetime) -> int | None:
        """The key of the release that was live at a moment."""
        place = bisect_right(self._starts, moment) - 1
        if place < 0:
            return None
        _, ended_at, release_id = self._periods[place]
        return release_id if ended_at is None or moment < ended_at else None

    def rollout_at(self, moment: datetime) -> Rollout | None:
        """The rollout whose planned days a moment lies in, and that was not paused then."""
        return next((rollout for rollout in self._rollouts if rollout.counts_at(moment)), None)
