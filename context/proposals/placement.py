"""Where an accepted proposal goes: a document of its own, or into one that is there."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from context.editing.drafts import newest_draft
from context.editing.word_diff import Passage, word_diff
from context.models import Agent, Proposal, Release
from context.proposals.conflicts import conflicts_with
from context.releases.changes import DocumentChange, document_change
from context.releases.content import Content, DocumentContent, content_of

NEW_DOCUMENT = "*"


def target(agent: Agent) -> Release | None:
    """The release whose content an accepted proposal changes: the newest draft, else live."""
    return newest_draft(agent) or agent.live_release()


def target_content(agent: Agent) -> Content:
    """What that release holds; nothing for an agent without releases."""
    start = target(agent)
    return content_of(start) if start else Content("")


@transaction.atomic
def accept_at(proposal: Proposal, body: str, place: str, by: User | None, at: datetime) -> Release:
    """Accept with this text at this place (see `places_for`), in what the draft holds now.

    Raises what `Proposal.accept` raises.
    """
    agent = proposal.agent
    agent.hold()
    document = placed(proposal, target_content(agent), body, place, agent.language)
    return proposal.accept(at, by, body=body, document=document)


def previewed(
    proposal: Proposal, content: Content, body: str, place: str, language: str
) -> DocumentChange | list[Passage]:
    """What accepting it there would change in the draft: a document, or the passages of the
    prompt.
    """
    document = placed(proposal, content, body, place, language)
    after, slug = proposal.applied_to(content, body, document)
    if not slug:
        return word_diff(content.prompt, after.prompt)
    return document_change(content.document(slug), after.document(slug))


def places_for(proposal: Proposal, content: Content, language: str) -> list[tuple[str, str]]:
    """The choices for a form, what the proposal contradicts first: (value, what will happen)."""
    if proposal.kind == Proposal.Kind.PROMPT:
        return [(NEW_DOCUMENT, "At the end of the prompt")]
    contradicted = set(contradictions(proposal.body, content, language))
    documents = sorted(
        content.documents,
        key=lambda row: (row.slug not in contradicted, row.topic != proposal.topic, row.title),
    )
    choices = [(NEW_DOCUMENT, "A document of its own")]
    for row in documents:
        instead = ", in the place of what it contradicts" if row.slug in contradicted else ""
        choices.append((row.slug, f"Into “{row.title}”{instead}"))
    return choices


def contradictions(body: str, content: Content, language: str) -> dict[str, str]:
    """Slug to the sentence that the body contradicts."""
    found = conflicts_with(body, content.documents, language)
    return {row["slug"]: row["quote"] for row in found if row["kind"] == "contradiction"}


def placed(
    proposal: Proposal, content: Content, body: str, place: str, language: str
) -> DocumentContent | None:
    """The document as it will stand; None for a document of its own or for the prompt.

    In a document that is there, the sentence that `body` contradicts makes way for it; without one
    it becomes a new paragraph. Facts to gather are added to the document's own.
    """
    there = None if place == NEW_DOCUMENT else content.document(place)
    if there is None:
        return None
    quote = contradictions(body, content, language).get(place, "")
    if quote and quote in there.body:
        text = there.body.replace(quote, body.strip(), 1)
    else:
        text = f"{there.body.rstrip()}\n\n{body.strip()}\n"
    facts = tuple(dict.fromkeys([*there.required_facts, *proposal.required_facts]))
    return replace(there, body=text, required_facts=facts)
