"""Where a proposal stands on its way from finding to impact, and who has to act: pure functions."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

State = Literal["done", "waits", "stopped", "later"]


class Step(NamedTuple):
    """One link of the chain: done, waiting for somebody, stopped, or not reached yet."""

    name: str
    title: str
    state: State
    words: str
    who: str = ""


@dataclass(frozen=True)
class Facts:
    """What is on record about a proposal; `release` is empty until it was accepted. `lacking` says
    why no figure its release is judged by can be told, where that is so.
    """

    conversations: int
    verdicts: int
    status: str
    why: str = ""
    rivals: int = 0
    release: str = ""
    release_status: str = ""
    document: str = ""
    published: bool = False
    is_live: bool = False
    rolled_back: bool = False
    cases: int = 0
    approved: int = 0
    tested: int = 0
    passed: int = 0
    impacts: tuple[str, ...] = ()
    provisional: bool = True
    lacking: str = ""


MANAGER = "a manager"
NOBODY_YET = "comes after the step before it"


def steps(facts: Facts) -> list[Step]:
    """The six links, in order."""
    return [
        _finding(facts),
        _proposal(facts),
        _document(facts),
        _release(facts),
        _cases(facts),
        _impact(facts),
    ]


def waits_for(chain: list[Step]) -> Step | None:
    """The first link that is not done; None when the chain is whole."""
    return next((step for step in chain if step.state != "done"), None)


def _finding(facts: Facts) -> Step:
    shown = counted(facts.conversations, "conversation")
    if facts.verdicts:
        shown += f", {counted(facts.verdicts, 'verdict')} of reviewers"
    if not facts.conversations:
        return Step("finding", "Finding", "done", "Suggested without a conversation")
    return Step("finding", "Finding", "done", shown)


def _proposal(facts: Facts) -> Step:
    match facts.status:
        case "open" if facts.rivals:
            words = "People said different things: decide which is right"
            return Step("proposal", "Proposal", "waits", words, MANAGER)
        case "open":
            return Step("proposal", "Proposal", "waits", "Waits for a decision", MANAGER)
        case "declined":
            words = f"Declined: {facts.why}" if facts.why else "Declined"
            return Step("proposal", "Proposal", "stopped", words)
        case "merged":
            return Step("proposal", "Proposal", "stopped", "Part of another proposal")
    return Step("proposal", "Proposal", "done", "Accepted")


def _document(facts: Facts) -> Step:
    if not facts.release:
        return Step("document", "Document", "later", NOBODY_YET)
    where = f"“{facts.document}”" if facts.document else "the prompt"
    return Step("document", "Document", "done", f"In {where} of {facts.release}")


def _release(facts: Facts) -> Step:
    name, title = "release", "Release"
    if not facts.release:
        return Step(name, title, "later", NOBODY_YET)
    if facts.rolled_back:
        return Step(name, title, "stopped", f"{facts.release} was rolled back", MANAGER)
    if facts.published:
        words = "is live" if facts.is_live else "was live; later releases build on it"
        return Step(name, title, "done", f"{facts.release} {words}")
    match facts.release_status:
        case "draft":
            return Step(name, title, "waits", "Is to be submitted as a candidate", MANAGER)
        case "candidate" | "approved":
            return Step(name, title, "waits", "Waits for its checks and for publication", MANAGER)
        case "discarded":
            return Step(name, title, "stopped", f"{facts.release} was discarded", MANAGER)
    return Step(name, title, "stopped", f"{facts.release} was rejected", MANAGER)


def _cases(facts: Facts) -> Step:
    name, title = "cases", "Cases"
    if not facts.cases:
        if not facts.release:
            return Step(name, title, "later", "Drafted when its release is submitted")
        if facts.release_status == "draft":
            return Step(name, title, "later", "Drafted when its release is submitted")
        return Step(name, title, "waits", "No case asks this: write one", MANAGER)
    total = counted(facts.cases, "case")
    if not facts.approved:
        return Step(name, title, "waits", f"{total} drafted, none approved", MANAGER)
    if not facts.tested:
        state: State = "waits" if facts.release else "later"
        return Step(name, title, state, f"{total}, not asked of its release yet", "the next run")
    words = f"{facts.passed} of {facts.tested} tested cases pass"
    if facts.passed < facts.tested:
        return Step(name, title, "waits", words, MANAGER)
    return Step(name, title, "done", words)


def _impact(facts: Facts) -> Step:
    name, title = "impact", "Impact"
    if not facts.published:
        return Step(name, title, "later", "Measured once its release is live")
    if not facts.impacts:
        return Step(name, title, "waits", "Not measured yet", "the weekly measurement")
    if facts.lacking:
        words = f"Cannot tell what it did: {facts.lacking.removesuffix('.')}"
        if facts.is_live:
            return Step(name, title, "waits", words, "the days that are missing")
        return Step(name, title, "stopped", words)
    words = ", ".join(facts.impacts)
    if facts.provisional:
        return Step(name, title, "waits", f"{words}; provisional", "the days that are missing")
    return Step(name, title, "done", words)


def counted(number: int, noun: str) -> str:
    """`1 case`, `3 cases`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
