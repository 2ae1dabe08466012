"""The judge: one call a conversation, its quotes checked, its score computed here.

`plan_reviews` (planning.py) writes the rows; `work_reviews` claims and works them. A call that
fails leaves its row failed or pending with the error; nothing but a checked answer is a result.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from context.models import Agent, Release
from conversations.models import Conversation, HandoverBrief
from conversations.transcripts import Line, transcript
from llm.budget import Budget
from llm.calls import Call
from llm.prices import estimate as price_of
from llm.sections import section
from llm.states import WorkState
from llm.work import Tally, run
from reviews.answers import write_answers
from reviews.documents import documents_for
from reviews.measure import measure_days
from reviews.models import Criterion, JudgeVersion, Review, Scorecard
from reviews.planning import current_judge, plan_reviews, retry_reviews, unplanned
from reviews.prompt import (
    INSTRUCTION_CHARACTERS,
    TRANSCRIPT_CHARACTERS,
    material_text,
    review_call,
    system_text,
)
from reviews.scorecards import active_scorecard, root_causes

__all__ = ["estimate", "plan_reviews", "retry_reviews", "work_reviews"]

BRIEF_FIELDS = (
    "customer",
    "wants",
    "facts",
    "missing_facts",
    "tried",
    "promised",
    "reason_code",
    "tier",
    "next_step",
)


class Judge:
    """One agent's judge during one run; what is the same from call to call is built once."""

    def __init__(self, agent: Agent, now_fn: Callable[[], datetime]) -> None:
        self.agent = agent
        self.now_fn = now_fn
        self.causes = root_causes(agent.workspace)
        self._rubrics: dict[int, tuple[dict[str, Criterion], str]] = {}
        self._releases: dict[int | None, Release | None] = {}
        self._given: dict[tuple[int | None, tuple[str, ...]], str] = {}
        self._shown: dict[int, tuple[list[Line], bool]] = {}
        self.opened_on: set[date] = set()

    def criteria(self, scorecard: Scorecard) -> dict[str, Criterion]:
        """The criteria of a scorecard by key."""
        return self._rubric(scorecard)[0]

    def _rubric(self, scorecard: Scorecard) -> tuple[dict[str, Criterion], str]:
        if scorecard.pk not in self._rubrics:
            criteria = list(scorecard.criteria.all())
            text = system_text(criteria, self.causes)
            self._rubrics[scorecard.pk] = {one.key: one for one in criteria}, text
        return self._rubrics[scorecard.pk]

    def _given_text(self, release_id: int | None, shown: list[Line]) -> str:
        """The sections of what the agent was given; the same release and documents, made once."""
        if release_id not in self._releases:
            rows = Release.objects.select_related("agent")
            self._releases[release_id] = rows.get(pk=release_id) if release_id else None
        release = self._releases[release_id]
        documents = documents_for(release, shown)
        key = release_id, tuple(one.slug for one in documents)
        if key not in self._given:
            told = (release.prompt if release else "")[:INSTRUCTION_CHARACTERS]
            parts = (
                section("instructions", told),
                section("documents", list(map(asdict, documents))),
            )
            self._given[key] = "\n".join(parts)
        return self._given[key]

    def call(self, conversation: Conversation, scorecard: Scorecard, judge: JudgeVersion) -> Call:
        """The call that judges a conversation, whose messages and brief are loaded."""
        criteria, system = self._rubric(scorecard)
        shown, _ = self._transcript(conversation)
        given = [self._given_text(conversation.release_id, shown)]
        if (brief := finished_brief(conversation)) is not None:
            given.append(section("brief", {name: getattr(brief, name) for name in BRIEF_FIELDS}))
        material = material_text(given, facts_of(conversation), shown)
        return review_call(judge.model, system, material, frozenset(criteria))

    def _transcript(self, conversation: Conversation) -> tuple[list[Line], bool]:
        """What the judge is shown, and whether it was cut; kept until the answer is checked."""
        if conversation.pk not in self._shown:
            self._shown[conversation.pk] = transcript(conversation, TRANSCRIPT_CHARACTERS)
        return self._shown[conversation.pk]

    def prepare(self, review: Review) -> Call:
        """The call of a claimed row."""
        return self.call(review.conversation, review.scorecard, review.judge)

    def finish(self, batch: list[tuple[Review, Any]]) -> None:
        """Write what a batch of answers says, inside the transaction that ends the rows."""
        self.opened_on |= {review.conversation.opened_on for review, _ in batch}
        codes, at = {cause.code for cause in self.causes}, self.now_fn()
        write_answers(batch, self.criteria, self._transcript, codes, at)
        for review, _ in batch:
            self.forget(review.conversation)

    def forget(self, conversation: Conversation) -> None:
        """Let go of a transcript that is no longer needed."""
        self._shown.pop(conversation.pk, None)


