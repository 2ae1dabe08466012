"""Read-mostly admin of suites, cases and runs; changes go through the pages and their rules."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from testing.models import Case, ContextTest, Contradiction, Run, Suite


@admin.register(Suite)
class SuiteAdmin(admin.ModelAdmin):
    """Suites by agent."""

    list_display = ("name", "kind", "agent", "created_at")
    list_filter = ("kind",)


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    """Cases with their status."""

    list_display = ("question", "suite", "status", "critical", "created_at")
    list_filter = ("status", "critical")
    search_fields = ("question", "key")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was run is never edited."""
        return False


@admin.register(Run)
class RunAdmin(admin.ModelAdmin):
    """Runs with their state."""

    list_display = ("suite", "release", "baseline", "state", "stop_reason", "created_at")
    list_filter = ("state",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was measured is never edited."""
        return False


@admin.register(ContextTest)
class ContextTestAdmin(admin.ModelAdmin):
    """Context tests with the state of their search."""

    list_display = ("release", "baseline", "state", "error", "created_at")
    list_filter = ("state",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was found is never edited."""
        return False


@admin.register(Contradiction)
class ContradictionAdmin(admin.ModelAdmin):
    """Contradictions with what was decided."""

    list_display = ("first_slug", "second_slug", "kind", "status", "model", "found_at")
    list_filter = ("status", "kind")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are decided on the page of a context test."""
        return False
