"""What the review desk shows of one item: plain values, read in a few queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User, Workspace
from context.models import Agent
from context.releases.content import DocumentContent
from conversations.models import Author, Conversation, Message
from conversations.quotes import Piece, marked
from reviews.desk.checking import asked_of
from reviews.judging.documents import documents_for
from reviews.judging.scoring import Trust, trust
from reviews.models import (
    Criterion,
    CriterionResult,
    Draft,
    Flag,
    Grade,
    Queue,
    QueueItem,
    Review,
    RootCause,
    Scorecard,
    Verdict,
)
from reviews.scorecards import root_causes
from testing.models import Case


@dataclass(frozen=True)
class ShownMessage:
    """One message with the judge's quotes marked in it."""

    id: int
    author: str
    who: str
    public: bool
    sent_at: datetime
    pieces: list[Piece]


@dataclass(frozen=True)
class Question:
    """One criterion on the scorecard: the judge's answer unless hidden, the person's so far."""

    criterion: Criterion
    judge: CriterionResult | None
    judge_message: int | None
    given: str
    quote: str


@dataclass(frozen=True)
class Sheet:
    """One conversation and the scorecard to fill in, as a person sees them."""

    conversation: Conversation
    review: Review | None
    shows_judge: bool
    messages: list[ShownMessage]
    questions: list[Question]
    causes: list[RootCause]
    flags: list[Flag]
    documents: list[DocumentContent]
    draft: Mapping[str, Any]
    question: str
    missing_fact: str

    @property
    def trust(self) -> Trust:
        """How far the judge's review can be taken at its word, where it is shown."""
        judged = [one.judge for one in self.questions if one.judge is not None]
        return trust((one.verdict, one.verified) for one in judged)


@dataclass(frozen=True)
class DeskItem(Sheet):
    """One item of the queue as the reviewer sees it."""

    item: QueueItem
    draft_version: int

    actions = Case.Action.choices
    skip_reasons = (
        "Not in a language I read",
        "A test, or spam",
        "Too little to see to judge it",
        "I took part in it, or know the customer",
        "Something is wrong with the data",
    )


def desk_item(item: QueueItem, user: User, *, hide: bool | None = None) -> DeskItem:
    """Read an item for the desk. The judge's opinion is left out of a blind item that nobody has
    decided, unless `hide` says otherwise.
    """
    draft = Draft.objects.filter(item=item, reviewer=user).first()
    found = sheet(
        item.queue.agent.workspace,
        item.conversation,
        item.review.scorecard,
        item.review,
        draft.data if draft else {},
        shows_judge=not (item.hides_judge if hide is None else hide),
    )
    return DeskItem(**vars(found), item=item, draft_version=draft.version if draft else 0)


def sheet(
    workspace: Workspace,
    conversation: Conversation,
    scorecard: Scorecard,
    review: Review | None,
    draft: Mapping[str, Any],
    *,
    shows_judge: bool,
) -> Sheet:
    """Read a conversation for a person to judge, with what they have answered so far.

    `review` is the judge's; nothing of it is given unless `shows_judge`.
    """
    seen = review if shows_judge else None
    messages = list(conversation.messages.all())
    results = list(seen.results.select_related("criterion")) if seen else []
    said = [{"author": m.author, "text": m.text} for m in messages if m.public]
    return Sheet(
        conversation=conversation,
        review=review,
        shows_judge=seen is not None,
        messages=shown_messages(messages, results),
        questions=_questions(asked_of(scorecard, conversation), results, messages, draft),
        causes=root_causes(workspace),
        flags=list(conversation.flags.order_by("pk")) if seen else [],
        documents=documents_for(conversation.release, said),
        draft=draft,
        question=(seen.question if seen else "") or first_line(messages),
        missing_fact=seen.missing_fact if seen else "",
    )


def first_line(messages: list[Message]) -> str:
    """What the customer wrote first, in one line."""
    said = (m.text for m in messages if m.author == Author.CUSTOMER and m.text.strip())
    return " ".join(next(said, "").split())[:300]


def shown_messages(messages: list[Message], results: list[CriterionResult]) -> list[ShownMessage]:
    """The transcript with the verified quotes of the judge's passes and failures marked."""
    quotes: dict[str, list[tuple[str, str]]] = {}
    for result in sorted(results, key=lambda one: one.verdict):  # a failure's mark wins
        if result.verified and result.quote and result.verdict != Grade.NA:
            quotes.setdefault(result.message_external_id, []).append((result.quote, result.verdict))
    return [
        ShownMessage(
            id=message.pk,
            author=message.author,
            who="AI agent" if message.author == Author.AI else message.get_author_display(),
            public=message.public,
            sent_at=message.sent_at,
            pieces=marked(message.text, quotes.get(message.external_id, ())),
        )
        for message in messages
    ]


def _questions(
    asked: list[Criterion],
    results: list[CriterionResult],
    messages: list[Message],
    draft: Mapping[str, Any],
) -> list[Question]:
    by_criterion = {result.criterion_id: result for result in results}
    ids = {message.external_id: message.pk for message in messages}
    questions = []
    for criterion in asked:
        judge = by_criterion.get(criterion.pk)
        questions.append(
            Question(
                criterion=criterion,
                judge=judge,
                judge_message=ids.get(judge.message_external_id) if judge else None,
                given=str(draft.get(f"verdict-{criterion.key}", "")),
                quote=str(draft.get(f"quote-{criterion.key}", "")),
            )
        )
    return questions


@dataclass(frozen=True)
class DayProgress:
    """How far a queue is, and what was decided in it."""

    queue: Queue
    done: int
    total: int
    skipped: int
    mine: int
    passed: int
    failed: int
    cases: int
    proposals: int
    minutes: int

    @property
    def left(self) -> int:
        """Items nobody has decided yet."""
        return self.total - self.done


def day_progress(queue: Queue, user: User) -> DayProgress:
    """Count a queue's items and verdicts."""
    counts = queue.counts()
    verdicts = list(Verdict.objects.filter(item__queue=queue, withdrawn_at=None))
    return DayProgress(
        queue=queue,
        done=counts["done"],
        total=counts["total"],
        skipped=counts["skipped"],
        mine=sum(one.reviewer_id == user.pk and not one.supersedes_id for one in verdicts),
        passed=sum(verdict.passed for verdict in verdicts),
        failed=sum(not verdict.passed for verdict in verdicts),
        cases=sum(verdict.case_id is not None for verdict in verdicts),
        proposals=sum(verdict.proposal_id is not None for verdict in verdicts),
        minutes=round(sum(verdict.seconds for verdict in verdicts) / 60),
    )


def last_verdict(queue: Queue, user: User) -> Verdict | None:
    """The person's newest standing verdict in the queue: what undo takes back."""
    mine = Verdict.objects.filter(
        item__queue=queue, reviewer=user, withdrawn_at=None, supersedes=None
    )
    return mine.select_related("conversation", "review").order_by("-pk").first()


def open_queues(agent: Agent, besides: Queue | None) -> list[Queue]:
    """The last week's other queues that still have items nobody has decided, newest first."""
    state = QueueItem.State
    found = agent.queues.filter(items__state__in=[state.OPEN, state.CLAIMED]).distinct()
    if besides is not None:
        found = found.exclude(pk=besides.pk)
    return list(found.order_by("-date")[:7])