def facts_of(conversation: Conversation) -> dict[str, Any]:
    """What the judge is told about a conversation besides its words."""
    return {
        "channel": conversation.channel,
        "language": conversation.language,
        "topic": conversation.topic,
        "handed_over": conversation.ai_handed_over_at is not None,
        "closed_by_ai": conversation.ai_closed_at is not None,
        "release_known": conversation.release_id is not None,
    }


def finished_brief(conversation: Conversation) -> HandoverBrief | None:
    """The handover brief, once it is written."""
    brief = getattr(conversation, "brief", None)
    return brief if brief is not None and brief.state == WorkState.DONE else None


def loaded(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Reviews with all that a call is made of."""
    related = ("conversation__brief", "scorecard", "judge")
    return rows.select_related(*related).prefetch_related("conversation__messages")


def estimate(agent: Agent, day: date, now: datetime) -> Decimal:
    """What reviewing the day would cost at most, in dollars, before anything is planned.

    Rows that still wait are counted with the conversations that have none yet. Raises
    UnknownPrice when the judge's model has no price.
    """
    judge, scorecard = current_judge(agent, now), active_scorecard(agent, now)
    worker, usd = Judge(agent, lambda: now), Decimal(0)
    for conversation in _open_conversations(agent, day, now):
        usd += price_of(worker.call(conversation, scorecard, judge))
        worker.forget(conversation)
    return usd


def _open_conversations(agent: Agent, day: date, now: datetime) -> Iterator[Conversation]:
    """Conversations of the day that are not reviewed yet, planned or not."""
    new = unplanned(agent, day, now).select_related("brief").prefetch_related("messages")
    yield from new.iterator(chunk_size=500)
    waiting = Review.objects.filter(scorecard__agent=agent, day=day).exclude(state=WorkState.DONE)
    for review in loaded(waiting).iterator(chunk_size=500):
        yield review.conversation


def work_reviews(
    agent: Agent | None,
    now_fn: Callable[[], datetime],
    on_progress: Callable[[Tally], None] | None = None,
    *,
    max_rows: int | None = None,
    concurrency: int | None = None,
) -> Tally:
    """Work the reviews that wait, of one agent or of all, until none is free.

    Spending is reserved under the agent's daily cap before each call; rows beyond it end as
    skipped with the reason, and `retry_reviews` brings them back. `max_rows` bounds the rows per
    agent.
    """
    total: dict[str, Any] = defaultdict(int)
    for one in [agent] if agent else agents_with_work():
        tally = _work_agent(one, now_fn, on_progress, max_rows, concurrency)
        for name, value in vars(tally).items():
            total[name] += value
    return Tally(**total)


def _work_agent(
    agent: Agent,
    now_fn: Callable[[], datetime],
    on_progress: Callable[[Tally], None] | None,
    max_rows: int | None,
    concurrency: int | None,
) -> Tally:
    """Work one agent's reviews; the days they touch are measured whatever happens."""
    judge, today = Judge(agent, now_fn), agent.local_date(now_fn())
    try:
        return run(
            loaded(Review.objects.filter(scorecard__agent=agent).order_by("day", "pk")),
            judge.prepare,
            judge.finish,
            now_fn=now_fn,
            budget=[Budget(agent.budget_scope, today, agent.daily_budget_usd)],
            on_progress=on_progress,
            max_rows=max_rows,
            concurrency=concurrency,
        )
    finally:
        measure_days(agent, judge.opened_on)


def agents_with_work() -> list[Agent]:
    """Agents with reviews that wait or whose worker may be lost."""
    open_states = [WorkState.PENDING, WorkState.WORKING]
    waiting = Review.objects.filter(state__in=open_states).values("scorecard__agent")
    return list(Agent.objects.filter(pk__in=waiting).select_related("workspace").order_by("pk"))
