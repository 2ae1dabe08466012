"""Every answer to a criterion on which a person and the judge differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from context.models import Agent
from reviews.agreement.split import is_for_tuning
from reviews.models import (
    CalibrationSession,
    CriterionResult,
    CriterionVerdict,
    DisagreementMark,
    Dispute,
    Grade,
    JudgeVersion,
    Opinion,
    QueueItem,
)
from reviews.quality.figure import ONE_DAY

JUDGE_ANSWER = "parent__review__results__verdict"
SAME_CRITERION = {"parent__review__results__criterion": F("criterion")}
DIRECTIONS = {
    "missed": Q(**SAME_CRITERION, verdict=Grade.FAIL, **{JUDGE_ANSWER: Grade.PASS}),
    "false_alarm": Q(**SAME_CRITERION, verdict=Grade.PASS, **{JUDGE_ANSWER: Grade.FAIL}),
}
CRITICAL = "critical"  # instead of the key of a criterion: all critical ones
STATES = ("open", "judge", "person", "all")


@dataclass(frozen=True)
class Disagreement:
    """One criterion of one conversation: what a person said, what the judge said, and the mark of
    a second look, if there is one.
    """

    answer: CriterionVerdict
    result: CriterionResult
    mark: DisagreementMark | None
    for_tuning: bool

    @property
    def is_missed(self) -> bool:
        """Whether the judge passed what the person failed; else it failed what is right."""
        return self.answer.verdict == Grade.FAIL

    @property
    def right_answer(self) -> str:
        """What there is to remember of it, where nobody put it into other words."""
        return f"{self.answer.criterion.name}: {self.answer.verdict}, not {self.result.verdict}"


def standing_marks() -> QuerySet[DisagreementMark]:
    """The marks that were not taken back."""
    return DisagreementMark.objects.filter(undone_at=None)


def disagreements(agent: Agent) -> QuerySet[CriterionVerdict]:
    """The answers of standing verdicts from which the judge's differ.

    Conversations that somebody is still to read, in the queue or for a second opinion, are left
    out: the list shows what the judge and others said.
    """
    here = OuterRef("parent__conversation")
    undecided = QueueItem.objects.filter(
        conversation=here, state__in=[QueueItem.State.OPEN, QueueItem.State.CLAIMED]
    )
    awaited = Opinion.objects.filter(
        Q(dispute__status=Dispute.Status.OPEN)
        | Q(entry__session__status=CalibrationSession.Status.OPEN),
        conversation=here,
        submitted_at=None,
    )
    disputed = Dispute.objects.filter(verdict=OuterRef("parent"), status=Dispute.Status.OPEN)
    return CriterionVerdict.objects.filter(
        DIRECTIONS["missed"] | DIRECTIONS["false_alarm"],
        ~Exists(undecided),
        ~Exists(awaited),
        ~Exists(disputed),
        parent__scorecard__agent=agent,
        parent__withdrawn_at=None,
    )


def of_period(
    rows: QuerySet[CriterionVerdict], first_day: date, last_day: date, judge: JudgeVersion | None
) -> QuerySet[CriterionVerdict]:
    """Those on what ended on the days and one version of the judge had reviewed."""
    dates = (first_day + ONE_DAY, last_day + ONE_DAY)
    return rows.filter(parent__item__queue__date__range=dates, parent__review__judge=judge)


def filtered(
    rows: QuerySet[CriterionVerdict], criterion: str, direction: str, state: str
) -> QuerySet[CriterionVerdict]:
    """Those of a criterion (or of all critical ones), of a direction, and of a state of marking."""
    if criterion == CRITICAL:
        rows = rows.filter(criterion__critical=True)
    elif criterion:
        rows = rows.filter(criterion__key=criterion)
    if direction in DIRECTIONS:
        rows = rows.filter(verdict=Grade.FAIL if direction == "missed" else Grade.PASS)
    marked = standing_marks().filter(answer=OuterRef("pk"))
    if state == "open":
        return rows.filter(~Exists(marked))
    if state in DisagreementMark.Blame.values:
        return rows.filter(Exists(marked.filter(blame=state)))
    return rows


def loaded(rows: QuerySet[CriterionVerdict]) -> QuerySet[CriterionVerdict]:
    """With all that a row of the list shows."""
    marks = Prefetch("marks", standing_marks().select_related("by"), to_attr="standing")
    return rows.select_related(
        "criterion", "parent__reviewer", "parent__conversation", "parent__review__judge"
    ).prefetch_related(marks)


def shown(agent: Agent, rows: Sequence[CriterionVerdict]) -> list[Disagreement]:
    """Loaded answers with the judge's beside them."""
    reviews = {row.parent.review_id for row in rows}
    results = {
        (result.review_id, result.criterion_id): result
        for result in CriterionResult.objects.filter(review__in=reviews)
    }
    return [
        Disagreement(
            row,
            results[row.parent.review_id, row.criterion_id],
            next(iter(row.standing), None),  # type: ignore[attr-defined]
            is_for_tuning(agent, row.parent.conversation),
        )
        for row in rows
        if row.parent.review_id is not None
    ]
