"""The editor of a draft's prompt, as a whole or by section, with variables, settings and note."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from context.access import agent_page, person
from context.editing.forms import PromptForm
from context.editing.parts import edit_prompt, prompt_hash
from context.editing.sections import Section, sections_of, with_section
from context.editing.variables import VARIABLES, rendered, unknown_variables, variables_in
from context.editing.word_diff import Passage, word_diff
from context.markdown import render_markdown
from context.models import Agent, Release
from context.refusals import EditConflict, Refused
from context.releases.content import Content, content_of
from context.releases.views import compared_with, find_release
from context.releases.views_steps import to_release


@dataclass(frozen=True)
class Editor:
    """What is edited: the draft's prompt, or one section of it (`is_lost`: one that is no longer
    there).
    """

    release: Release
    content: Content
    sections: list[Section]
    section: Section | None
    is_lost: bool = False

    @property
    def text(self) -> str:
        """What the form holds."""
        return self.section.text if self.section else self.content.prompt

    def prompt_with(self, text: str) -> str:
        """The whole prompt with this text in it; a section that is lost comes last."""
        if self.section is not None:
            return with_section(self.content.prompt, self.section.number, text)
        return f"{self.content.prompt.rstrip()}\n\n{text}" if self.is_lost else text


def editor_of(request: HttpRequest, release: Release) -> Editor:
    """The whole prompt, or the section of `?section=`; 404 for one that is not there.

    A section that is sent is known by its heading too: meanwhile it may stand elsewhere.
    """
    content, asked = content_of(release), request.GET.get("section", "")
    sections = sections_of(content.prompt)
    if not asked:
        return Editor(release, content, sections, None)
    found = [one for one in sections if str(one.number) == asked]
    if request.method == "POST":
        heading = request.POST.get("heading", "")
        alike = [one for one in sections if one.title == heading]
        found = [one for one in found if one in alike] or alike
        if not found:
            return Editor(release, content, sections, None, is_lost=True)
    if not found:
        raise Http404
    return Editor(release, content, sections, found[0])


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def prompt_editor(request: HttpRequest, agent: Agent, number: int) -> HttpResponse:
    """Edit prompt, variables, settings and note of a draft."""
    editor = editor_of(request, find_release(agent, number))
    if request.method == "POST":
        return save_prompt(request, editor)
    seen = prompt_hash(editor.content)
    return show(
        request, editor, PromptForm.of(editor.content, editor.text, editor.release.note, seen)
    )


def show(
    request: HttpRequest,
    editor: Editor,
    form: PromptForm,
    meanwhile: list[Passage] | None = None,
) -> HttpResponse:
    """The editor; `meanwhile` is the difference from what somebody else saved to this form."""
    release, agent = editor.release, editor.release.agent
    other = compared_with(request, agent, release, agent.live_release())
    prompt = editor.prompt_with(form["prompt"].value() or "")
    values = {
        "agent": agent,
        "release": release,
        "form": form,
        "sections": editor.sections,
        "section": editor.section,
        "other": other,
        "others": agent.releases.exclude(pk=release.pk).only("number", "status", "agent"),
        "passages": word_diff(other.prompt, prompt) if other and other.prompt != prompt else None,
        "meanwhile": meanwhile,
        **preview_of(form["prompt"].value() or "", form["variables"].value() or ""),
    }
    return render(request, "context/edit_prompt.html", values)


def preview_of(prompt: str, variables: str) -> dict[str, Any]:
    """The prompt as a model is sent it, and the variables without a value."""
    pairs = (line.partition("=") for line in variables.splitlines())
    settings = {VARIABLES: {name.strip(): value.strip() for name, _, value in pairs}}
    return {
        "preview": render_markdown(rendered(prompt, settings)),
        "variables": variables_in(prompt),
        "unknown": unknown_variables(prompt, settings),
    }


@agent_page(Role.VIEWER)
@require_POST
def preview(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The preview of a prompt that is being written."""
    values = preview_of(request.POST.get("prompt", ""), request.POST.get("variables", ""))
    return render(request, "context/_prompt_preview.html", values)


def save_prompt(request: HttpRequest, editor: Editor) -> HttpResponse:
    """Write the form into the draft, or show it again with what is wrong."""
    release, form = editor.release, PromptForm(request.POST)
    if (
        editor.section or editor.is_lost
    ):  # a section may be emptied; submit() refuses an empty prompt
        form.fields["prompt"].required = False
    if "preview" in request.POST or not form.is_valid():
        return show(request, editor, form)
    data = form.cleaned_data
    new = replace(
        editor.content, prompt=editor.prompt_with(data["prompt"]), settings=data["settings"]
    )
    try:
        by, now = person(request), timezone.now()
        edit_prompt(release, new, data["seen"], by, now, data["note"], data["why"])
    except EditConflict as conflict:
        messages.error(request, str(conflict))
        return show_conflict(request, editor, new)
    except Refused as refused:
        messages.error(request, str(refused))
        return to_release(release)
    messages.success(request, "The prompt is saved.")
    if unknown := unknown_variables(new.prompt, new.settings):
        named = ", ".join("{{" + name + "}}" for name in unknown)
        messages.warning(request, f"Without a value it cannot be submitted: {named}.")
    return to_release(release)


def show_conflict(request: HttpRequest, editor: Editor, new: Content) -> HttpResponse:
    """The text as it was sent beside what stands now. A section is no longer known to be the same
    one, so the whole prompt is shown; saving once more replaces what stands now, knowingly.
    """
    release = find_release(editor.release.agent, editor.release.number)
    now = content_of(release)
    whole = Editor(release, now, sections_of(now.prompt), None)
    again = {**request.POST.dict(), "prompt": new.prompt, "seen": prompt_hash(now)}
    return show(request, whole, PromptForm(again), word_diff(now.prompt, new.prompt))
