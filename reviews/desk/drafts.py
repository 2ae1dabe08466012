"""Drafts: a verdict as it is typed, and two tabs that do not write over each other."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from accounts.prepared import execute
from reviews.models import Draft, QueueItem

EMPTY = """
UPDATE reviews_draft SET data = '{}', saved_at = %s, version = version + 1 WHERE item_id = %s
"""


class EditedElsewhere(Exception):
    """Another tab of the same person has saved a newer version of the draft."""

    def __init__(self) -> None:
        super().__init__("This was edited in another tab.")


def save_draft(
    item: QueueItem, user: User, data: dict[str, Any], at: datetime, *, version: int | None = None
) -> int:
    """Keep a draft; returns its new version.

    `version` is the one the page was shown or last saved, 0 for none: raises EditedElsewhere when
    there is a newer one. Without it the draft is written whatever there is.
    """
    rows = Draft.objects.filter(item=item, reviewer=user)
    known = rows if version is None else rows.filter(version=version)
    with transaction.atomic():
        if known.update(data=data, saved_at=at, version=F("version") + 1):
            return rows.values_list("version", flat=True).get()
        if version:
            raise EditedElsewhere
        try:
            with transaction.atomic():
                rows.create(item=item, reviewer=user, data=data, saved_at=at)
        except IntegrityError:
            raise EditedElsewhere from None
    return 1


def check_version(item: QueueItem, user: User, version: int) -> None:
    """Raise EditedElsewhere when another tab has saved a newer draft than this version."""
    newest = Draft.objects.filter(item=item, reviewer=user).values_list("version", flat=True)
    if (newest.first() or 0) > version:
        raise EditedElsewhere


def empty_drafts(item: QueueItem, at: datetime) -> None:
    """Forget what was typed about an item that is decided. The versions stay: a tab that still
    shows the item must not write over what an undo brings back.
    """
    execute(EMPTY, at, item.pk)
