"""Who a person is in a workspace."""

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from accounts.authentication import key_of
from accounts.models import Member, Role, User, Workspace
from accounts.problems import Problem


def membership(user: User, workspace: Workspace) -> Member | None:
    """The user's membership, or None."""
    return Member.objects.filter(user=user, workspace=workspace).first()


def active_members(workspace: Workspace | int, role: Role = Role.REVIEWER) -> QuerySet[Member]:
    """Members with at least this role whose account is in use."""
    roles = [one for one in Role if one.rank >= role.rank]
    return Member.objects.filter(workspace=workspace, role__in=roles, user__is_active=True)


def acting_user(request: Request, username: str | None = None) -> User:
    """The person for whom a REST client works the queue: the member named, else the maker of the
    key.

    Raises a 422 problem when the member does not exist or is weaker than a reviewer.
    """
    key = key_of(request)
    named = Q(user__username=username) if username else Q(user=key.created_by_id)
    members = Member.objects.filter(named, workspace=key.workspace_id, user__is_active=True)
    member = members.select_related("user").only("role", "user__username").first()
    if member is None or not member.may(Role.REVIEWER):
        fault = {"field": "reviewer", "message": "not a reviewer of this workspace"}
        name = username or "The maker of the key"
        raise Problem(422, "not_a_reviewer", f"{name} is not a reviewer here.", [fault])
    return member.user
