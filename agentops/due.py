"""What waits for a person now, in the order in which it should be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import reverse

from agentops.report.labels import LABELS
from agentops.rollout_news import RolloutNews
from agentops.today import Candidate, Night, QueueProgress, Today
from context.models import Agent, Alert, Check, JudgeStanding, Webhook
from llm.states import WorkState
from reviews.canary.verdict import Comparison, State
from reviews.desk.blind import Asked


@dataclass(frozen=True)
class Due:
    """One thing to do: what, why, where, and whether it cannot wait."""

    icon: str
    text: str
    detail: str
    url: str
    action: str
    urgent: bool = False


def due_now(agent: Agent, page: Today, asked: Asked | None = None) -> list[Due]:
    """The list, most urgent first; empty when everything is done. `asked` is what is asked of the
    person themselves.
    """
    links = Links(agent)
    found = [
        *flags_due(page.flag_count),
        *(asked_due(asked, links) if asked else ()),
        *queue_due(page.queue, links),
        *disputes_due(page.dispute_count, links),
        *night_due(page.night, links),
        *alerts_due(page.alerts, links),
        *judge_due(page.judge, links),
        *canary_due(page.canary, links),
        *rollout_due(page.rollout, links),
        *webhooks_due(page.disabled_webhooks, links),
        *(candidate_due(found, links) for found in page.candidates),
        *expiring_due(page.expiring_count, links),
        *proposals_due(page.proposal_count, links),
        *questions_due(page.question_count, links),
    ]
    return sorted(found, key=lambda item: not item.urgent)


class Links:
    """Addresses of this agent's pages."""

    def __init__(self, agent: Agent) -> None:
        self.slugs = [agent.workspace.slug, agent.slug]

    def to(self, name: str, *args: object) -> str:
        """The address of a page by its URL name."""
        return reverse(name, args=[*self.slugs, *args])


def counted(n: int, one: str, many: str) -> str:
    """`1 proposal`, `3 proposals`."""
    return f"{n:,} {one if n == 1 else many}"


def flags_due(flags: int) -> Iterator[Due]:
    """Urgent flags come first."""
    if flags:
        text = counted(flags, "urgent flag", "urgent flags")
        yield Due("flag", text, "no person has looked yet", "#flags", "Look", urgent=True)


def queue_due(queue: QueueProgress | None, links: Links) -> Iterator[Due]:
    """What is left of the day's queue."""
    if queue and queue.left:
        text = counted(queue.left, "conversation to review", "conversations to review")
        yield Due("desk", text, what_is_left(queue), links.to("reviews:desk"), "Review")


def what_is_left(queue: QueueProgress) -> str:
    """Why the items that are left are in the queue."""
    if not queue.must_review:
        return "a random check of last night"
    if queue.must_review >= queue.left:
        return "flagged: a person has to look"
    return f"{queue.must_review} flagged, the others are a random check of last night"


def asked_due(asked: Asked, links: Links) -> Iterator[Due]:
    """Opinions that are asked of this very person."""
    if asked.second_opinions:
        text = counted(asked.second_opinions, "second opinion", "second opinions")
        detail = "asked of you: a verdict is doubted"
        yield Due("compare", text, detail, links.to("reviews:disputes"), "Read")
    if asked.calibrations:
        text = counted(asked.calibrations, "conversation", "conversations") + " to calibrate"
        detail = "asked of you: others judge the same ones"
        yield Due("desk", text, detail, links.to("reviews:calibrations"), "Judge")


def disputes_due(disputes: int, links: Links) -> Iterator[Due]:
    """Doubted verdicts that wait for a second opinion or a decision."""
    if disputes:
        text = counted(disputes, "open dispute", "open disputes")
        detail = "a verdict is doubted: a second opinion or a decision is missing"
        yield Due("compare", text, detail, links.to("reviews:disputes"), "Open")


def night_due(night: Night | None, links: Links) -> Iterator[Due]:
    """Reviews that failed or were left out; neither counts as a pass."""
    states = night.states if night else {}
    url = links.to("reviews:index")
    if failed := states.get(WorkState.FAILED, 0):
        text = counted(failed, "automated review failed", "automated reviews failed")
        yield Due("warning", text, "unscored until they are tried again", url, "See why")
    if skipped := states.get(WorkState.SKIPPED, 0):
        text = counted(skipped, "review was skipped", "reviews were skipped")
        yield Due("money", text, "a cap left no room; they can be caught up", url, "Catch up")


def canary_due(newest: Comparison | None, links: Links) -> Iterator[Due]:
    """A judge that no longer judges as it did, though nobody changed it."""
    if newest is not None and newest.state == State.DRIFTED and newest.same_judge:
        flips = counted(len(newest.flips), "verdict", "verdicts")
        detail = f"{flips} of its canary flipped, more than chance"
        url = links.to("reviews:canary")
        yield Due("warning", "The judge has drifted", detail, url, "See which", urgent=True)


