"""The context suite writes itself: cases for everything a candidate's context changes.

A proposal's evidence gives the question as a customer asked it and needs no model; for the other
changes a model drafts (`testing.context_suite.drafting`), as rows of work. A person approves the
drafts.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import User
from context.models import Proposal, Release
from context.releases.content import DocumentContent, content_of
from conversations.models import Author, Conversation
from llm.prices import estimate
from llm.states import WorkState
from testing.cases.content import Expectation
from testing.cases.suites import suite_of
from testing.context_suite.changed import Change, Kind, changes_between
from testing.context_suite.drafting import draft_call
from testing.models import Case, ContextChange, ContextTest, Suite
from testing.questions.drafting import MOST_FACTS, first_question, nearest, one_line, sentences


def changed_documents(release: Release, baseline: Release | None) -> list[DocumentContent]:
    """The documents of a release that the baseline does not have, or has with another content."""
    before = set(content_of(baseline).documents) if baseline and baseline != release else set()
    return [document for document in content_of(release).documents if document not in before]


def changes_of(release: Release, baseline: Release | None) -> list[Change]:
    """Everything that differs in a release's documents and prompt."""
    compared = baseline if baseline != release else None
    return changes_between(content_of(compared) if compared else None, content_of(release))


def plan_context_test(
    release: Release, baseline: Release | None, at: datetime, by: User | None = None
) -> ContextTest:
    """Write the rows of a release's context test; nothing is asked yet. Again it adds nothing.

    Cases whose question is in a proposal's evidence are drafted at once: that needs no model.
    """
    known = ContextTest.objects.of(release, baseline)
    if known is not None:
        return known
    changes = changes_of(release, baseline)
    suite = suite_of(release.agent, Suite.Kind.CONTEXT, at)
    proposals = list(release.proposals.filter(kind=Proposal.Kind.DOCUMENT).order_by("id"))
    try:
        with transaction.atomic():
            test = ContextTest.objects.create(
                release=release, baseline=baseline, created_at=at, created_by=by
            )
            rows = [_plan(test, suite, change, proposals, at) for change in changes]
            ContextChange.objects.bulk_create(rows)
            test.estimated_usd = price_of([c for c in changes if _is_pending(c, rows)])
            test.save(update_fields=["estimated_usd"])
    except IntegrityError:  # another process planned it first
        return ContextTest.objects.get(release=release, baseline=baseline)
    return test


def price_of(changes: Sequence[Change]) -> Decimal:
    """Dollars the drafting of cases for these changes costs at most; UnknownPrice if unknown."""
    return estimate([draft_call(change) for change in changes])


def _is_pending(change: Change, rows: list[ContextChange]) -> bool:
    key = (change.kind, change.name)
    return any((r.kind, r.name) == key and r.state == WorkState.PENDING for r in rows)


def _plan(
    test: ContextTest, suite: Suite, change: Change, proposals: list[Proposal], at: datetime
) -> ContextChange:
    """The row of one change: pending only where a model has to draft the cases."""
    row = ContextChange(test=test, kind=change.kind, name=change.name, case_key=change.key)
    if change.has_no_new_sentence:
        _draft_by_title(suite, change, at)
    elif not change.says_something_new or _draft_from_evidence(suite, change, proposals, at):
        pass
    else:
        return row
    row.state, row.finished_at = WorkState.DONE, at
    return row


def _draft_by_title(suite: Suite, change: Change, at: datetime) -> Case:
    """The draft of a document whose title, topic or required facts changed and no sentence."""
    facts = nearest(sentences(change.after), change.title, MOST_FACTS)
    expectation: Expectation = {"expected_action": Case.Action.ANSWER, "expected_facts": facts}
    if change.required_facts:
        required = list(change.required_facts)
        expectation = {"expected_action": Case.Action.SNOOZE, "required_facts": required}
    return suite.add_case(
        question=one_line(change.title),
        at=at,
        key=change.key,
        **(expectation | change.place),
    )


def _draft_from_evidence(
    suite: Suite, change: Change, proposals: list[Proposal], at: datetime
) -> Case | None:
    """The draft case whose question a customer asked in the proposal's evidence, if there is one;
    the same document gives the same key.
    """
    proposal = _proposal_of(change, proposals) if change.kind != Kind.PROMPT else None
    conversation = _evidence(suite, proposal)
    said = _customer_said(conversation) if conversation else []
    question = first_question(said)
    if conversation is None or not question:
        return None
    expectation = _expectation(change, question, conversation, said, suite.agent.language)
    return suite.add_case(
        question=question,
        at=at,
        key=change.key,
        conversation=conversation,
        proposal=proposal,
        **(expectation | change.place),
    )


def _expectation(
    change: Change, question: str, conversation: Conversation, said: list[str], language: str
) -> Expectation:
    """What a good answer does: says the new sentences and no longer the old ones, or first asks
    for the facts it needs.

    Where facts have to be gathered, the customer's words up to the person's answer are the turn to
    answer if they hold those facts; otherwise the release has to ask for them.
    """
    facts = nearest(change.new or sentences(change.after), question, MOST_FACTS)
    said_now: Expectation = {
        "expected_action": Case.Action.ANSWER,
        "expected_facts": facts,
        "must_not": change.replaced(language),
    }
    if not change.required_facts:
        return said_now
    if conversation.facts_gathered:
        return said_now | {"turns": [{"author": "customer", "text": "\n".join(said)}]}
    required = list(change.required_facts)
    return {"expected_action": Case.Action.SNOOZE, "required_facts": required}


def _proposal_of(change: Change, proposals: list[Proposal]) -> Proposal | None:
    """The proposal that became this document, or part of it."""
    body = " ".join(change.after.split()).casefold()
    for proposal in proposals:
        if " ".join(proposal.body.split()).casefold() in body:
            return proposal
    return next((p for p in proposals if p.topic and p.topic == change.topic), None)


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
