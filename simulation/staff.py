"""The simulated reviewers: they know what truly happened and say so, criterion by criterion."""

from datetime import datetime, timedelta

from accounts.models import User
from reviews.desk.verdicts import CaseDraft, ProposalDraft, asked_criteria, record_verdict
from reviews.models import Grade, QueueItem
from reviews.queue.claims import claim_next
from simulation.chat import Chat
from simulation.traffic import Desk
from testing.models import Case

SECONDS_PER_ITEM = 75


def passes(good: bool) -> str:
    """A person's pass or fail."""
    return Grade.PASS if good else Grade.FAIL


def judged(chat: Chat) -> dict[str, str]:
    """What a person who knows the truth answers to the default scorecard's criteria."""
    needless = chat.handed_over and chat.covered and not chat.topic.person
    handover_fits = not chat.wrong_answers and not needless
    solved = chat.right or (chat.handed_over and handover_fits)
    return {
        "resolved": passes(solved),
        "grounded": passes(not chat.wrong_answers),
        "policy": Grade.PASS,
        "action": Grade.NA,
        "handover": passes(handover_fits),
        "gathering": gathering(chat),
        "instructions": Grade.PASS,
        "next_step": passes(not chat.silent),
        "tone": Grade.PASS,
        "brief": Grade.PASS if chat.handed_over else Grade.NA,
    }


def gathering(chat: Chat) -> str:
    """Whether the agent had the required facts before it was done, without asking twice."""
    if not chat.facts:
        return Grade.NA
    return passes(not chat.asked_again and not chat.asked_by_person)


def root_cause(chat: Chat) -> str:
    """The first observable cause of failure, in the codes of the default list."""
    if chat.wrong_answers:
        return "stale_context" if chat.topic.stale else "hallucination"
    if chat.handed_over and not chat.topic.person:
        return "missing_context"
    return "no_fault"


def case_draft(desk: Desk, chat: Chat) -> CaseDraft | None:
    """A regression case for the first right answer of each topic: what works must go on working."""
    if not chat.right or chat.handed_over or chat.topic.required_facts:
        return None
    known = Case.objects.filter(
        suite__agent=desk.agent, suite__kind="regression", topic=chat.topic.slug
    )
    if known.exists():
        return None
    return CaseDraft(
        question=chat.messages[0]["text"],
        expected_action="answer",
        expected_facts=list(chat.topic.says),
        topic=chat.topic.slug,
        approved=True,
    )


def proposal_draft(chat: Chat) -> ProposalDraft | None:
    """What the agent told wrongly is proposed as it is right; what a person had to ask for first,
    as what the agent may gather before it hands over.
    """
    topic = chat.topic
    gathers = topic.handover_document and chat.asked_by_person and not chat.covered
    if not gathers and (not chat.wrong_answers or topic.person):
        return None
    return ProposalDraft(
        title=topic.title,
        body=topic.handover_document if gathers else topic.fact,
        topic=topic.slug,
        required_facts=list(topic.required_facts),
    )


def review_item(desk: Desk, item: QueueItem, reviewer: User, at: datetime) -> None:
    """Give one verdict."""
    chat = desk.stories[item.conversation.external_id]
    answers = judged(chat)
    record_verdict(
        item,
        reviewer,
        {one.key: {"verdict": answers.get(one.key, Grade.NA)} for one in asked_criteria(item)},
        at=at,
        root_cause=root_cause(chat),
        make_case=case_draft(desk, chat),
        make_proposal=proposal_draft(chat),
    )


def work_queue(desk: Desk, reviewers: list[User], now: datetime) -> int:
    """The reviewers take turns until the queue of the day is empty; returns the verdicts given."""
    given, idle = 0, 0
    while idle < len(reviewers):
        reviewer = reviewers[given % len(reviewers)] if not idle else reviewers[idle]
        at = now + timedelta(seconds=SECONDS_PER_ITEM * given)
        item = claim_next(desk.agent, reviewer, at)
        if item is None:
            idle += 1
            continue
        review_item(desk, item, reviewer, at + timedelta(seconds=SECONDS_PER_ITEM))
        given, idle = given + 1, 0
    return given