def alerts_due(alerts: Sequence[Alert], links: Links) -> Iterator[Due]:
    """Figures that have left their usual range, until somebody has looked."""
    if alerts:
        verb = "has" if len(alerts) == 1 else "have"
        text = f"{counted(len(alerts), 'figure', 'figures')} {verb} left the usual range"
        detail = ", ".join(f"{LABELS[one.figure]} in {one.week}" for one in alerts[:3])
        yield Due("performance", text, detail, links.to("shell:alerts"), "Look")


def judge_due(standing: JudgeStanding | None, links: Links) -> Iterator[Due]:
    """A judge that is suspended, or that people have not measured yet."""
    url = links.to("reviews:judge")
    if standing and standing.is_suspended:
        detail = f"{standing.reason}; what it graded decides no check"
        yield Due("warning", "The judge is suspended", detail, url, "See why", urgent=True)
    elif standing and standing.is_unmeasured:
        text = "The judge has not been measured yet"
        yield Due("robot", text, standing.reason, url, "See")


def rollout_due(news: RolloutNews | None, links: Links) -> Iterator[Due]:
    """A rollout that harm stopped, that has run its days, or whose split is not as planned."""
    if news is None:
        return
    number = news.rollout.release.number
    name, url = f"The rollout of release {number}", links.to("context:rollout", number)
    if news.harmed:
        detail = f"{news.rollout.end_reason}; the live release answers everybody again"
        yield Due("warning", f"{name} was stopped", detail, url, "See why", urgent=True)
    if news.split and news.split.is_uneven:
        detail = "conversations of one side are missing: no comparison of the sides is fair"
        yield Due("warning", f"{name} is split unevenly", detail, url, "See", urgent=True)
    elif news.split:
        detail = f"{news.split.crossed_share:.0%} got the other side's release".replace("%", " %")
        yield Due("warning", f"{name} is not followed", detail, url, "See")
    if news.over:
        yield Due("releases", f"{name} has run its days", "promote or stop it", url, "Decide")


def webhooks_due(disabled: Sequence[Webhook], links: Links) -> Iterator[Due]:
    """Receivers that are told nothing any more. Only the host is named: the rest of an address may
    be as good as a password, and Today is read by everybody.
    """
    for webhook in disabled:
        text = f"The webhook to {urlsplit(webhook.url).hostname} was disabled"
        detail = f"{webhook.status_reason}; it is told nothing until somebody resumes it"
        yield Due("warning", text, detail, links.to("context:webhook", webhook.pk), "See why")


def candidate_due(found: Candidate, links: Links) -> Due:
    """A release that waits for its checks, or for its decision."""
    number = found.release.number
    url = links.to("context:release", number)
    if found.missing:
        return Due("tests", f"Release {number} {tested(found)}", reason(found), url, "Open")
    return Due("releases", f"Release {number} can go live", "all checks passed", url, "Decide")


def tested(found: Candidate) -> str:
    """What its tests came to: "was tested: fails regression"."""
    status = {check.name: check.status for check in found.checks}
    failed = [name for name in found.missing if status.get(name) == Check.Status.FAILED]
    undecided = [name for name in found.missing if status.get(name) == Check.Status.UNDECIDED]
    if failed:
        return f"was tested: fails {', '.join(failed)}"
    if undecided:
        return f"was tested: {', '.join(undecided)} undecided"
    return "waits for its tests"


def reason(found: Candidate) -> str:
    """Why, in the words of the worst check that is missing."""
    worst = [Check.Status.FAILED, Check.Status.UNDECIDED, Check.Status.PENDING]
    missing = [check for check in found.checks if check.name in found.missing]
    if missing:
        return min(missing, key=lambda check: worst.index(Check.Status(check.status))).summary
    return f"not run: {', '.join(found.missing)}"


def expiring_due(documents: int, links: Links) -> Iterator[Due]:
    """Live documents whose last day is over or near."""
    if documents:
        text = counted(documents, "live document expires", "live documents expire")
        detail = "their last day is over, or within 14 days"
        yield Due("clock", text, detail, links.to("context:hygiene"), "Look")


def proposals_due(proposals: int, links: Links) -> Iterator[Due]:
    """Ideas that wait for a decision."""
    if proposals:
        text = counted(proposals, "proposal to decide", "proposals to decide")
        detail = "facts people used that the agent does not have"
        yield Due("proposals", text, detail, links.to("context:proposals"), "Decide")


def questions_due(questions: int, links: Links) -> Iterator[Due]:
    """Questions that no case covers."""
    if questions:
        text = counted(questions, "new question", "new questions")
        detail = "customers asked them and no test case covers them"
        yield Due("tests", text, detail, links.to("testing:questions"), "Make cases")
