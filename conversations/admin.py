"""Conversations in Django's admin, to look at: they change through ingest alone."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from context.models import Agent
from conversations.models import Conversation, FactCapture, HandoverBrief, Message
from conversations.removal import remove


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows, changes none."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come in over REST and from files."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was said is not edited."""
        return False


class MessageInline(admin.TabularInline):
    """The messages of a conversation."""

    model = Message
    fields = ("position", "author", "public", "text", "sent_at")
    readonly_fields = fields
    can_delete = False
    extra = 0


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Conversations by id."""

    list_display = ("external_id", "source", "agent", "outcome", "opened_at")
    list_select_related = ("agent",)
    search_fields = ("external_id",)
    show_full_result_count = False
    inlines = (MessageInline,)

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        """Delete one, and count its day again."""
        remove(obj.agent, Conversation.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        """Delete those that were chosen, and count their days again."""
        for agent in Agent.objects.filter(pk__in=queryset.order_by().values("agent")):
            remove(agent, queryset)


@admin.register(HandoverBrief, FactCapture)
class WorkAdmin(ReadOnlyAdmin):
    """Work rows with their state and error."""

    list_display = ("conversation", "state", "attempts", "error", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("conversation",)
    show_full_result_count = False
