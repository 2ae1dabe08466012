"""Starting a rollout, and finding the release that answers a customer while one runs."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.prepared import Given, Prepared
from context.models import Agent, Arm, Release, ReleaseStatus, Rollout
from context.refusals import ChecksMissing, NoRollout, NothingLive, RolloutOpen, WrongStatus

RUNNING = Prepared(
    lambda: Rollout.objects.select_related("release", "baseline").filter(
        agent=Given("agent"), status=Rollout.Status.RUNNING
    )
)
# What a running agent polls asks for no content: that is kept in memory (context.frozen).
LIVE = Prepared(
    lambda: Release.objects.filter(agent=Given("agent"), status=ReleaseStatus.LIVE).only(
        "number", "status", "content_hash", "published_at"
    )
)
MAY_START = (ReleaseStatus.CANDIDATE, ReleaseStatus.APPROVED)


@transaction.atomic
def start_rollout(
    release: Release,
    share: int,
    days: int,
    at: datetime,
    by: User | None,
    reason: str = "",
    api_key: ApiKey | None = None,
) -> Rollout:
    """Let a release with its required checks answer `share` percent of the customers.

    A candidate is approved by it, as by publishing. Raises WrongStatus, ChecksMissing, NothingLive
    and RolloutOpen; IntegrityError for a share or a number of days that the database refuses.
    """
    agent = release.agent
    agent.hold()
    release.refresh_from_db(fields=["status"])
    if release.status not in MAY_START:
        raise WrongStatus(str(release), "rolled out", release.status, MAY_START)
    if missing := release.missing_checks():
        raise ChecksMissing(str(release), missing)
    live = agent.live_release()
    if live is None:
        raise NothingLive
    if other := agent.rollouts.open().select_related("release").first():
        raise RolloutOpen(other.release.number)
    if release.status == ReleaseStatus.CANDIDATE:
        release.approve(at, by, reason, api_key)
    rollout = Rollout.objects.create(
        agent=agent,
        release=release,
        baseline=live,
        share=share,
        days=days,
        salt=Rollout.new_salt(),
        guardrails=agent.rollout_guardrails,
        primary_figure=agent.impact_figure,
        started_at=at,
        started_by=by,
        reason=reason,
        ends_at=at + timedelta(days=days),
    )
    detail = f"{share} % for {days} days beside {live}. {reason}".strip()
    subject = f"{rollout} of {agent.slug}"
    record(
        agent.workspace, "rollout.started", subject, at=at, user=by, api_key=api_key, detail=detail
    )
    return rollout


def open_rollout(release: Release) -> Rollout:
    """The open rollout of a release; raises NoRollout."""
    rollout = release.rollouts.open().select_related("baseline").first()
    if rollout is None:
        raise NoRollout(str(release))
    rollout.agent = release.agent
    rollout.release = release
    return rollout


@transaction.atomic
def promote(release: Release, at: datetime, by: User | None, api_key: ApiKey | None = None) -> None:
    """Publish the release of an open rollout; raises NoRollout, and what `Release.publish` does."""
    release.agent.hold()
    open_rollout(release)
    release.publish(at, by, api_key=api_key)


class Serving(NamedTuple):
    """The release that answers, the rollout that runs beside the live one, and the side a customer
    is on; None where there is none, or no customer was named.
    """

    release: Release
    rollout: Rollout | None
    arm: Arm | None

    @property
    def since(self) -> datetime:
        """From when on it has answered: as the live release, or to its share."""
        if self.rollout and self.arm == Arm.NEW:
            return self.rollout.started_at
        assert self.release.published_at is not None
        return self.release.published_at


def serving(agent: Agent, customer: str = "") -> Serving | None:
    """What answers a customer now, the live release where none is named; None before the first
    publication.
    """
    rollout = RUNNING.first(agent=agent.pk)
    if rollout is None:
        live = LIVE.first(agent=agent.pk)
        return Serving(live, None, None) if live else None
    arm = rollout.arm_of(customer) if customer else None
    return Serving(rollout.release if arm == Arm.NEW else rollout.baseline, rollout, arm)
