"""The filters of the list of conversations, the same on the page and over REST."""

from collections.abc import Callable, Mapping
from datetime import date

from django.db.models import Q, QuerySet

from context.models import Agent
from conversations.merge import pseudonym
from conversations.models import Conversation, Outcome

FILTERS = {
    "q": "The beginning of an external id, or a customer reference.",
    "outcome": f"One of {', '.join(Outcome.values)}.",
    "topic": "A topic, as it was sent.",
    "channel": "A channel, as it was sent.",
    "csat": "1 to 5, `low` (1 and 2), `scored` or `none`.",
    "release": "Number of the release that answered.",
    "from": "First day of opening, as 2026-11-16, in the workspace's time zone.",
    "to": "Last day of opening.",
    "warnings": "`yes`: only those whose input was odd.",
}


class InvalidFilter(ValueError):
    """A filter that cannot be read; `name` is the one."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def chosen(
    rows: QuerySet[Conversation], given: Mapping[str, str], agent: Agent
) -> QuerySet[Conversation]:
    """The conversations that all given filters let through; raises InvalidFilter."""
    for name, condition in CONDITIONS.items():
        if value := given.get(name, "").replace("\0", "").strip():
            try:
                rows = rows.filter(condition(value, agent))
            except ValueError:
                raise InvalidFilter(name, FILTERS[name]) from None
    return rows


def by_search(value: str, agent: Agent) -> Q:
    """By external id or customer; a customer's address is found by the code it was stored as."""
    return (
        Q(external_id__startswith=value)
        | Q(customer_ref=value)
        | Q(customer_ref=pseudonym(value, agent))
    )


def by_outcome(value: str, _agent: Agent) -> Q:
    """By outcome."""
    return Q(outcome=Outcome(value))


def by_csat(value: str, _agent: Agent) -> Q:
    """By score."""
    named = {
        "low": Q(csat_score__lte=2),
        "scored": Q(csat_score__isnull=False),
        "none": Q(csat_score__isnull=True),
    }
    return named.get(value) or Q(csat_score=between(int(value), 1, 5))


def between(value: int, low: int, high: int) -> int:
    """The value, if it lies there; ValueError otherwise."""
    if not low <= value <= high:
        raise ValueError(value)
    return value


def by_warnings(value: str, _agent: Agent) -> Q:
    """By whether something was odd in the input."""
    if value != "yes":
        raise ValueError(value)
    return ~Q(warnings=[])


CONDITIONS: dict[str, Callable[[str, Agent], Q]] = {
    "q": by_search,
    "outcome": by_outcome,
    "topic": lambda value, _: Q(topic=value),
    "channel": lambda value, _: Q(channel=value),
    "csat": by_csat,
    "release": lambda value, _: Q(release__number=between(int(value), 1, 2**31)),
    "from": lambda value, _: Q(opened_on__gte=date.fromisoformat(value)),
    "to": lambda value, _: Q(opened_on__lte=date.fromisoformat(value)),
    "warnings": by_warnings,
}
