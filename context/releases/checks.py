"""Named evidence on a release, as on a commit: the newest check of a name counts."""

from datetime import datetime
from typing import Any

from django.db import transaction

from context.models import Check, Event, Release
from context.models.release_status import UNFROZEN
from context.refusals import WrongStatus
from context.webhooks.announcements import announce

MOST_CHARACTERS = 500


@transaction.atomic
def record_check(
    release: Release,
    name: str,
    status: Check.Status | str,
    summary: str,
    *,
    at: datetime,
    numbers: dict[str, Any] | None = None,
    url: str = "",
    advice: str = "",
) -> Check:
    """Leave evidence on a release whose content is frozen; WrongStatus for another.

    `numbers` are JSON values behind the summary; `url` is where a reader finds the whole story;
    `advice` says what to do next where it has not passed.
    """
    if release.unfrozen:
        frozen = [status for status in Release.Status.values if status not in UNFROZEN]
        raise WrongStatus(str(release), "checked", release.status, frozen)
    before = release.checks.filter(name=name).order_by("-id").first()
    check = release.checks.create(
        name=name,
        status=Check.Status(status),
        summary=summary[:MOST_CHARACTERS],
        advice=advice[:MOST_CHARACTERS],
        numbers=numbers or {},
        url=url,
        created_at=at,
    )
    newly_failed = before is None or before.status != Check.Status.FAILED
    if check.status == Check.Status.FAILED and newly_failed:
        tell_of_failure(check, at)
    return check


def tell_of_failure(check: Check, at: datetime) -> None:
    """Tell webhooks that the gate is shut: a check that the release needs has failed."""
    release, agent = check.release, check.release.agent
    if release.may_be_published and check.name in agent.required_checks.split():
        plain = {name: getattr(check, name) for name in ("summary", "advice", "url")}
        payload = {"number": release.number, "check": check.name, **plain}
        announce(agent, Event.GATE_FAILED, payload, at)


def latest_checks(release: Release) -> dict[str, Check]:
    """The check that counts for each name, names in the order in which they first came."""
    return {check.name: check for check in release.checks.order_by("id")}


def checks_by_release(releases: list[Release]) -> dict[int, dict[str, Check]]:
    """`latest_checks` of many releases in one query, by the release's key."""
    found: dict[int, dict[str, Check]] = {release.pk: {} for release in releases}
    for check in Check.objects.filter(release__in=releases).order_by("id"):
        found[check.release_id][check.name] = check
    return found
