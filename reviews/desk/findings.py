"""What a verdict may become besides itself: a test case and a context proposal."""

from datetime import datetime
from typing import Literal

from django.urls import reverse
from pydantic import BaseModel, ConfigDict, Field

from accounts.models import User
from context.models import Proposal
from context.proposals.proposing import propose
from reviews.models import QueueItem
from testing.cases.adding import add_case
from testing.cases.suites import suite_of
from testing.models import Case, Suite
from testing.schema import CaseFields


class CaseDraft(CaseFields):
    """A regression case as a reviewer words it; `approved` ones join the suite at once."""

    approved: bool = False


class ProposalDraft(BaseModel):
    """A change of context or prompt as a reviewer words it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=200)
    body: str = Field(min_length=1)
    topic: str = Field(default="", max_length=100)
    kind: Literal["document", "prompt"] = "document"
    required_facts: list[str] = []


def make_proposal(
    item: QueueItem, draft: ProposalDraft, by: User, at: datetime, *, failed: bool
) -> Proposal:
    """Propose the change with the conversation as evidence; merges into the open proposal of the
    same fact.
    """
    conversation = item.conversation
    quoted = item.review.results.exclude(message_external_id="").filter(verified=True)
    messages = quoted.filter(verdict="fail").values_list("message_external_id", flat=True)
    proposal, _ = propose(
        item.queue.agent,
        source=Proposal.Source.VERDICT,
        title=draft.title,
        body=draft.body,
        at=at,
        topic=draft.topic or conversation.topic,
        kind=draft.kind,
        required_facts=draft.required_facts,
        evidence=[{"conversation": conversation.pk, "messages": sorted(set(messages))}],
        failures=int(failed or conversation.ai_handed_over_at is not None),
        by=by,
    )
    return proposal


def make_case(
    item: QueueItem, draft: CaseDraft, by: User, at: datetime, proposal: Proposal | None
) -> Case:
    """Add the case to the agent's regression suite, or return the one that asks the same."""
    agent = item.queue.agent
    suite = suite_of(agent, Suite.Kind.REGRESSION, at)
    content = draft.model_dump(exclude={"approved", "key"})
    content["topic"] = draft.topic or item.conversation.topic
    return add_case(
        suite,
        at=at,
        key=draft.key or None,
        conversation=item.conversation,
        proposal=proposal,
        status=Case.Status.APPROVED if draft.approved else Case.Status.DRAFT,
        source=f"verdict of {by.username}",
        source_url=reverse("reviews:item", args=[agent.workspace.slug, agent.slug, item.pk]),
        by=by,
        **content,
    )
