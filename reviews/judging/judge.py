"""The judge: one call a conversation, its quotes checked, its score computed here.

`start_run` and `plan_reviews` (planning.py) write the rows; `work_reviews` claims and works them. A
call that fails leaves its row failed or pending with the error; nothing but a checked answer is a
result.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from context.models import Agent, Release
from conversations.models import Conversation, HandoverBrief
from conversations.transcripts import Line, transcript
from llm.budget import Budget
from llm.calls import Call
from llm.sections import section
from llm.states import Route, WorkState
from llm.work import Tally
from llm.work import run as work
from reviews.judging.answers import write_answers
from reviews.judging.calls import log_calls
from reviews.judging.documents import documents_for
from reviews.judging.measure import keep_findings
from reviews.judging.prompt import (
    INSTRUCTION_CHARACTERS,
    TRANSCRIPT_CHARACTERS,
    Asked,
    ConversationReview,
    answer_form,
    review_call,
    system_text,
)
from reviews.judging.versions import traps_of
from reviews.models import Criterion, JudgeVersion, Review, ReviewRun, Scorecard
from reviews.scorecards import root_causes

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
        self._criteria: dict[int, dict[str, Criterion]] = {}
        self._rubrics: dict[tuple[int, int], str] = {}
        self._releases: dict[int | None, Release | None] = {}
        self._given: dict[tuple[int | None, tuple[str, ...]], str] = {}
        self._shown: dict[int, tuple[list[Line], bool]] = {}
        self._asked: dict[int, Asked] = {}
        self.opened_on: set[date] = set()

    def criteria(self, scorecard: Scorecard) -> dict[str, Criterion]:
        """The criteria of a scorecard by key."""
        if scorecard.pk not in self._criteria:
            self._criteria[scorecard.pk] = {one.key: one for one in scorecard.criteria.all()}
        return self._criteria[scorecard.pk]

    def rubric(self, scorecard: Scorecard, judge: JudgeVersion) -> str:
        """The stable beginning of a version's calls."""
        key = scorecard.pk, judge.pk
        if key not in self._rubrics:
            criteria, taught = list(self.criteria(scorecard).values()), traps_of(judge.traps)
            self._rubrics[key] = system_text(criteria, self.causes, taught)
        return self._rubrics[key]

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

    def asked(self, conversation: Conversation, scorecard: Scorecard, judge: JudgeVersion) -> Asked:
        """What is sent about a conversation, whose messages and brief are loaded."""
        shown, _ = self._transcript(conversation)
        sections = [section("conversation", facts_of(conversation)), section("transcript", shown)]
        if (brief := finished_brief(conversation)) is not None:
            fields = {name: getattr(brief, name) for name in BRIEF_FIELDS}
            sections.insert(0, section("brief", fields))
        given = self._given_text(conversation.release_id, shown)
        return Asked(self.rubric(scorecard, judge), given, "\n".join(sections))

    def call(self, conversation: Conversation, scorecard: Scorecard, judge: JudgeVersion) -> Call:
        """The call that judges a conversation, whose messages and brief are loaded."""
        asked, criteria = self.asked(conversation, scorecard, judge), self.criteria(scorecard)
        return review_call(judge.model, asked, frozenset(criteria))

    def _transcript(self, conversation: Conversation) -> tuple[list[Line], bool]:
        """What the judge is shown, and whether it was cut; kept until the answer is checked."""
        if conversation.pk not in self._shown:
            self._shown[conversation.pk] = transcript(conversation, TRANSCRIPT_CHARACTERS)
        return self._shown[conversation.pk]

    def prepare(self, review: Review) -> Call:
        """The call of a claimed row."""
        criteria = self.criteria(review.scorecard)
        self._asked[review.pk] = self.asked(review.conversation, review.scorecard, review.judge)
        return review_call(review.judge.model, self._asked[review.pk], frozenset(criteria))

    def _asked_of(self, review: Review) -> tuple[Asked, bool]:
        """What was sent about a row, and whether it was built anew: in a batch, hours before."""
        if review.pk in self._asked:
            return self._asked[review.pk], False
        return self.asked(review.conversation, review.scorecard, review.judge), True

    def form(self, review: Review) -> type[ConversationReview]:
        """The form of a row's answer."""
        return answer_form(frozenset(self.criteria(review.scorecard)))

    def finish(self, batch: list[tuple[Review, Any]]) -> None:
        """Write what a batch of answers says, inside the transaction that ends the rows."""
        self.opened_on |= {review.conversation.opened_on for review, _ in batch}
        codes, at = {cause.code for cause in self.causes}, self.now_fn()
        write_answers(batch, self.criteria, self._transcript, codes, at)
        log_calls(self.agent, batch, self._asked_of, at)
        for review, _ in batch:
            self.forget(review.conversation)
            self._asked.pop(review.pk, None)

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


def work_reviews(
    agent: Agent | None,
    now_fn: Callable[[], datetime],
    on_progress: Callable[[Tally], None] | None = None,
    *,
    max_rows: int | None = None,
    until: datetime | None = None,
    concurrency: int | None = None,
) -> Tally:
    """Work the reviews that wait, of one agent or of all, until none is free.

    Spending is reserved under the agent's daily cap and the run's before each call; rows beyond
    them end as skipped with the reason, and `start_run` brings them back. `max_rows` bounds the
    rows taken in all, and none is taken from `until` on.
    """
    total, left = Tally(), max_rows
    judges: dict[int, Judge] = {}
    for run in runs_with_work(agent):
        judge = judges.get(run.agent_id) or Judge(run.agent, now_fn)
        judges[run.agent_id] = judge
        done = _work_run(run, judge, on_progress, left, until, concurrency)
        total = total + done
        if left is not None:
            left -= done.rows
            if left < 1:
                break
    return total


def _work_run(
    run: ReviewRun,
    judge: Judge,
    on_progress: Callable[[Tally], None] | None,
    max_rows: int | None,
    until: datetime | None,
    concurrency: int | None,
) -> Tally:
    """Work the reviews of one run; those of a run that was cancelled meanwhile are skipped."""
    agent, today = judge.agent, judge.agent.local_date(judge.now_fn())
    try:
        return work(
            loaded(run.reviews.filter(route=Route.LIVE).order_by("pk")),
            judge.prepare,
            judge.finish,
            now_fn=judge.now_fn,
            budget=budgets_of(run, today),
            on_progress=on_progress,
            max_rows=max_rows,
            until=until,
            concurrency=concurrency,
        )
    finally:
        run.refresh_from_db(fields=["cancelled_at", "cancelled_by"])
        if run.cancelled_at:
            run.skip_waiting()
        keep_findings(agent, judge.opened_on)


def budgets_of(run: ReviewRun, today: date) -> list[Budget]:
    """The caps under which a run spends: the agent's of the day, and its own."""
    agent = run.agent
    return [
        Budget(agent.budget_scope, today, agent.daily_budget_usd),
        Budget(run.budget_scope, run.day, run.cap_usd),
    ]


def runs_with_work(agent: Agent | None = None) -> list[ReviewRun]:
    """Runs with reviews that wait or whose worker may be lost, of one agent or of all."""
    open_states = [WorkState.PENDING, WorkState.WORKING]
    waiting = Review.objects.filter(route=Route.LIVE, state__in=open_states).values("run")
    runs = ReviewRun.objects.filter(pk__in=waiting).select_related("agent__workspace")
    return list((runs.filter(agent=agent) if agent else runs).order_by("agent", "day", "pk"))
