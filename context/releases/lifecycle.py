"""Going back: an older release is made live again in one step."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from accounts.models import ApiKey, User
from context.models import Agent, Release, ReleaseStatus
from context.refusals import NoEarlierRelease, WrongStatus


@transaction.atomic
def rollback(
    agent: Agent,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    to: Release | None = None,
    api_key: ApiKey | None = None,
) -> Release:
    """Make `to` live again, or else the release that first went live before the live one did.

    Two rollbacks in a row thus go two releases back. Returns the release that is now live; raises
    NoEarlierRelease, and WrongStatus when `to` was never live.
    """
    agent.hold()
    release = to or earlier_release(agent)
    if release is None:
        raise NoEarlierRelease
    if release.agent_id != agent.pk:
        raise WrongStatus(str(release), "published", "of another agent", [f"of {agent.slug}"])
    release.republish(at, by, reason, api_key)
    return release


def earlier_release(agent: Agent) -> Release | None:
    """The release a rollback goes to when none is named."""
    releases = agent.releases.annotate(first_publication=Min("publications"))
    live = releases.filter(status=ReleaseStatus.LIVE).first()
    if live is None:
        return None
    earlier = releases.filter(
        status=ReleaseStatus.RETIRED, first_publication__lt=live.first_publication
    )
    return earlier.order_by("-first_publication").first()
