"""What a candidate's context test says: per change, whether the new fact is used, and what else
moved. Values alone; `testing.context_suite.reading` fills them.
"""

from dataclasses import dataclass, field
from functools import cached_property

from context.editing.word_diff import Passage
from testing.comparing.cases import CaseComparison
from testing.context_suite.changed import Change, Kind
from testing.context_suite.contradictions import Standing
from testing.models import Case, ContextChange, ContextTest, Guard, Run


@dataclass(frozen=True)
class CaseFinding:
    """A case of a change with what the run says of it; no row while it was not asked."""

    case: Case
    row: CaseComparison | None

    @property
    def verdict(self) -> str:
        """`draft`, `not asked`, `ungraded`, `learned` (live fails it), `used`, `not used`."""
        if self.case.status == Case.Status.DRAFT:
            return "draft"
        if self.row is None:
            return "not asked"
        if self.row.is_ungraded:
            return "ungraded"
        if not self.row.candidate.passes_most:
            return "not used"
        knew = self.row.baseline is not None and self.row.baseline.passes_most
        return "used" if knew else "learned"


@dataclass(frozen=True)
class GuardFinding:
    """A near neighbour with what the run says of it; `diff` from the live answer to the new one."""

    guard: Guard
    case: Case
    row: CaseComparison | None
    diff: list[Passage]

    @property
    def verdict(self) -> str:
        """`draft`, `not asked`, `ungraded`, `lost`, `regressed`, `fixed` or `same`."""
        if self.case.status == Case.Status.DRAFT:
            return "draft"
        if self.row is None:
            return "not asked"
        return "lost" if self.row.is_lost else self.row.change


@dataclass(frozen=True)
class OldFact:
    """An answer of the candidate that still says what the change took away."""

    case_id: int
    fact: str
    quote: str


@dataclass(frozen=True)
class ChangeFinding:
    """One change with its cases, its guards, and the cases that rest on what it took away."""

    work: ContextChange
    change: Change
    diff: list[Passage]
    cases: list[CaseFinding]
    guards: list[GuardFinding]
    relying: list[Case]
    old_facts: list[OldFact]

    @property
    def verdict(self) -> str:
        """`nothing new`, `learned`, `used`, `not used`, `partly used`, or `not tested`."""
        if self.change.kind == Kind.REMOVED or not self.change.says_something_new:
            return "nothing new"
        said = {one.verdict for one in self.cases}
        graded = said & {"learned", "used", "not used"}
        if not graded:
            return "not tested"
        if "not used" in graded:
            return "not used" if graded == {"not used"} else "partly used"
        return "learned" if "learned" in graded else "used"

    @property
    def moved(self) -> list[GuardFinding]:
        """The neighbours that no longer pass as they did."""
        return [one for one in self.guards if one.verdict in {"lost", "regressed", "fixed"}]


@dataclass(frozen=True)
class Findings:
    """All of a context test."""

    test: ContextTest | None
    run: Run | None
    changes: list[ChangeFinding] = field(default_factory=list)
    contradictions: Standing = field(default_factory=lambda: Standing((), (), ()))

    @cached_property
    def shown(self) -> list[CaseFinding | GuardFinding]:
        """Every case and guard of every change."""
        cases = [one for row in self.changes for one in row.cases]
        return [*cases, *(one for row in self.changes for one in row.guards)]

    @cached_property
    def drafts(self) -> list[Case]:
        """The cases that wait for a person, each once, in the order they were made."""
        waiting = {one.case.pk: one.case for one in self.shown if one.verdict == "draft"}
        return [waiting[key] for key in sorted(waiting)]

    @cached_property
    def unasked(self) -> int:
        """Approved cases and guards that the run did not ask."""
        return len({one.case.pk for one in self.shown if one.verdict == "not asked"})

    def count(self, *verdicts: str) -> int:
        """Changes of these verdicts."""
        return sum(row.verdict in verdicts for row in self.changes)

    @cached_property
    def lost(self) -> int:
        """Neighbours that are lost, each once."""
        guards = (one for row in self.changes for one in row.guards)
        return len({one.case.pk for one in guards if one.verdict == "lost"})

    @cached_property
    def regressed(self) -> int:
        """Neighbours that pass less often and are not lost, each once."""
        guards = (one for row in self.changes for one in row.guards)
        return len({one.case.pk for one in guards if one.verdict == "regressed"})

    @cached_property
    def old_facts(self) -> int:
        """Answers that still say an old fact."""
        return len({(one.case_id, one.quote) for row in self.changes for one in row.old_facts})
