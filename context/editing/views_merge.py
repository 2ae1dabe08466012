"""Merging a draft with a release that changed the same meanwhile: three texts side by side."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from context.access import agent_page, person
from context.editing.combining import Part, Undecided
from context.editing.rebase import merge_into, parts_to_merge, seen_hash
from context.editing.three_way import both
from context.forms import unix_lines
from context.models import Agent, Release
from context.refusals import EditConflict, Refused
from context.releases.views import find_release
from context.releases.views_steps import to_release
from context.schema import MOST_OF_TEXT


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, agent: Agent, number: int, other: int) -> HttpResponse:
    """Each part that the draft and the other release differ in, and what it is to say."""
    draft, theirs = find_release(agent, number), find_release(agent, other)
    if draft == theirs:
        raise Http404
    if not draft.is_draft:
        messages.error(request, f"Release {number} is frozen; nothing is merged into it.")
        return to_release(draft)
    if request.method != "POST":
        return show(request, draft, theirs, {})
    choices = choices_of(request)
    try:
        now = timezone.now()
        merge_into(draft, theirs, choices, request.POST.get("seen", ""), person(request), now)
    except Undecided as undecided:
        messages.error(request, str(undecided))
        return show(request, draft, theirs, choices)
    except EditConflict:
        text = f"Release {number} or {other} was changed meanwhile; here is what they say now."
        messages.error(request, text)
        return redirect("context:merge", agent.workspace.slug, agent.slug, number, other)
    except Refused as refused:
        messages.error(request, str(refused))
        return to_release(draft)
    text = (
        f"Release {number} holds the changes of release {other} now. Its edits keep what it said."
    )
    messages.success(request, text)
    return to_release(draft)


def choices_of(request: HttpRequest) -> dict[str, str]:
    """What was chosen for each part: `mine`, `theirs`, or `text:` with the words of its box."""
    found = {}
    for name, value in request.POST.items():
        if name.startswith("choice.") and isinstance(value, str):
            key = name.removeprefix("choice.")
            text = unix_lines(request.POST.get(f"text.{key}", ""))[:MOST_OF_TEXT]
            found[key] = f"text:{text}" if value == "text" else value
    return found


def show(
    request: HttpRequest, draft: Release, theirs: Release, choices: dict[str, str]
) -> HttpResponse:
    """The page; what was chosen and typed already is kept."""
    parts = parts_to_merge(draft, theirs)
    values = {
        "agent": draft.agent,
        "release": draft,
        "theirs": theirs,
        "both": [
            (part, choices.get(part.key, "").partition(":")[0], text_of(part, choices))
            for part in parts
            if part.by_both
        ],
        "mine_alone": [part for part in parts if part.state == "mine"],
        "theirs_alone": [part for part in parts if part.state == "theirs"],
        "seen": seen_hash(draft, theirs),
    }
    return render(request, "context/merge.html", values)


def text_of(part: Part, choices: dict[str, str]) -> str:
    """What stands in a part's box: the words typed, else both texts put together."""
    kind, _, text = choices.get(part.key, "").partition(":")
    if kind == "text":
        return text
    return "" if part.is_setting else both(list(part.stretches))
