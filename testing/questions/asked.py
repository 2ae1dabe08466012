"""What the conversations of a week asked: one question each, in one line, masked."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet

from accounts.masking import mask
from accounts.models import Workspace
from context.models import Agent
from conversations.models import Author, Conversation, Message, Outcome
from testing.questions.drafting import first_question, one_line

MESSAGES_READ = 6
ROWS_AT_ONCE = 2000
LOWEST_GOOD_SCORE = 3

RESOLVED_BY_AI = frozenset({Outcome.AI_RESOLVED, Outcome.PENDING, Outcome.SNOOZE_OPEN})


@dataclass(frozen=True)
class Question:
    """What one conversation asked, and what became of it."""

    conversation_id: int
    text: str
    topic: str
    failed: bool
    handed_over: bool
    answered_by_person: bool


def conversations_of(agent: Agent, monday: date) -> QuerySet[Conversation]:
    """The conversations that began in the week and that no rule kept the AI out of."""
    began = agent.conversations.filter(opened_on__range=(monday, monday + timedelta(days=6)))
    return began.exclude(outcome=Outcome.IGNORED).exclude(spam=True)


def questions_of(agent: Agent, monday: date) -> Iterator[Question | None]:
    """The question of each conversation of the week, None for one that asked nothing.

    It is the one line of the review, else the first message that asks something.
    """
    said = Message.objects.filter(author=Author.CUSTOMER, public=True, position__lt=MESSAGES_READ)
    rows = (
        conversations_of(agent, monday)
        .prefetch_related(Prefetch("messages", said.order_by("position"), to_attr="said"))
        .order_by("pk")
    )
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        messages: list[Message] = vars(row)["said"]
        text = question_of(row.question, (one.text for one in messages), agent.workspace)
        yield _question(row, text) if text else None


def question_of(reviewed: str, messages: Iterable[str], workspace: Workspace) -> str:
    """The question in one masked line; empty when nothing was asked."""
    text = first_question([reviewed], fewest_words=1) or first_question(messages)
    return one_line(mask(text.replace("\0", ""), workspace)) if text else ""


def _question(row: Conversation, text: str) -> Question:
    is_unhappy = row.csat_score is not None and row.csat_score < LOWEST_GOOD_SCORE
    return Question(
        conversation_id=row.pk,
        text=text,
        topic=row.topic,
        failed=row.outcome not in RESOLVED_BY_AI or is_unhappy,
        handed_over=row.ai_handed_over_at is not None or row.human_replied_at is not None,
        answered_by_person=row.human_replied_at is not None,
    )


def digest_of(space: str, questions: Iterable[Question], cases: Iterable[str]) -> str:
    """Of everything a discovery compares: equal digests, equal results."""
    digest = hashlib.sha256(space.encode())
    for part in (*map(repr, questions), "", *cases):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
