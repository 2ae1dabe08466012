"""The documents of a release: one to read, the editor of a draft's, its upkeep, and previews."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from context.access import agent_page, person
from context.editing.forms import DocumentForm, UpkeepForm
from context.editing.parts import document_hash, edit_document
from context.editing.upkeep import keep
from context.editing.word_diff import Passage, word_diff
from context.forms import faults_of
from context.markdown import render_markdown
from context.models import Agent, Release, Upkeep
from context.refusals import EditConflict, Refused
from context.releases.changes import document_change
from context.releases.content import DocumentContent, content_of
from context.releases.topics import facts_by_topic
from context.releases.views import compared_with, find_release, roles
from context.releases.views_steps import to_release


def document_of(release: Release, slug: str) -> DocumentContent:
    """A document of a release, or 404."""
    found = content_of(release).document(slug)
    if found is None:
        raise Http404
    return found


def kept(agent: Agent, slug: str) -> Upkeep | None:
    """What is known of a document beside its text."""
    return agent.upkeep.select_related("owner").filter(slug=slug).first()


@agent_page(Role.VIEWER)
@require_safe
def document(request: HttpRequest, agent: Agent, number: int, slug: str) -> HttpResponse:
    """One document as it stands in a release; `?against=` compares it with another."""
    release = find_release(agent, number)
    found, row = document_of(release, slug), kept(agent, slug)
    other = compared_with(request, agent, release, agent.live_release())
    old = content_of(other).document(slug) if other else None
    values = {
        "agent": agent,
        "release": release,
        "document": found,
        "seen": document_hash(found),
        "upkeep": row,
        "today": agent.local_date(timezone.now()),
        "upkeep_form": UpkeepForm(initial=UpkeepForm.initial_of(row), workspace=agent.workspace),
        "other": other,
        "others": agent.releases.exclude(pk=release.pk).only("number", "status", "agent"),
        "change": document_change(old, found) if other and old != found else None,
        "proposals": agent.proposals.filter(
            document_slug=slug, release__number__lte=release.number
        ).order_by("-decided_at", "-id"),
        **roles(request),
    }
    return render(request, "context/document.html", values)


@agent_page(Role.MANAGER)
@require_POST
def upkeep(request: HttpRequest, agent: Agent, slug: str) -> HttpResponse:
    """Change owner, last day and source of a document; they hold at once in every release."""
    form = UpkeepForm(request.POST, workspace=agent.workspace)
    if not form.is_valid():
        messages.error(request, faults_of(form))
        return redirect("context:document-history", agent.workspace.slug, agent.slug, slug)
    with transaction.atomic():
        agent.hold()
        keep(agent, {slug: form.upkeep()}, at=timezone.now(), by=person(request))
    messages.success(request, f"Owner, last day and source of {slug} are saved.")
    return redirect("context:document-history", agent.workspace.slug, agent.slug, slug)


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
    if there is None:
        return show(request, release, there, DocumentForm(workspace=agent.workspace))
    row, seen = kept(agent, slug), document_hash(there)
    return show(request, release, there, DocumentForm.of(there, seen, row, agent.workspace))


def show(
    request: HttpRequest,
    release: Release,
    there: DocumentContent | None,
    form: DocumentForm,
    meanwhile: list[Passage] | None = None,
) -> HttpResponse:
    """The editor; `meanwhile` is the difference from what somebody else saved to this form."""
    slug = there.slug if there else ""
    values = {
        "agent": release.agent,
        "release": release,
        "document": there,
        "form": form,
        "preview": render_markdown(form["body"].value() or ""),
        "topics": facts_by_topic(release, slug),
        "meanwhile": meanwhile,
    }
    return render(request, "context/edit_document.html", values)


def save_document(
    request: HttpRequest, release: Release, there: DocumentContent | None
) -> HttpResponse:
    """Write the form into the draft, or show it again with what is wrong."""
    content, slug = content_of(release), there.slug if there else ""
    workspace = release.agent.workspace
    form = DocumentForm(request.POST, workspace=workspace)
    if "preview" in request.POST or not form.is_valid():
        return show(request, release, there, form)
    new = form.document(content)
    if new.slug != slug and content.document(new.slug):
        form.add_error("slug", f"Another document is called {new.slug}.")
        return show(request, release, there, form)
    try:
        write_document(release, slug, new, form, request)
    except EditConflict as conflict:
        messages.error(request, str(conflict))
        now = content_of(find_release(release.agent, release.number)).document(slug)
        # Saving once more replaces what stands now, knowingly.
        again = {**request.POST.dict(), "seen": document_hash(now)}
        form = DocumentForm(again, workspace=workspace)
        return show(request, release, there, form, word_diff(now.body if now else "", new.body))
    except Refused as refused:
        messages.error(request, str(refused))
        return to_release(release)
    messages.success(request, f"“{new.title}” is saved.")
    return to_release(release)


@transaction.atomic
def write_document(
    release: Release, slug: str, new: DocumentContent, form: DocumentForm, request: HttpRequest
) -> None:
    """Write the text into the draft, and its upkeep for every release."""
    by, now, data = person(request), timezone.now(), form.cleaned_data
    edit_document(release, slug, new, data["seen"], by, now, data["why"])
    keep(release.agent, {new.slug: form.upkeep()}, at=now, by=by)


@agent_page(Role.MANAGER)
@require_POST
def remove_document(request: HttpRequest, agent: Agent, number: int, slug: str) -> HttpResponse:
    """Take a document out of a draft."""
    release = find_release(agent, number)
    found, seen = document_of(release, slug), request.POST.get("seen", "")
    why = request.POST.get("why", "")[:500]
    try:
        edit_document(release, slug, None, seen, person(request), timezone.now(), why)
        messages.success(request, f"“{found.title}” is no longer in release {number}.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_release(release)


@agent_page(Role.VIEWER)
@require_POST
def preview(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The Markdown of a body that is being written, as HTML."""
    return HttpResponse(render_markdown(request.POST.get("body", "")))
