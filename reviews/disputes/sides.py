"""The sides of a disputed verdict: who answered what to each question, next to each other."""

from dataclasses import dataclass

from conversations.models import Conversation
from reviews.desk.items import Question
from reviews.disputes.opening import LOADED
from reviews.models import (
    Criterion,
    CriterionResult,
    CriterionVerdict,
    Dispute,
    OpinionAnswer,
    QueueItem,
    Verdict,
)

Given = CriterionVerdict | OpinionAnswer | CriterionResult


@dataclass(frozen=True)
class Side:
    """The answers to one question; None where a side has none."""

    criterion: Criterion
    first: Given | None
    second: Given | None
    judge: Given | None
    final: Given | None

    @property
    def differs(self) -> bool:
        """Whether the two people answered differently."""
        return bool(self.first and self.second and self.first.verdict != self.second.verdict)

    @property
    def question(self) -> Question:
        """The question for a decision of one's own; it starts from the newest answer."""
        given = self.second or self.first
        verdict, quote = (given.verdict, given.quote) if given else ("", "")
        return Question(self.criterion, None, None, verdict, quote)


def sides_of(dispute: Dispute) -> list[Side]:
    """One entry a question, in the order of the scorecard."""
    verdict, opinion = dispute.verdict, getattr(dispute, "opinion", None)
    first = {one.criterion_id: one for one in verdict.results.select_related("criterion")}
    second = {one.criterion_id: one for one in opinion.results.all()} if opinion else {}
    judge = (
        {one.criterion_id: one for one in verdict.review.results.all()} if verdict.review else {}
    )
    final = {one.criterion_id: one for one in dispute.final.results.all()} if dispute.final else {}
    return [
        Side(one.criterion, one, second.get(key), judge.get(key), final.get(key))
        for key, one in first.items()
    ]


def shows_details(dispute: Dispute, user_id: int | None) -> bool:
    """Whether this person may see what is doubted and why. Until the second opinion is in, only
    who gave the verdict and who doubts it may: everybody else could be its reader.
    """
    told = (dispute.opened_by_id, dispute.verdict.reviewer_id)
    return dispute.status != Dispute.Status.OPEN or user_id in told


def disputes_on(conversation: Conversation, user_id: int | None) -> list[tuple[Dispute, bool]]:
    """The disputes on a conversation's verdicts in order, each with whether its details show."""
    rows = Dispute.objects.filter(verdict__conversation=conversation).select_related(*LOADED)
    return [(row, shows_details(row, user_id)) for row in rows.order_by("opened_at", "pk")]


def standing_on(found: QueueItem) -> Verdict | None:
    """The item's standing verdict, with what its page needs."""
    rows = found.verdicts.filter(withdrawn_at=None)
    return rows.select_related("reviewer", "scorecard__agent__workspace").first()
