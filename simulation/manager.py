"""The scripted AI manager: what a person in that role does each week, through the same functions.

Monday: read the impact. Tuesday: new questions become cases. Wednesday: decide proposals. Thursday:
test the candidate against the live release, and publish it when its checks allow.
"""

from datetime import date, datetime, timedelta

from accounts.models import User
from context.editing.drafts import create_draft
from context.impacts.measuring import measure_impacts
from context.models import Proposal, Release
from context.releases.content import Content, DocumentContent
from simulation.brand import Brand, Topic
from simulation.traffic import Desk
from testing.cases.changing import change_case
from testing.cases.content import Expectation
from testing.cases.suites import suite_of
from testing.context_suite.work import draft_context_cases
from testing.gate.checks import gate
from testing.models import Case, Suite
from testing.questions.discovery import discover
from testing.runs.runner import start_run, work_results

PROPOSALS_A_WEEK = 1
CLUSTERS_A_WEEK = 2
CASES_PER_CLUSTER = 1
TRIALS = 2
GIVEN = " is #"  # how a customer gives the order number


def first_content(brand: Brand) -> Content:
    """What the agent knows on its first day: the known topics, some of them stale."""
    documents = tuple(
        document_of(topic, topic.stale or topic.fact) for topic in brand.topics if topic.known
    )
    return Content(prompt=brand.prompt.strip(), settings={}, documents=documents)


def document_of(topic: Topic, body: str) -> DocumentContent:
    """A topic as the manager writes it down."""
    return DocumentContent(
        slug=topic.slug,
        title=topic.title,
        topic=topic.slug,
        body=body,
        required_facts=tuple(topic.required_facts),
    )


def read_impact(desk: Desk, now: datetime) -> None:
    """Monday: measure what the releases did."""
    measure_impacts(desk.agent, now)


def add_questions(desk: Desk, today: date, by: User, now: datetime) -> list[Case]:
    """Tuesday: the largest clusters of last week's new questions become approved cases."""
    last_monday = today - timedelta(days=today.weekday() + 7)
    made: list[Case] = []
    for cluster in discover(desk.agent, last_monday, now)[:CLUSTERS_A_WEEK]:
        topic = desk.brand.topic(cluster.topic)
        if topic is None or topic.person:
            cluster.dismiss(now, by)
            continue
        for case in cluster.add_cases(now, by)[:CASES_PER_CLUSTER]:
            made.append(approve_case(desk, case, by, now))
    return made


def approve_case(desk: Desk, case: Case, by: User, now: datetime) -> Case:
    """Approve a drafted case after putting right what it expects, as who knows the topic does."""
    topic = desk.brand.topic(case.topic)
    if topic is not None:
        case = change_case(case, now, by, **expectation(topic, case.question))
    case.approve(now, by)
    return case


def expectation(topic: Topic, question: str) -> Expectation:
    """What a good answer to a question about the topic does."""
    if topic.required_facts and GIVEN not in question:
        facts = topic.required_facts
        return {"expected_action": "snooze", "expected_facts": [], "required_facts": facts}
    if topic.person:
        return {"expected_action": "handover", "expected_facts": [], "required_facts": []}
    return {"expected_action": "answer", "expected_facts": topic.says, "required_facts": []}


def truth_for(desk: Desk, proposal: Proposal) -> DocumentContent | None:
    """What the manager makes of a proposal: kept if right, edited if not, None to decline."""
    topic = desk.brand.topic(proposal.topic)
    if topic is None:
        return None
    if topic.person:
        return document_of(topic, topic.handover_document) if topic.handover_document else None
    body = proposal.body if topic.is_answered_by(proposal.body) else topic.fact
    return document_of(topic, body)


def decide_proposals(desk: Desk, by: User, now: datetime) -> Release | None:
    """Wednesday: the most useful proposals go into a new draft; returns it, or None without any.

    What reviewers asked for comes first, then what would have served most conversations.
    """
    ranked = sorted(
        desk.agent.proposals.filter(status="open"),
        key=lambda one: (one.source != Proposal.Source.VERDICT, -one.volume, one.fingerprint),
    )
    live = desk.agent.live_release()
    assert live is not None
    known = {document.slug: document.body for document in live.documents.all()}
    draft, taken = None, 0
    for proposal in ranked:
        document = truth_for(desk, proposal)
        if document is None:
            proposal.decline(now, by, cause=Proposal.Cause.NEEDS_A_PERSON)
        elif known.get(document.slug) == document.body:
            proposal.decline(now, by, cause=Proposal.Cause.KNOWN)
        elif taken < PROPOSALS_A_WEEK:
            draft = proposal.accept(now, by, document=document)
            known[document.slug] = document.body
            taken += 1
    return draft


def try_release(desk: Desk, draft: Release, by: User, now: datetime) -> None:
    """Thursday, first half: freeze the draft, run every suite that has cases, write the checks."""
    draft.submit(now, by)
    for case in draft_context_cases(draft, now):
        approve_case(desk, case, by, now)
    live = desk.agent.live_release()
    for kind in Suite.Kind.values:
        suite = suite_of(desk.agent, kind, now)
        if suite.cases.filter(status=Case.Status.APPROVED).exists():
            run = start_run(suite, draft, at=now, baseline=live, trials=TRIALS, by=by)
            work_results(run, lambda: now)
    gate(draft, now)


def release_or_reject(desk: Desk, draft: Release, by: User, now: datetime) -> bool:
    """Thursday, second half: publish when nothing required is missing, reject otherwise."""
    if missing := draft.missing_checks():
        draft.reject(now, by, f"Checks not passed: {', '.join(missing)}.")
        return False
    draft.approve(now, by)
    draft.publish(now, by)
    return True


def found(desk: Desk, by: User, at: datetime) -> Release:
    """The first day: release 1, made from what the brand has written down."""
    release, _ = create_draft(desk.agent, first_content(desk.brand), at=at, by=by, note="First")
    release.submit(at, by)
    release.approve(at, by)
    release.publish(at, by, override_reason="The first release has nothing to be compared with.")
    return release
