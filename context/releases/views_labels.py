"""The labels of a release on its page: put there, taken from another release, or taken away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Role
from context.access import agent_page, person
from context.models import Agent
from context.refusals import BadLabel
from context.releases.labels import current_labels, put_label, take_label
from context.releases.views import find_release
from context.releases.views_steps import to_release


@agent_page(Role.MANAGER)
@require_POST
def put(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Let a label name this release; it leaves the one it named."""
    release, name = find_release(agent, number), request.POST.get("name", "").strip()
    before = current_labels(agent).filter(name=name).select_related("release").first()
    try:
        moved = put_label(release, name, timezone.now(), person(request))
    except BadLabel as refused:
        messages.error(request, str(refused))
        return to_release(release)
    was = f" It named {before.release} before." if before and moved else ""
    messages.success(request, f"“{name}” names {release}.{was}")
    return to_release(release)


@agent_page(Role.MANAGER)
@require_POST
def take(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Let a label of this release name nothing; a label that moved on meanwhile stays."""
    release, name = find_release(agent, number), request.POST.get("name", "").strip()
    here = current_labels(agent).filter(name=name, release=release)
    if here.exists() and take_label(agent, name, timezone.now(), person(request)):
        messages.success(request, f"“{name}” names nothing any more; what it named is kept.")
    else:
        messages.error(request, f"“{name}” does not name {release}.")
    return to_release(release)
