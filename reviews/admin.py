"""Reading the rows of `reviews` in Django's admin; what was judged is not edited there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from reviews.models import (
    CalibrationSession,
    Dispute,
    Flag,
    JudgeVersion,
    Opinion,
    Queue,
    QueueItem,
    Review,
    ReviewGoal,
    RootCause,
    Scorecard,
    Verdict,
)


class Reading(admin.ModelAdmin):
    """Rows that are looked at, never added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Scorecard)
class ScorecardAdmin(Reading):
    """Scorecard versions."""

    list_display = ["agent", "version", "active", "created_at"]


@admin.register(RootCause)
class RootCauseAdmin(admin.ModelAdmin):
    """The list a workspace extends as it likes."""

    list_display = ["workspace", "code", "name", "active", "position"]
    list_filter = ["workspace"]


@admin.register(JudgeVersion)
class JudgeVersionAdmin(Reading):
    """Judge versions."""

    list_display = ["agent", "number", "model", "prompt_hash", "created_at"]


@admin.register(Review)
class ReviewAdmin(Reading):
    """The judge's call log: answers, tokens, cost, attempts and errors."""

    list_display = [
        "conversation",
        "day",
        "state",
        "passed",
        "score",
        "cost_usd",
        "error",
    ]
    list_filter = ["state", "passed"]
    list_select_related = ["conversation"]
    search_fields = ["conversation__external_id", "answer", "error"]
    show_full_result_count = False


@admin.register(Flag)
class FlagAdmin(Reading):
    """Flags."""

    list_display = ["conversation", "kind", "detail", "urgent", "created_at"]
    list_filter = ["kind", "urgent"]
    list_select_related = ["conversation"]


@admin.register(Queue)
class QueueAdmin(Reading):
    """Queues with the seed they were drawn by."""

    list_display = ["agent", "date", "capacity", "population", "seed", "created_at"]


@admin.register(QueueItem)
class QueueItemAdmin(Reading):
    """Items with their probability."""

    list_display = [
        "queue",
        "position",
        "slot",
        "state",
        "inclusion_probability",
        "reason",
    ]
    list_filter = ["state"]
    list_select_related = ["queue"]


@admin.register(Verdict)
class VerdictAdmin(Reading):
    """Verdicts, withdrawn ones included."""

    list_display = ["conversation", "reviewer", "passed", "created_at", "withdrawn_at"]
    list_select_related = ["conversation", "reviewer"]


@admin.register(Dispute)
class DisputeAdmin(Reading):
    """Doubted verdicts and what was decided."""

    list_display = ["verdict", "status", "opened_by", "second_reader", "outcome", "decided_by"]
    list_filter = ["status"]


@admin.register(CalibrationSession)
class CalibrationSessionAdmin(Reading):
    """Sessions in which several people judged the same conversations."""

    list_display = ["agent", "name", "status", "created_by", "created_at", "ended_at"]


@admin.register(Opinion)
class OpinionAdmin(Reading):
    """Judgements outside the queue."""

    list_display = ["conversation", "reviewer", "passed", "asked_at", "submitted_at"]


@admin.register(ReviewGoal)
class ReviewGoalAdmin(Reading):
    """Goals, from the day on from which each holds."""

    list_display = ["agent", "user", "per_day", "first_day", "set_by"]
