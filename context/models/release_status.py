"""Where a release stands in its life."""

from django.db import models


class ReleaseStatus(models.TextChoices):
    """draft → candidate → approved / rejected → live → retired; a draft may be discarded, and
    brought back.
    """

    DRAFT = "draft"
    DISCARDED = "discarded"
    CANDIDATE = "candidate"
    APPROVED = "approved"
    REJECTED = "rejected"
    LIVE = "live"
    RETIRED = "retired"


# Content that was never frozen: nothing of it is tested, checked or published, and two may hold the
# same.
UNFROZEN = (ReleaseStatus.DRAFT, ReleaseStatus.DISCARDED)
