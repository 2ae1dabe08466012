"""Who a person is in a workspace."""

from django.db.models import QuerySet

from accounts.models import Member, Role, User, Workspace


def membership(user: User, workspace: Workspace) -> Member | None:
    """The user's membership, or None."""
    return Member.objects.filter(user=user, workspace=workspace).first()


def active_members(workspace: Workspace | int, role: Role = Role.REVIEWER) -> QuerySet[Member]:
    """Members with at least this role whose account is in use."""
    roles = [one for one in Role if one.rank >= role.rank]
    return Member.objects.filter(workspace=workspace, role__in=roles, user__is_active=True)
