"""The context suite writes itself: for every document a candidate adds or changes, a draft case.

The question is a customer's own, from the evidence of the proposal behind the document, else the
document's title; the facts are the document's new sentences. A person approves the draft.
"""

import hashlib
from datetime import datetime

from context.content import DocumentContent, content_of
from context.models import Proposal, Release
from conversations.models import Author, Conversation
from testing.content import Expectation
from testing.drafting import MOST_FACTS, first_question, nearest, one_line, sentences
from testing.models import Case, Suite
from testing.suites import suite_of


def changed_documents(release: Release, baseline: Release | None) -> list[DocumentContent]:
    """The documents of a release that the baseline does not have, or has with another content."""
    before = set(content_of(baseline).documents) if baseline and baseline != release else set()
    return [document for document in content_of(release).documents if document not in before]


def baseline_of(release: Release) -> Release | None:
    """The release to compare with: the live one, or the one before for the live one itself."""
    live = release.agent.live_release()
    return release.parent if live == release else live


def draft_context_cases(release: Release, at: datetime) -> list[Case]:
    """Draft a case for each document the release adds or changes; returns those still drafts.

    Drafting again for the same content adds nothing.
    """
    baseline = baseline_of(release)
    suite = suite_of(release.agent, Suite.Kind.CONTEXT, at)
    known = content_of(baseline).documents if baseline else ()
    before = {document.slug: document for document in known}
    proposals = list(release.proposals.filter(kind=Proposal.Kind.DOCUMENT).order_by("id"))
    cases = [
        _draft(suite, document, before.get(document.slug), proposals, at)
        for document in changed_documents(release, baseline)
    ]
    return [case for case in cases if case.status == Case.Status.DRAFT]


def _draft(
    suite: Suite,
    document: DocumentContent,
    before: DocumentContent | None,
    proposals: list[Proposal],
    at: datetime,
) -> Case:
    """The draft case of one document; the same document gives the same key."""
    proposal = _proposal_of(document, proposals)
    conversation = _evidence(suite, proposal)
    said = _customer_said(conversation) if conversation else []
    question = first_question(said) or one_line(document.title)
    expectation = _expectation(document, before, question, conversation, said)
    expectation["topic"], expectation["document_slug"] = document.topic, document.slug
    digest = hashlib.sha256(repr(document).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return suite.add_case(
        question=question,
        at=at,
        key=f"{document.slug[:80]}-{digest}",
        conversation=conversation,
        proposal=proposal,
        **expectation,
    )


def _expectation(
    document: DocumentContent,
    before: DocumentContent | None,
    question: str,
    conversation: Conversation | None,
    said: list[str],
) -> Expectation:
    """What a good answer does: says the new sentences, or first asks for the facts it needs.

    Where facts have to be gathered, the customer's words up to the person's answer are the turn to
    answer if they hold those facts; otherwise the release has to ask for them.
    """
    old = set(sentences(before.body)) if before else set()
    new = [sentence for sentence in sentences(document.body) if sentence not in old]
    facts = nearest(new or sentences(document.body), question, MOST_FACTS)
    if not document.required_facts:
        return {"expected_action": Case.Action.ANSWER, "expected_facts": facts}
    if conversation is not None and conversation.facts_gathered:
        turns = [{"author": "customer", "text": "\n".join(said)}]
        return {"expected_action": Case.Action.ANSWER, "expected_facts": facts, "turns": turns}
    required = list(document.required_facts)
    return {"expected_action": Case.Action.SNOOZE, "required_facts": required}


def _proposal_of(document: DocumentContent, proposals: list[Proposal]) -> Proposal | None:
    """The proposal that became this document, or part of it."""
    body = " ".join(document.body.split()).casefold()
    for proposal in proposals:
        if " ".join(proposal.body.split()).casefold() in body:
            return proposal
    return next((p for p in proposals if p.topic and p.topic == document.topic), None)


def _evidence(suite: Suite, proposal: Proposal | None) -> Conversation | None:
    """The first conversation of the proposal's evidence that is still there."""
    if proposal is None:
        return None
    keys = [part.get("conversation") for part in proposal.evidence if isinstance(part, dict)]
    found = suite.agent.conversations.in_bulk([key for key in keys if isinstance(key, int)])
    return next((found[key] for key in keys if key in found), None)


def _customer_said(conversation: Conversation) -> list[str]:
    """The customer's messages up to the first public reply of a person."""
    said: list[str] = []
    for message in conversation.messages.filter(public=True):
        if message.author == Author.HUMAN:
            break
        if message.author == Author.CUSTOMER:
            said.append(message.text)
    return said
