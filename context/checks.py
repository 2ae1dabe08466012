"""Named evidence on a release, as on a commit: the newest check of a name counts."""

from datetime import datetime
from typing import Any

from context.models import Check, Release
from context.refusals import WrongStatus

MOST_CHARACTERS = 500


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
    """Leave evidence on a release whose content is frozen; WrongStatus for a draft.

    `numbers` are JSON values behind the summary; `url` is where a reader finds the whole story;
    `advice` says what to do next where it has not passed.
    """
    if release.is_draft:
        frozen = [status for status in Release.Status.values if status != Release.Status.DRAFT]
        raise WrongStatus(str(release), "checked", release.status, frozen)
    return release.checks.create(
        name=name,
        status=Check.Status(status),
        summary=summary[:MOST_CHARACTERS],
        advice=advice[:MOST_CHARACTERS],
        numbers=numbers or {},
        url=url,
        created_at=at,
    )


def latest_checks(release: Release) -> dict[str, Check]:
    """The check that counts for each name, names in the order in which they first came."""
    return {check.name: check for check in release.checks.order_by("id")}


def checks_by_release(releases: list[Release]) -> dict[int, dict[str, Check]]:
    """`latest_checks` of many releases in one query, by the release's key."""
    found: dict[int, dict[str, Check]] = {release.pk: {} for release in releases}
    for check in Check.objects.filter(release__in=releases).order_by("id"):
        found[check.release_id][check.name] = check
    return found
