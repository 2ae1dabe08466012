"""What a context test amounts to, in one plain sentence, and what to do next. Pure."""

from dataclasses import dataclass

from context.models import ReleaseStatus
from llm.states import WorkState
from testing.comparing.comparison import counted
from testing.context_suite.findings import Findings
from testing.models import Run

PAST = (ReleaseStatus.RETIRED, ReleaseStatus.REJECTED)
USED = ("learned", "used")


@dataclass(frozen=True)
class Step:
    """What to do next: a name the page knows, and the sentence."""

    name: str
    sentence: str


def headline(found: Findings) -> str:
    """What the test says so far."""
    if found.test is None:
        return "Not tested yet."
    told = found.count(*USED, "not used", "partly used", "not tested")
    if not found.changes:
        return "The release changes no document and no instruction." + _contradictions(found)
    if not told:
        return "The release says nothing new." + _contradictions(found)
    if found.run is None:
        return f"{counted(told, 'new fact')} to test; not run yet." + _contradictions(found)
    used = found.count(*USED)
    be = "is" if told == 1 else "are"
    untested = found.count("not tested")
    parts = [f"{used} of {counted(told, 'new fact')} {be} used"]
    if untested == told:
        parts = [f"{counted(told, 'new fact')} {be} not tested yet"]
    elif untested:
        parts.append(f"{untested} {'is' if untested == 1 else 'are'} not tested")
    if found.old_facts:
        parts.append(f"an old fact is still said in {counted(found.old_facts, 'answer')}")
    lost = counted(found.lost, "neighbour") if found.lost else "no neighbour"
    parts.append(f"{lost} lost")
    if found.regressed:
        parts.append(f"{counted(found.regressed, 'neighbour')} passed less often")
    return "; ".join(parts) + "." + _contradictions(found)


def _contradictions(found: Findings) -> str:
    count = len(found.contradictions.open)
    if not count:
        return ""
    return f" {counted(count, 'contradiction')} {'is' if count == 1 else 'are'} open."


def next_step(found: Findings) -> Step:
    """The first thing left to do; the first rule that applies."""
    if found.test is not None and found.test.release.status in PAST:
        return Step("past", "The release is decided; this is what was known then.")
    return _before_the_run(found) or _of_the_run(found) or _after_the_run(found)


def _before_the_run(found: Findings) -> Step | None:
    if found.test is None:
        return Step("prepare", "Prepare it: cases are drafted for what changes.")
    counts = found.test.progress()
    if counts[WorkState.PENDING] or counts[WorkState.WORKING]:
        return Step("wait", "Cases are being drafted and near neighbours chosen.")
    if found.drafts:
        text = f"Approve, edit or retire {counted(len(found.drafts), 'draft')}."
        return Step("drafts", text)
    return None if any(row.cases for row in found.changes) else _undone(found)


def _undone(found: Findings) -> Step | None:
    """What came to nothing, and nobody made up for by hand."""
    ended_badly = {WorkState.FAILED, WorkState.SKIPPED}
    lacking = [r for r in found.changes if r.work.state in ended_badly and not r.cases]
    search = bool(found.test and found.test.state in ended_badly)
    if not lacking and not search:
        return None
    text = (
        f"{counted(len(lacking) + search, 'piece')} of work came to nothing: retry, or add cases."
    )
    return Step("retry", text)


def _of_the_run(found: Findings) -> Step | None:
    if found.run is not None and found.run.state == Run.State.RUNNING:
        return Step("follow", "The cases are being asked.")
    has_cases = any(row.cases for row in found.changes)
    if has_cases and (found.run is None or found.unasked):
        return Step("run", "Run the context suite against the live release.")
    return None


def _after_the_run(found: Findings) -> Step:
    if undone := _undone(found):
        return undone
    if found.count("not used", "partly used"):
        text = "Look at the answers that do not use the new fact, then say it more clearly."
        return Step("unused", text)
    if found.old_facts:
        return Step("old", "An old fact is still said: look for another document that holds it.")
    if found.lost or found.regressed:
        return Step("moved", "Read what else moved below, word by word.")
    if found.contradictions.open:
        return Step("contradictions", "Mend the passages that contradict each other, or dismiss.")
    return Step("done", "Nothing is left to do here.")
