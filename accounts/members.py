"""Who a person is in a workspace."""

from rest_framework.request import Request

from accounts.authentication import key_of
from accounts.models import Member, Role, User, Workspace
from accounts.problems import Problem


def membership(user: User, workspace: Workspace) -> Member | None:
    """The user's membership, or None."""
    return Member.objects.filter(user=user, workspace=workspace).first()


def acting_user(request: Request, username: str | None = None) -> User:
    """The person for whom a REST client works the queue: the member named, else the maker of the
    key.

    Raises a 422 problem when the member does not exist or is weaker than a reviewer.
    """
    key = key_of(request)
    name = username or (key.created_by.username if key.created_by else "")
    member = (
        Member.objects.select_related("user")
        .filter(workspace=key.workspace, user__username=name, user__is_active=True)
        .first()
    )
    if member is None or not member.may(Role.REVIEWER):
        fault = {"field": "reviewer", "message": "not a reviewer of this workspace"}
        raise Problem(422, "not_a_reviewer", f"{name!r} is not a reviewer here.", [fault])
    return member.user
