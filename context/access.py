"""The way in: every page and REST call finds its agent here, inside the caller's workspace, or
answers 404.
"""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.request import Request

from accounts.authentication import key_of
from accounts.counting import count
from accounts.models import ApiKey, Member, Role, User
from accounts.prepared import Given, Prepared
from accounts.problems import Problem
from context.models import Agent

AGENT = Prepared(
    lambda: Agent.objects.select_related("workspace").filter(
        workspace=Given("workspace"), slug=Given("slug")
    )
)


def agent_page(role: Role = Role.VIEWER) -> Callable[[Callable[..., HttpResponseBase]], Any]:
    """Give a page view its agent: anonymous people log in, strangers get 404, too weak a role 403.

    The view's URL names `workspace` and `agent` by slug; the view is called as
    `view(request, agent, …)` and finds the membership in `request.member`. Its times are shown in
    the workspace's zone.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Any:
        @login_required
        @functools.wraps(view)
        def wrapped(
            request: HttpRequest, workspace: str, agent: str, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            assert isinstance(request.user, User)
            member = (
                Member.objects.select_related("workspace")
                .filter(user=request.user, workspace__slug=workspace)
                .first()
            )
            found = member and Agent.objects.filter(workspace=member.workspace, slug=agent).first()
            if member is None or found is None:
                raise Http404
            if not member.may(role):
                raise PermissionDenied(f"This needs the role {role.value}.")
            found.workspace = member.workspace
            request.agent, request.member = found, member  # type: ignore[attr-defined]
            try:
                with timezone.override(member.workspace.zone):
                    return view(request, found, *args, **kwargs)
            except Problem as problem:  # a cursor or limit that is not ours
                raise Http404(problem.sentence) from None

        return wrapped

    return decorate


def agent_api(
    scope: str, methods: list[str] | None = None
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """Give a REST view its agent: another workspace's is a 404, a missing scope a 403, too many
    requests a 429.

    With several scopes by method, give `"GET:read POST:ingest"`. The view is called as
    `view(request, agent, …)`.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Any:
        @api_view(methods or ["GET"])
        @functools.wraps(view)
        def wrapped(request: Request, agent: str, *args: Any, **kwargs: Any) -> HttpResponse:
            key = key_of(request)
            headers = count_request(key)
            needed = scope_for(scope, request.method or "GET")
            if not key.has_scope(needed):
                raise Problem(403, "scope_missing", f"This key lacks the scope {needed!r}.")
            found = AGENT.first(workspace=key.workspace_id, slug=agent)
            if found is None:
                raise Http404
            response = view(request, found, *args, **kwargs)
            for name, value in headers.items():
                response[name] = value
            return response

        return wrapped

    return decorate


def scope_for(scope: str, method: str) -> str:
    """The scope a method needs, from `"read"` or `"GET:read POST:ingest"`."""
    if ":" not in scope:
        return scope
    pairs = dict(part.split(":") for part in scope.split())
    return pairs.get(method, pairs["GET"])


def count_request(key: ApiKey) -> dict[str, str]:
    """Count one request of this key in the current minute; the rate-limit headers, or a 429
    problem.
    """
    limit = settings.API_REQUESTS_PER_MINUTE
    now = timezone.now()
    window = f"api-requests:{key.pk}:{now:%Y%m%d%H%M}"
    used = count(window, 120)
    left, reset = max(0, limit - used), 60 - now.second
    if used > limit:
        problem = Problem(429, "too_many_requests", f"More than {limit} requests in this minute.")
        problem.wait = reset  # type: ignore[attr-defined]
        raise problem
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(reset),
    }


def find_agent(name: str) -> Agent:
    """The agent a command means: `slug`, or `workspace/slug` where the slug alone is ambiguous.

    Raises CommandError that lists the agents there are.
    """
    workspace, _, slug = name.rpartition("/")
    found = Agent.objects.select_related("workspace").filter(slug=slug)
    if workspace:
        found = found.filter(workspace__slug=workspace)
    agents = list(found[:2])
    if len(agents) == 1:
        return agents[0]
    known = ", ".join(
        f"{a.workspace.slug}/{a.slug}" for a in Agent.objects.select_related("workspace")[:20]
    )
    fault = "is ambiguous" if agents else "does not exist"
    raise CommandError(f"Agent {name!r} {fault}. Agents: {known or 'none yet'}.")


def person(request: HttpRequest) -> User:
    """Who is logged in; `agent_page` has seen to it that somebody is."""
    assert isinstance(request.user, User)
    return request.user
