"""The answers to one case, trial by trial: the live release's beside the candidate's, and the words
that changed between them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from context.editing.word_diff import Passage, word_diff
from testing.models import Result, Run, Step
from testing.runs.dialogue import Dialogue


@dataclass(frozen=True)
class TrialPair:
    """One trial on both releases; the baseline is None where the run has none."""

    number: int
    candidate: Result | None
    baseline: Result | None

    @property
    def sides(self) -> list[Result]:
        """The trials there are, the baseline first: from it to the candidate reads the change."""
        return [side for side in (self.baseline, self.candidate) if side is not None]

    @property
    def shown(self) -> list[tuple[Result, list[Step]]]:
        """The trials there are, each with its conversation; of a single question it is empty."""
        return [(side, Dialogue(side.case, list(side.steps.all())).spoken) for side in self.sides]

    @property
    def is_same(self) -> bool:
        """Whether both releases said and did the same."""
        if self.candidate is None or self.baseline is None or not self.baseline.answer_model:
            return False
        ours, theirs = (
            (side.answer_model != "", side.action, side.reply)
            for side in (self.candidate, self.baseline)
        )
        return ours == theirs

    @property
    def passages(self) -> list[Passage]:
        """What changed from the baseline's reply to the candidate's; empty where nothing can."""
        if self.candidate is None or self.baseline is None or self.is_same:
            return []
        before, after = self.baseline.reply, self.candidate.reply
        return word_diff(before, after) if before and after else []


def paired_trials(run: Run, results: Iterable[Result]) -> list[TrialPair]:
    """The trials of one case in their order."""
    found: dict[int, dict[int, Result]] = {}
    for result in results:
        found.setdefault(result.trial, {})[result.release_id] = result
    return [
        TrialPair(number, sides.get(run.release_id), sides.get(run.baseline_id or 0))
        for number, sides in sorted(found.items())
    ]
