"""What the judge's reviews of a day would cost, before any is started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from context.models import Agent
from conversations.models import Conversation
from llm.prices import estimate as price_of
from llm.prices import price
from llm.states import Route, WorkState
from reviews.judging.judge import Judge
from reviews.judging.planning import current_judge, unplanned
from reviews.models import Review
from reviews.scorecards import active_scorecard

PRICED_ONE_BY_ONE = 500


@dataclass(frozen=True)
class Price:
    """What reviewing some conversations costs at most, in dollars, by live calls and as a batch;
    `tried` of `rows` were priced, the rest taken to be like them.
    """

    rows: int
    tried: int
    usd: Decimal
    batch_usd: Decimal

    def by(self, route: str) -> Decimal:
        """The price of asking in this way."""
        return self.batch_usd if route == Route.BATCH else self.usd


def estimate(agent: Agent, day: date, now: datetime, most: int = PRICED_ONE_BY_ONE) -> Price:
    """Price what of the day has no review, planned or not, before anything is started.

    `most` bounds how many conversations are priced one by one, spread evenly over the day. Raises
    UnknownPrice when the judge's model has no price.
    """
    judge, scorecard = current_judge(agent, now), active_scorecard(agent, now)
    worker, keys = Judge(agent, lambda: now), open_conversations(agent, day, now)
    tried = spread(keys, most)
    rows = Conversation.objects.filter(pk__in=tried).select_related("brief")
    usd = Decimal(0)
    for conversation in rows.prefetch_related("messages").iterator(chunk_size=500):
        usd += price_of(worker.call(conversation, scorecard, judge))
        worker.forget(conversation)
    usd = usd * len(keys) / len(tried) if tried else usd
    return Price(len(keys), len(tried), usd, usd * price(judge.model).batch)


def open_conversations(agent: Agent, day: date, now: datetime) -> list[int]:
    """The keys of the day's conversations without a finished review, in order."""
    open_rows = Review.objects.filter(scorecard__agent=agent, day=day).exclude(state=WorkState.DONE)
    new = unplanned(agent, day, now).values_list("pk", flat=True)
    return sorted({*new, *open_rows.values_list("conversation", flat=True)})


def spread(keys: Sequence[int], count: int) -> list[int]:
    """At most `count` of the keys, evenly spaced."""
    if count >= len(keys):
        return list(keys)
    return [keys[place * len(keys) // count] for place in range(count)]
