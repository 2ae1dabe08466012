"""The scorecard in force, and the root causes a workspace knows."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Workspace
from context.models import Agent
from reviews.default_scorecard import CRITERIA, ROOT_CAUSES
from reviews.models import Criterion, RootCause, Scorecard


def active_scorecard(agent: Agent, at: datetime) -> Scorecard:
    """The agent's active scorecard; the default one is made when there is none yet."""
    found = agent.scorecards.filter(active=True).first()
    if found is not None:
        return found
    try:
        return make_default_scorecard(agent, at)
    except IntegrityError:  # another process made it in the same moment
        return agent.scorecards.get(active=True)


@transaction.atomic
def make_default_scorecard(agent: Agent, at: datetime) -> Scorecard:
    """Write the default criteria as the agent's next scorecard version, and the root causes."""
    last = agent.scorecards.order_by("-version").first()
    scorecard = Scorecard.objects.create(
        agent=agent, version=last.version + 1 if last else 1, created_at=at
    )
    Criterion.objects.bulk_create(
        Criterion(
            scorecard=scorecard,
            key=default.key,
            name=default.name,
            question=default.question,
            weight=default.weight,
            critical=default.critical,
            applies=Criterion.Applies.HANDOVER if default.on_handover else Criterion.Applies.ALWAYS,
            position=position,
        )
        for position, default in enumerate(CRITERIA)
    )
    add_default_root_causes(agent.workspace)
    return scorecard


def add_default_root_causes(workspace: Workspace) -> None:
    """Give a workspace the default root causes it does not have; its own stay as they are."""
    RootCause.objects.bulk_create(
        (
            RootCause(workspace=workspace, code=code, name=name, position=position)
            for position, (code, name) in enumerate(ROOT_CAUSES)
        ),
        ignore_conflicts=True,
    )


def root_causes(workspace: Workspace) -> list[RootCause]:
    """The causes a reviewer or the judge may name, in order."""
    return list(RootCause.objects.filter(workspace=workspace, active=True))
