"""The editor of a draft's prompt, settings and note."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from context.access import agent_page
from context.content import Content, content_of
from context.editing import edit_prompt, prompt_hash
from context.forms import PromptForm
from context.models import Agent, Release
from context.refusals import EditConflict, Refused
from context.views_releases import find_release, person
from context.views_steps import to_release
from context.word_diff import Passage, word_diff


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def prompt_editor(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Edit prompt, settings and note of a draft."""
    release = find_release(agent, number)
    if request.method == "POST":
        return save_prompt(request, release)
    content = content_of(release)
    return show(request, release, PromptForm.of(content, release.note, prompt_hash(content)))


def show(
    request: HttpRequest,
    release: Release,
    form: PromptForm,
    meanwhile: list[Passage] | None = None,
) -> HttpResponse:
    """The editor; `meanwhile` is the difference from what somebody else saved to this form."""
    values = {
        "agent": release.agent,
        "release": release,
        "form": form,
        "meanwhile": meanwhile,
    }
    return render(request, "context/edit_prompt.html", values)


def save_prompt(request: HttpRequest, release: Release) -> HttpResponse:
    """Write the form into the draft, or show it again with what is wrong."""
    form = PromptForm(request.POST)
    if not form.is_valid():
        return show(request, release, form)
    data = form.cleaned_data
    new = Content(data["prompt"], data["settings"])
    try:
        edit_prompt(release, new, data["seen"], person(request), timezone.now(), data["note"])
    except EditConflict as conflict:
        messages.error(request, str(conflict))
        now = content_of(find_release(release.agent, release.number))
        # Saving once more replaces what stands now, knowingly.
        form = PromptForm({**request.POST.dict(), "seen": prompt_hash(now)})
        return show(request, release, form, word_diff(now.prompt, new.prompt))
    except Refused as refused:
        messages.error(request, str(refused))
        return to_release(release)
    messages.success(request, "The prompt is saved.")
    return to_release(release)
