"""Reading batches and spending in Django's admin; nothing of them is edited by hand."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from llm.models import ModelBatch, Spend


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


@admin.register(ModelBatch)
class ModelBatchAdmin(Reading):
    """Batches, with their ids at the provider and the last trouble."""

    list_display = [
        "batch_id",
        "purpose",
        "scope",
        "model",
        "status",
        "total",
        "answered",
        "left_over",
        "cost_usd",
        "created_at",
        "ended_at",
        "error",
    ]
    list_filter = ["status", "purpose", "model"]
    search_fields = ["batch_id", "file_id", "key", "scope", "error"]


@admin.register(Spend)
class SpendAdmin(Reading):
    """What each scope has spent or reserved, by day."""

    list_display = ["day", "scope", "usd", "calls"]
    search_fields = ["scope"]
    date_hierarchy = "day"
