"""A push: content, upkeep, files and labels of a release in one transaction."""

from datetime import datetime

from django.db import transaction

from accounts.models import ApiKey, User
from context.editing.drafts import create_draft
from context.files.sources import keep_files
from context.models import Agent, Release
from context.releases.labels import put_label
from context.schema import ReleaseIn


@transaction.atomic
def push_release(
    agent: Agent,
    pushed: ReleaseIn,
    at: datetime,
    by: User | None = None,
    api_key: ApiKey | None = None,
) -> tuple[Release, bool]:
    """The draft that was made of a push, or the release that holds its content already; and whether
    it is new. Raises what `create_draft` and `put_label` refuse.
    """
    release, made = create_draft(
        agent,
        pushed.content(),
        at=at,
        by=by,
        note=pushed.note,
        api_key=api_key,
        upkeep=pushed.upkeep(),
        newest=pushed.parent,
    )
    release.agent = agent
    if pushed.files:
        keep_files(release, pushed.files)
    for name in pushed.labels:
        put_label(release, name, at, by, api_key)
    return release, made
