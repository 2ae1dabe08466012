"""The suites of an agent."""

from datetime import datetime

from context.models import Agent
from testing.models import Suite


def suite_of(agent: Agent, kind: str, at: datetime) -> Suite:
    """The agent's standard suite of a kind, made if it is missing; ValueError for no such kind."""
    return Suite.of_kind(agent, Suite.Kind(kind).value, at)


def standard_suites(agent: Agent, at: datetime) -> list[Suite]:
    """One suite of every kind, made where it is missing."""
    return [suite_of(agent, kind, at) for kind in Suite.Kind.values]
