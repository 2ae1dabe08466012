"""The documents of a release: one to read, the editor of a draft's, and a preview of Markdown."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from context.access import agent_page
from context.content import DocumentContent, content_of
from context.editing import document_hash, edit_document
from context.forms import DocumentForm
from context.markdown import render_markdown
from context.models import Agent, Release
from context.refusals import EditConflict, Refused
from context.views_releases import find_release, person, roles
from context.views_steps import to_release
from context.word_diff import Passage, word_diff


def document_of(release: Release, slug: str) -> DocumentContent:
    """A document of a release, or 404."""
    found = content_of(release).document(slug)
    if found is None:
        raise Http404
    return found


@agent_page(Role.VIEWER)
@require_safe
def document(request: HttpRequest, agent: Agent, number: int, slug: str) -> HttpResponse:
    """One document as it stands in a release."""
    release = find_release(agent, number)
    found = document_of(release, slug)
    values = {
        "agent": agent,
        "release": release,
        "document": found,
        "seen": document_hash(found),
        "proposals": agent.proposals.filter(
            document_slug=slug, release__number__lte=release.number
        ).order_by("-decided_at", "-id"),
    }
    return render(request, "context/document.html", values | roles(request))


@agent_page(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def document_editor(
    request: HttpRequest, agent: Agent, number: int, slug: str = ""
) -> HttpResponse:
    """Edit a document of a draft, or add one."""
    release = find_release(agent, number)
    there = document_of(release, slug) if slug else None
    if request.method == "POST":
        return save_document(request, release, there)
    form = DocumentForm.of(there, document_hash(there)) if there else DocumentForm()
    return show(request, release, there, form)


def show(
    request: HttpRequest,
    release: Release,
    there: DocumentContent | None,
    form: DocumentForm,
    meanwhile: list[Passage] | None = None,
) -> HttpResponse:
    """The editor; `meanwhile` is the difference from what somebody else saved to this form."""
    values = {
        "agent": release.agent,
        "release": release,
        "document": there,
        "form": form,
        "preview": render_markdown(form["body"].value() or ""),
        "meanwhile": meanwhile,
    }
    return render(request, "context/edit_document.html", values)


def save_document(
    request: HttpRequest, release: Release, there: DocumentContent | None
) -> HttpResponse:
    """Write the form into the draft, or show it again with what is wrong."""
    content, slug = content_of(release), there.slug if there else ""
    form = DocumentForm(request.POST)
    if "preview" in request.POST or not form.is_valid():
        return show(request, release, there, form)
    new, seen = form.document(content), form.cleaned_data["seen"]
    if new.slug != slug and content.document(new.slug):
        form.add_error("slug", f"Another document is called {new.slug}.")
        return show(request, release, there, form)
    try:
        edit_document(release, slug, new, seen, person(request), timezone.now())
    except EditConflict as conflict:
        messages.error(request, str(conflict))
        now = content_of(find_release(release.agent, release.number)).document(slug)
        # Saving once more replaces what stands now, knowingly.
        form = DocumentForm({**request.POST.dict(), "seen": document_hash(now)})
        return show(request, release, there, form, word_diff(now.body if now else "", new.body))
    except Refused as refused:
        messages.error(request, str(refused))
        return to_release(release)
    messages.success(request, f"“{new.title}” is saved.")
    return to_release(release)


@agent_page(Role.MANAGER)
@require_POST
def remove_document(request: HttpRequest, agent: Agent, number: int, slug: str) -> HttpResponse:
    """Take a document out of a draft."""
    release = find_release(agent, number)
    found, seen = document_of(release, slug), request.POST.get("seen", "")
    try:
        edit_document(release, slug, None, seen, person(request), timezone.now())
        messages.success(request, f"“{found.title}” is no longer in release {number}.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_release(release)


@agent_page(Role.VIEWER)
@require_POST
def preview(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The Markdown of a body that is being written, as HTML."""
    return HttpResponse(render_markdown(request.POST.get("body", "")))
