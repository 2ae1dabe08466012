"""Reading a candidate's context test: its changes, cases, guards and answers, put together.

The numbers come from the newest context run against the release that is live; texts are compared in
code. A handful of queries, whatever the number of cases.
"""

from collections.abc import Iterable, Sequence

from context.editing.word_diff import Passage, word_diff
from context.models import Release
from context.proposals.conflicts import statement, statements
from context.releases.content import content_of
from testing.comparing.cases import CaseComparison
from testing.comparing.comparison import compare
from testing.context_suite.cases import changes_of
from testing.context_suite.changed import Change, Kind, baseline_of
from testing.context_suite.contradictions import standing_in
from testing.context_suite.findings import (
    CaseFinding,
    ChangeFinding,
    Findings,
    GuardFinding,
    OldFact,
)
from testing.models import Case, ContextChange, ContextTest, Guard, Result, Run, Suite
from testing.questions.drafting import sentences

SAYS_IT = 0.7  # part of an old sentence's words that a reply's sentence has to have


def findings_of(release: Release) -> Findings:
    """What is known of a release's context against the release that is live now; of one that was
    decided, against the release that was live then.
    """
    test = ContextTest.objects.shown_for(release, baseline_of(release))
    standing = standing_in(release)
    if test is None:
        return Findings(None, None, contradictions=standing)
    test.release, baseline = release, test.baseline
    run = _newest_run(release, baseline)
    rows = {row.case.pk: row for row in compare(run).cases} if run else {}
    loader = _Loader(test, rows, list(run.results.all()) if run else [])
    work = {(row.kind, row.name): row for row in test.changes.all()}
    changes = [
        loader.change(work[change.kind, change.name], change)
        for change in changes_of(release, baseline)
        if (change.kind, change.name) in work
    ]
    return Findings(test, run, changes, standing)


def _newest_run(release: Release, baseline: Release | None) -> Run | None:
    runs = Run.objects.filter(suite__agent=release.agent, suite__kind=Suite.Kind.CONTEXT)
    return runs.filter(release=release, baseline=baseline).first()


class _Loader:
    """What all changes of a test share: cases, guards and answers, read once."""

    def __init__(
        self, test: ContextTest, rows: dict[int, CaseComparison], results: list[Result]
    ) -> None:
        self.rows, self.test = rows, test
        agent = test.release.agent
        self.language = agent.language
        self.cases = list(
            Case.objects.filter(suite__agent=agent)
            .exclude(status=Case.Status.RETIRED)
            .select_related("suite")
            .order_by("id")
        )
        self.by_key = {(case.suite_id, case.key): case for case in self.cases}
        self.guards: dict[int, list[Guard]] = {}
        for guard in Guard.objects.filter(change__test=test).select_related("case"):
            self.guards.setdefault(guard.change_id, []).append(guard)
        self.answers = results
        texts = (sentences(document.body) for document in content_of(test.release).documents)
        self.standing = {" ".join(text.split()) for part in texts for text in part}

    def change(self, work: ContextChange, change: Change) -> ChangeFinding:
        """Everything about one change."""
        cases = [CaseFinding(c, self.rows.get(c.pk)) for c in self.cases if _is_of(c, change)]
        gone = self.gone(change)
        return ChangeFinding(
            work=work,
            change=change,
            diff=word_diff(change.before, change.after),
            cases=cases,
            guards=[
                found for guard in self.guards.get(work.pk, []) if (found := self.guard(guard))
            ],
            relying=self.relying(change, gone),
            old_facts=self.old_facts(gone),
        )

    def gone(self, change: Change) -> list[str]:
        """The facts that this change took away, and that no document says any more."""
        if change.kind == Kind.REMOVED:
            return [text for text in change.old if " ".join(text.split()) not in self.standing]
        return change.replaced(self.language) if change.kind == Kind.CHANGED else []

    def relying(self, change: Change, gone: Sequence[str]) -> list[Case]:
        """The other cases that expect what was taken away."""
        others = (case for case in self.cases if not _is_of(case, change))
        return [
            case
            for case in others
            if (change.kind == Kind.REMOVED and case.document_slug == change.name)
            or any(still_said(g, fact, self.language) for g in gone for fact in case.expected_facts)
        ]

    def guard(self, guard: Guard) -> GuardFinding | None:
        """A guard as its case stands now; None when that was retired."""
        case = self.by_key.get((guard.case.suite_id, guard.case.key))
        if case is None:
            return None
        row = self.rows.get(case.pk)
        moved = row is not None and row.change in {"regressed", "fixed"}
        return GuardFinding(guard, case, row, self.difference(case) if moved else [])

    def difference(self, case: Case) -> list[Passage]:
        """Word by word from the live answer to the candidate's, of the first trial that changed."""
        sides: dict[int, dict[int, Result]] = {}
        for result in self.answers:
            if result.case_id == case.pk:
                sides.setdefault(result.trial, {})[result.release_id] = result
        for trial in sorted(sides):
            ours = sides[trial].get(self.test.release_id)
            theirs = sides[trial].get(self.test.baseline_id or 0)
            if ours and theirs and ours.passed != theirs.passed:
                return word_diff(_shown(theirs), _shown(ours))
        return []

    def old_facts(self, gone: Iterable[str]) -> list[OldFact]:
        """Answers of the candidate that still say one of these."""
        ours = [result for result in self.answers if result.release_id == self.test.release_id]
        found = {
            (result.case_id, fact, quote): OldFact(result.case_id, fact, quote)
            for fact in gone
            for result in ours
            if (quote := still_said(fact, result.reply, self.language))
        }
        return list(found.values())


def still_said(fact: str, reply: str, language: str) -> str:
    """The sentence of a reply that says an old fact, with its numbers; empty if none does."""
    old = statement(fact, language)
    for said in statements(reply, language):
        shared = len(old.words & said.words)
        is_like = bool(old.words) and shared >= SAYS_IT * len(old.words)
        if is_like and old.numbers <= said.numbers and old.negated == said.negated:
            return said.text
    return ""


def _is_of(case: Case, change: Change) -> bool:
    """Whether a case was drafted for this very change."""
    is_context = case.suite.kind == Suite.Kind.CONTEXT
    return is_context and (case.key == change.key or case.key.startswith(f"{change.key}-"))


def _shown(result: Result) -> str:
    """An answer as it is compared: its action where nothing was said."""
    return result.reply or f"({result.action})"
