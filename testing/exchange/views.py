"""Pages that give out the cases of a suite as a file, and take a file after a look at it."""

from collections import Counter

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from context.access import agent_page, person
from context.models import Agent
from testing.cases.batches import bring_file, keep_file, planned_file, undo
from testing.cases.forms_suites import ImportForm
from testing.comparing.comparison import counted
from testing.exchange.bringing import exported
from testing.exchange.entries import UnreadableFile
from testing.exchange.formats import FORMATS, format_of, read, write
from testing.models import Case, CaseBatch, Suite
from testing.refusals import Refused
from testing.views import suite_of_page, to_suite

SHOWN = 100
REFUSALS_SHOWN = 5


def file_of(suite: Suite, form: str) -> StreamingHttpResponse:
    """The cases of a suite that are not retired, as a file; 404 for a format there is not."""
    if form not in FORMATS:
        raise Http404
    cases = suite.cases.exclude(status=Case.Status.RETIRED).order_by("id")
    lines = write(exported(cases.iterator(500)), form)
    name = f"{suite.agent.slug}-{suite.slug}.{form}"
    response = StreamingHttpResponse(lines, content_type=FORMATS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@agent_page(Role.VIEWER)
@require_safe
def export(request: HttpRequest, agent: Agent, suite_id: int, form: str) -> StreamingHttpResponse:
    """The suite's cases as JSON lines, CSV or YAML."""
    return file_of(suite_of_page(agent, suite_id), form)


@agent_page(Role.MANAGER)
@require_POST
def import_cases(request: HttpRequest, agent: Agent, suite_id: int) -> HttpResponse:
    """Read a file and show what it would do; nothing changes before somebody says yes."""
    suite = suite_of_page(agent, suite_id)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        for faults in form.errors.values():
            messages.error(request, " ".join(map(str, faults)))
        return to_suite(suite)
    file = form.cleaned_data["file"]
    try:
        entries = read(file.read(), form.cleaned_data["form"] or format_of(file.name))
    except UnreadableFile as error:
        messages.error(request, f"{file.name}: {error}")
        return to_suite(suite)
    batch = keep_file(suite, file.name, entries, timezone.now(), person(request))
    return redirect("testing:file", agent.workspace.slug, agent.slug, batch.pk)


def batch_of_page(agent: Agent, batch_id: int) -> CaseBatch:
    """A batch of this agent, or 404."""
    batches = CaseBatch.objects.select_related("suite", "by")
    batch = get_object_or_404(batches, pk=batch_id, suite__agent=agent)
    batch.suite.agent = agent
    return batch


@agent_page(Role.MANAGER)
@require_safe
def file(request: HttpRequest, agent: Agent, batch_id: int) -> HttpResponse:
    """What a file would make of the suite: created, changed, unchanged, and what it cannot be."""
    batch = batch_of_page(agent, batch_id)
    if batch.status != CaseBatch.Status.WAITING:
        return to_suite(batch.suite)
    planned = planned_file(batch)
    counts = Counter(one.status for one in planned)
    groups = [
        (status, counts[status], [one for one in planned if one.status == status][:SHOWN])
        for status in ("error", "changed", "created", "unchanged")
        if counts[status]
    ]
    values = {
        "agent": agent,
        "suite": batch.suite,
        "batch": batch,
        "groups": groups,
        "to_do": counts["created"] + counts["changed"],
        "lossy": sum(bool(one.entry.left_out) for one in planned),
    }
    return render(request, "testing/file.html", values)


@agent_page(Role.MANAGER)
@require_POST
def decide_file(request: HttpRequest, agent: Agent, batch_id: int, decision: str) -> HttpResponse:
    """Bring in the file that waits, or put it aside."""
    batch = batch_of_page(agent, batch_id)
    if decision == "drop":
        suite = batch.suite
        suite.batches.filter(pk=batch.pk, status=CaseBatch.Status.WAITING).delete()
        messages.info(request, "Put aside; nothing was changed.")
        return to_suite(suite)
    try:
        brought = bring_file(batch, timezone.now(), person(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return to_suite(batch.suite)
    counts = Counter(one.status for one in brought)
    said = ", ".join(f"{count} {status}" for status, count in counts.items() if status != "error")
    left = f" {counted(counts['error'])} left out." if counts["error"] else ""
    messages.success(request, f"{batch.note}: {said}.{left}")
    return to_suite(batch.suite)


@agent_page(Role.MANAGER)
@require_POST
def undo_batch(request: HttpRequest, agent: Agent, batch_id: int) -> HttpResponse:
    """Take back a file or an action on many cases."""
    batch = batch_of_page(agent, batch_id)
    try:
        outcome = undo(batch, timezone.now(), person(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return to_suite(batch.suite)
    messages.success(request, f"Undone: {counted(outcome.changed, 'case')} as before.")
    for refusal in outcome.refusals[:REFUSALS_SHOWN]:
        messages.warning(request, refusal)
    return to_suite(batch.suite)
