"""The person for whom a REST client acts."""

from django.db.models import QuerySet
from rest_framework.request import Request

from accounts.authentication import key_of
from accounts.models import Member, Role, User
from accounts.prepared import Given, Prepared
from accounts.problems import Problem


def in_use(**who: Given) -> QuerySet[Member]:
    """The membership of one person whose account is in use, as far as REST needs it."""
    members = Member.objects.filter(workspace=Given("workspace"), user__is_active=True, **who)
    return members.select_related("user").only("role", "user__username")


BY_NAME = Prepared(lambda: in_use(user__username=Given("name")))
BY_KEY = Prepared(lambda: in_use(user=Given("user")))


def acting_user(request: Request, username: str | None = None) -> User:
    """The person for whom a REST client works the queue: the member named, else the maker of the
    key.

    Raises a 422 problem when the member does not exist or is weaker than a reviewer.
    """
    key = key_of(request)
    if username:
        member = BY_NAME.first(workspace=key.workspace_id, name=username)
    else:
        member = BY_KEY.first(workspace=key.workspace_id, user=key.created_by_id)
    if member is None or not member.may(Role.REVIEWER):
        fault = {"field": "reviewer", "message": "not a reviewer of this workspace"}
        name = username or "The maker of the key"
        raise Problem(422, "not_a_reviewer", f"{name} is not a reviewer here.", [fault])
    return member.user
