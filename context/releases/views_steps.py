"""The buttons of a release: new draft, submit, discard, approve, reject, publish, roll back."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Role, User
from context.access import agent_page, person
from context.editing.discarding import bring_back, discard
from context.editing.drafts import open_draft
from context.editing.rebase import state_of
from context.forms import StepForm
from context.models import Agent, Release
from context.refusals import Refused
from context.releases.lifecycle import rollback
from context.releases.views import find_release

Step = Callable[[Release, datetime, User, str], str]


def to_release(release: Release) -> HttpResponse:
    """To the release's page, where the message is shown."""
    agent = release.agent
    return redirect("context:release", agent.workspace.slug, agent.slug, release.number)


def submit(release: Release, at: datetime, by: User, _reason: str) -> str:
    """Freeze the draft."""
    release.submit(at, by)
    return f"Release {release.number} is a candidate now; its content is frozen."


def approve(release: Release, at: datetime, by: User, reason: str) -> str:
    """Let the candidate go live."""
    release.approve(at, by, reason)
    return f"Release {release.number} is approved."


def reject(release: Release, at: datetime, by: User, reason: str) -> str:
    """Keep the candidate from going live."""
    if not reason:
        raise Refused("A rejection needs a reason.")
    release.reject(at, by, reason)
    return f"Release {release.number} is rejected."


def publish(release: Release, at: datetime, by: User, reason: str) -> str:
    """Make it live."""
    release.publish(at, by, override_reason=reason)
    return f"Release {release.number} is live."


def republish(release: Release, at: datetime, by: User, reason: str) -> str:
    """Make a retired release live again."""
    rollback(release.agent, at, by, reason, to=release)
    return f"Release {release.number} is live again."


def set_aside(release: Release, at: datetime, by: User, reason: str) -> str:
    """Discard the draft."""
    discard(release, at, by, reason)
    return f"Draft {release.number} is discarded. Nothing of it is lost: bring it back here."


def take_up(release: Release, at: datetime, by: User, _reason: str) -> str:
    """Make a discarded draft one again."""
    bring_back(release, at, by)
    return f"Release {release.number} is a draft again."


STEPS: dict[str, Step] = {
    "submit": submit,
    "approve": approve,
    "reject": reject,
    "publish": publish,
    "republish": republish,
    "discard": set_aside,
    "bring-back": take_up,
}


@agent_page(Role.MANAGER)
@require_POST
def step(request: HttpRequest, agent: Agent, number: int, name: str) -> HttpResponse:
    """Do one step of a release's life, or say why not."""
    release, form = find_release(agent, number), StepForm(request.POST)
    if name not in STEPS:
        raise Http404
    try:
        if not form.is_valid():
            raise Refused("The reason is longer than 2,000 characters.")
        reason = form.cleaned_data["reason"]
        if name == "submit" and warn_of_overtaking(request, release):
            return confirm_submit(release)
        messages.success(request, STEPS[name](release, timezone.now(), person(request), reason))
    except Refused as refused:
        messages.error(request, str(refused))
    return to_release(release)


def warn_of_overtaking(request: HttpRequest, release: Release) -> bool:
    """Whether a draft was overtaken by a live release that the person has not been shown."""
    if not release.is_draft:
        return False
    live = state_of(release, release.agent).overtaken_by
    return live is not None and request.POST.get("known", "") != str(live.number)


def confirm_submit(release: Release) -> HttpResponse:
    """To the release's page with the warning open."""
    response = to_release(release)
    response["Location"] += "?confirm=submit"
    return response


@agent_page(Role.MANAGER)
@require_POST
def new_draft(request: HttpRequest, agent: Agent) -> HttpResponse:
    """A draft that starts as a copy of the live release, or of the one named by `from`."""
    asked = request.POST.get("from", "")
    named = asked.isascii() and asked.isdigit() and len(asked) < 10
    parent = find_release(agent, int(asked)) if named else None
    draft = open_draft(agent, at=timezone.now(), by=person(request), parent=parent)
    messages.success(request, f"Release {draft.number} is a draft; edit it below.")
    return to_release(draft)
