"""Read-mostly admin of who may do what; keys are issued in the settings page, never here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from accounts.models import ApiKey, AuditEntry, Member, User, Workspace

admin.site.register(User, UserAdmin)


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):
    """Brands and their masking rules."""

    list_display = ("name", "slug", "time_zone", "simulated")


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    """Roles of people in workspaces."""

    list_display = ("user", "workspace", "role")
    list_filter = ("workspace", "role")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Keys, without their secrets."""

    list_display = ("name", "workspace", "prefix", "scopes", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "digest", "created_by", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A key made here would have no secret that anybody knows."""
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """The audit trail, to read only."""

    list_display = ("at", "workspace", "user", "action", "subject")
    list_filter = ("workspace", "action")

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """What was done is never edited."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries are written by what happens alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Nor deleted."""
        return False
