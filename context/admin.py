"""Read-mostly admin: releases, proposals and evidence change through their own pages alone."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from context.models import (
    Agent,
    Check,
    Document,
    Impact,
    Measurement,
    Proposal,
    Publication,
    Release,
    ScheduledRun,
)


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):
    """Agents and the settings of their loop."""

    list_display = ("name", "workspace", "slug", "language", "required_checks")
    list_filter = ("workspace",)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: what was published, measured or decided is never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are written by what happens alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor deleted."""
        return False


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """Releases with their status."""

    list_display = ("agent", "number", "status", "created_at", "published_at")
    list_filter = ("agent", "status")


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """Documents as they stand in each release."""

    list_display = ("slug", "title", "topic", "release")
    list_select_related = ("release",)
    search_fields = ("slug", "title", "body")


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    """When which release was live."""

    list_display = ("release", "started_at", "ended_at", "by", "rollback")


@admin.register(Check)
class CheckAdmin(ReadOnlyAdmin):
    """Evidence on releases."""

    list_display = ("release", "name", "status", "summary", "created_at")


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    """Proposals with their weight."""

    list_display = ("title", "agent", "status", "volume", "failures", "created_at")
    list_filter = ("agent", "status", "source")


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin):
    """Daily counts."""

    list_display = (
        "agent",
        "date",
        "figure",
        "release",
        "topic",
        "channel",
        "language",
        "n",
        "total",
    )
    list_filter = ("agent", "figure")


@admin.register(Impact)
class ImpactAdmin(ReadOnlyAdmin):
    """What releases are associated with."""

    list_display = ("release", "figure", "verdict", "difference", "provisional", "computed_at")


@admin.register(ScheduledRun)
class ScheduledRunAdmin(ReadOnlyAdmin):
    """What the schedule started."""

    list_display = ("agent", "schedule", "period", "state", "attempts", "finished_at")
    list_filter = ("agent", "schedule", "state")
