"""A person's verdict beside the judge's review of the same conversation."""

from dataclasses import dataclass

from reviews.models import CriterionResult, Grade, Verdict

CONCLUSIVE = (Grade.PASS, Grade.FAIL)


@dataclass(frozen=True)
class ComparedCriterion:
    """One criterion as a person and the judge answered it; empty where one of them did not."""

    name: str
    person: str
    judge: str
    reason: str

    @property
    def is_compared(self) -> bool:
        """Whether both passed or failed it; "not applicable" is no opinion."""
        return self.person in CONCLUSIVE and self.judge in CONCLUSIVE

    @property
    def differs(self) -> bool:
        """Whether they disagree."""
        return self.is_compared and self.person != self.judge


@dataclass(frozen=True)
class Comparison:
    """A person's verdict beside the judge's review, once both are given."""

    verdict: Verdict
    rows: list[ComparedCriterion]

    @property
    def compared(self) -> int:
        """Criteria on which both have an opinion."""
        return sum(row.is_compared for row in self.rows)

    @property
    def differing(self) -> list[str]:
        """The names of the criteria on which they disagree."""
        return [row.name for row in self.rows if row.differs]


def comparison(verdict: Verdict) -> Comparison:
    """Set a verdict beside the review that its item was drawn by."""
    judge = {
        result.criterion_id: result
        for result in CriterionResult.objects.filter(review=verdict.review)
    }
    rows = []
    for one in verdict.results.select_related("criterion"):
        result = judge.get(one.criterion_id)
        said = (result.verdict, result.reason) if result else ("", "")
        rows.append(ComparedCriterion(one.criterion.name, one.verdict, *said))
    return Comparison(verdict, rows)
