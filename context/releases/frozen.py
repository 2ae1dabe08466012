"""The content of releases that can no longer change, read from the database once a process."""

from functools import lru_cache

from context.models.releases import Release
from context.releases.content import Content, content_of

MOST_RELEASES = 64


def frozen_content(release: Release) -> Content:
    """What a release holds; kept in memory unless it is a draft, which may still be edited."""
    if release.is_draft:
        return content_of(release)
    return _read_once(release.pk, release.content_hash)


@lru_cache(maxsize=MOST_RELEASES)
def _read_once(pk: int, _digest: str) -> Content:
    return content_of(Release.objects.get(pk=pk))
