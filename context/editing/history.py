"""How a document, or the prompt, became what it is: every release that changed it, and every step
within its draft.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import QuerySet

from context.editing.word_diff import Passage, word_diff
from context.models import Agent, Document, Edit, Release
from context.releases.changes import DocumentChange, document_change
from context.releases.content import DocumentContent

PEOPLE = ("created_by", "published_by")


@dataclass(frozen=True)
class Step:
    """What one release changed compared with the one it was made from, and its edits, oldest
    first.
    """

    release: Release
    passages: list[Passage]
    change: DocumentChange | None = None
    edits: list[Edit] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Added, changed or removed."""
        return self.change.kind if self.change else "changed"


def history_of_document(agent: Agent, slug: str) -> list[Step]:
    """Every release that changed the document, the newest first; a few queries."""
    rows = Document.objects.filter(release__agent=agent, slug=slug)
    texts = {row.release_id: content_of_row(row) for row in rows}
    edits = edits_of(agent, Edit.Part.DOCUMENT, slug)
    steps = []
    for release in releases_of(agent).defer("prompt", "settings"):
        before, after = texts.get(release.parent_id or 0), texts.get(release.pk)
        if before != after:
            change = document_change(before, after)
            steps.append(Step(release, change.body, change, edits[release.pk]))
    return steps


def content_of_row(row: Document) -> DocumentContent:
    """A row as a value."""
    return DocumentContent(row.slug, row.title, row.body, row.topic, tuple(row.required_facts))


def history_of_prompt(agent: Agent) -> list[Step]:
    """Every release that changed the prompt, the newest first."""
    releases = list(releases_of(agent).defer("settings"))
    prompts = {release.pk: release.prompt for release in releases}
    edits = edits_of(agent, Edit.Part.PROMPT, "")
    steps = []
    for release in releases:
        before = prompts.get(release.parent_id or 0, "")
        if before != release.prompt:
            passages = word_diff(before, release.prompt)
            steps.append(Step(release, passages, edits=edits[release.pk]))
    return steps


def releases_of(agent: Agent) -> QuerySet[Release]:
    """The releases of an agent with the people who made them, the newest first."""
    return agent.releases.select_related(*PEOPLE).order_by("-number")


def edits_of(agent: Agent, part: Edit.Part, name: str) -> defaultdict[int, list[Edit]]:
    """The edits of one part by the key of their release, oldest first."""
    found: defaultdict[int, list[Edit]] = defaultdict(list)
    rows = Edit.objects.filter(release__agent=agent, part=part, name=name)
    for edit in rows.select_related("by", "proposal").order_by("id"):
        found[edit.release_id].append(edit)
    return found
