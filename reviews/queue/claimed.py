"""What a REST client gets with an item it has claimed, read in as few statements as it takes.

A client that works through a queue asks for this once an item, so only what is shown is read: the
desk's page needs more (`reviews.desk`).
"""

from typing import Any

from accounts.models import User
from accounts.prepared import Given, Prepared
from context.models import Agent, Release
from conversations.models import Conversation, Message
from reviews.desk.checking import criteria_of
from reviews.judging.answers import applies
from reviews.judging.documents import documents_for
from reviews.models import QueueItem, Review, RootCause
from reviews.rendering import item_json, review_json
from reviews.schema import CriterionOut, ItemMessageOut

RELATED = ("queue", "stratum", "conversation__release", "review")
COLUMNS = (
    "slot",
    "position",
    "state",
    "reason",
    "inclusion_probability",
    "is_blind",
    "claimed_by",
    "assigned_to",
    "lease_until",
    "queue__date",
    "stratum__name",
    "conversation__external_id",
    "conversation__ai_handed_over_at",
    "conversation__release__number",
    "conversation__release__status",
    "conversation__release__content_hash",
    "review__scorecard",
)
ITEM = Prepared(
    lambda: QueueItem.objects.select_related(*RELATED).only(*COLUMNS).filter(pk=Given("key"))
)
MESSAGES = Prepared(
    lambda: Message.objects.filter(conversation=Given("conversation")).values(
        *ItemMessageOut.model_fields
    )
)
CAUSES = Prepared(
    lambda: RootCause.objects.filter(workspace=Given("workspace"), active=True).values_list(
        "code", flat=True
    )
)


def claimed_json(key: int, agent: Agent, user: User) -> dict[str, Any]:
    """The item this person has claimed with its conversation, its criteria and, unless it is blind,
    the judge's review.
    """
    (item,) = ITEM.all(key=key)
    item.claimed_by = user
    if item.assigned_to_id == user.pk:
        item.assigned_to = user
    messages = MESSAGES.all(conversation=item.conversation_id)
    release = _release_of(item.conversation, agent)
    return item_json(item) | {
        "messages": messages,
        "criteria": _criteria(item),
        "root_causes": CAUSES.all(workspace=agent.workspace_id),
        "documents": _documents(release, messages),
        "release": release.number if release else None,
        "review": None if item.hides_judge else _review(item),
    }


def _release_of(conversation: Conversation, agent: Agent) -> Release | None:
    """The release that answered; it is of the agent we have already."""
    release = conversation.release
    if release is not None:
        release.agent = agent
    return release


def _criteria(item: QueueItem) -> list[dict[str, Any]]:
    """The criteria to be answered, as they are shown."""
    shown = tuple(CriterionOut.model_fields)
    rows = criteria_of(item.review.scorecard_id)
    asked = [one for one in rows if applies(one, item.conversation)]
    return [{name: getattr(one, name) for name in shown} for one in asked]


def _documents(release: Release | None, messages: list[dict[str, Any]]) -> list[str]:
    """The slugs of the documents the agent had been given."""
    said = [message for message in messages if message["public"]]
    return [document.slug for document in documents_for(release, said)]


def _review(item: QueueItem) -> dict[str, Any]:
    """The judge's review of an item that is not blind."""
    rows = Review.objects.select_related("judge", "scorecard")
    review = rows.prefetch_related("results__criterion").get(pk=item.review_id)
    review.conversation = item.conversation
    return review_json(review)
