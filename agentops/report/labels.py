"""What figures are called in a report, how they are written, and which way is good."""

from conversations.changes import SHOWN

LABELS = {key: label for key, label, _, _ in SHOWN}
KINDS = {key: kind for key, _, kind, _ in SHOWN}
GOOD = {key: up_is_good for key, _, _, up_is_good in SHOWN}
# The figures of a report's table, in its order; quality is added from the reviews.
TOLD = (
    "ai_answered", "ai_resolved", "ai_share_of_resolutions", "ai_handover", "ai_snooze", "ai_close",
    "ai_ignore", "csat", "reopen",
)  # fmt: skip
