"""One case of a run, on the release that is tested and on the baseline."""

from dataclasses import dataclass

from testing.models import Case

SAME = "same:"  # the tag by which people say that cases are variants of one another


@dataclass(frozen=True)
class Trials:
    """How the trials of one case on one release went. Of those that passed and of those that failed
    so many by the opinion of the judge, the others by assertions alone.
    """

    passed: int
    graded: int
    total: int
    passed_by_judge: int = 0
    failed_by_judge: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every trial was graded."""
        return self.total > 0 and self.graded == self.total

    @property
    def is_flaky(self) -> bool:
        """Whether some graded trials passed and some failed."""
        return 0 < self.passed < self.graded

    @property
    def passes_most(self) -> bool:
        """Whether more than half of the trials passed."""
        return self.passed * 2 > self.total


@dataclass(frozen=True)
class CaseComparison:
    """One case on the release that is tested, and on the baseline if there is one."""

    case: Case
    candidate: Trials
    baseline: Trials | None
    critical_tags: frozenset[str] = frozenset()

    @property
    def is_critical(self) -> bool:
        """Whether a person marked it so, or it bears one of the agent's critical tags."""
        return self.case.critical or not self.critical_tags.isdisjoint(self.case.tags)

    @property
    def is_ungraded(self) -> bool:
        """Whether a trial is missing on either side, so that the case cannot be compared."""
        sides = (self.candidate, self.baseline)
        return not all(side.is_complete for side in sides if side is not None)

    @property
    def is_flaky(self) -> bool:
        """Whether the same release passed and failed it."""
        return self.candidate.is_flaky or (self.baseline is not None and self.baseline.is_flaky)

    @property
    def difference(self) -> float:
        """Share of trials passed on the release minus that on the baseline; 0 where unknown."""
        if self.is_ungraded or self.baseline is None:
            return 0.0
        return (self.candidate.passed - self.baseline.passed) / self.candidate.total

    @property
    def change(self) -> str:
        """`ungraded`, `regressed` (fewer trials pass than on the baseline), `fixed`, or `same`."""
        if self.is_ungraded:
            return "ungraded"
        if self.baseline is None or self.candidate.passed == self.baseline.passed:
            return "same"
        return "regressed" if self.candidate.passed < self.baseline.passed else "fixed"

    @property
    def is_lost(self) -> bool:
        """Whether the baseline is sure of it and the release is not.

        The baseline passed every trial, and the release fails most of them; for a critical case one
        failed trial is enough.
        """
        if self.is_ungraded or self.baseline is None or self.baseline.passed < self.baseline.total:
            return False
        if self.is_critical:
            return self.candidate.passed < self.candidate.total
        return not self.candidate.passes_most


def related_by(case: Case) -> str | None:
    """What a case shares with others that move with it; None when it stands alone.

    People say so with a tag `same:…`. Else the first of these counts: one group of new questions
    (the cases are the same question in other words), one document (a change of it moves them
    together), one conversation.
    """
    for tag in case.tags:
        if str(tag).startswith(SAME):
            return str(tag)
    for name in ("cluster_id", "document_slug", "conversation_id"):
        if value := getattr(case, name):
            return f"{name}:{value}"
    return None
