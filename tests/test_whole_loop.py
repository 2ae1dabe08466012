"""The whole loop, once, by hand: what the demo does for weeks, one conversation at a time.

A customer asks something the agent was never told. A person answers it; the fact they used is
captured, judged, proposed, released, tested against the live release, published – and the next
customer who asks gets it from the agent.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Role
from context.answers.answering import answer
from context.impacts.measuring import measure_impacts
from context.models import Check, Proposal, Release
from conversations.figures import weekly_figures
from conversations.ingest import ingest
from conversations.models import Conversation, Outcome
from reviews.desk.verdicts import CaseDraft, asked_criteria, record_verdict
from reviews.judging.nightly import finish_night, plan_night, work_night
from reviews.models import Review
from reviews.queue.claims import claim_next
from testing.cases.suites import suite_of
from testing.context_suite.work import draft_context_cases
from testing.models import Run, Suite
from testing.runs.runner import start_run, work_results
from tests.make import RETURNS, make_agent, make_chat, make_content, make_live_release, make_member

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = date(2026, 11, 17)
EVENING = datetime(2026, 11, 17, 22, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
QUESTION = "Hi, how do I wash my down jacket?"
FACT = "Wash down jackets at 30 degrees and tumble dry them on low heat."


def test_what_a_person_knew_today_the_agent_knows_tomorrow() -> None:
    agent = make_agent()
    manager = make_member(agent.workspace, "mia", Role.MANAGER)
    reviewer = make_member(agent.workspace, "ada", Role.REVIEWER)
    live = make_live_release(agent, make_content(RETURNS), at=EVENING - timedelta(days=9))

    # Conversations come in. The agent knows about returns; washing it hands over.
    asked, _ = answer(live, [{"author": "customer", "text": QUESTION}])
    assert asked.action == "handover"
    chats = [
        make_chat("known", tags=["ai_answered", "ai_close"], closed_at="2026-11-17T10:30:00Z"),
        make_chat(
            "new",
            ("customer", QUESTION),
            ("human", f"Hello, this is Tom, thank you for waiting. {FACT} Kind regards, Tom"),
            ("customer", "Thanks, that helps!"),
            tags=["ai_handover"],
            closed_at="2026-11-17T11:00:00Z",
            csat={"score": 5, "scored_at": "2026-11-17T12:00:00Z"},
        ),
    ]
    assert [result.status for result in ingest(agent, chats, now=EVENING)] == ["created"] * 2
    new = Conversation.objects.get(external_id="new")
    assert new.outcome == Outcome.HANDED_OVER
    assert new.release == live

    # The night: the judge reviews every one, a brief and a captured fact are written.
    plan_night(agent, TUESDAY, NIGHT)
    work_night(agent, lambda: NIGHT)
    assert finish_night(agent, TUESDAY, NIGHT)
    review = Review.objects.get(conversation=new)
    assert review.state == "done"
    assert review.root_cause == "missing_context"
    assert "wash" in new.brief.wants.lower()
    proposal = Proposal.objects.get(agent=agent)
    assert FACT in proposal.body
    assert proposal.evidence[0]["conversation"] == new.pk

    # The morning: a person decides, and what works becomes a regression case.
    while item := claim_next(agent, reviewer, MORNING):
        known = item.conversation.external_id == "known"
        case = CaseDraft(question="How do I return a jacket?", expected_facts=["30 days"])
        record_verdict(
            item,
            reviewer,
            {criterion.key: {"verdict": "pass"} for criterion in asked_criteria(item)},
            at=MORNING,
            make_case=case.model_copy(update={"approved": True}) if known else None,
        )
    assert suite_of(agent, Suite.Kind.REGRESSION, MORNING).approved_cases().count() == 1

    # The week: the proposal becomes a document of a candidate, which is tested beside the live one.
    draft = proposal.accept(MORNING, manager)
    draft.submit(MORNING, manager)
    for drafted in draft_context_cases(draft, MORNING):
        drafted.approve()
    for kind in (Suite.Kind.REGRESSION, Suite.Kind.CONTEXT):
        run = start_run(suite_of(agent, kind, MORNING), draft, at=MORNING, baseline=live, trials=2)
        work_results(run, lambda: MORNING)
    assert not Run.objects.exclude(state=Run.State.DONE).exists()
    checks = {check.name: check.status for check in draft.checks.order_by("id")}
    assert checks["regression"] == Check.Status.PASSED
    assert checks["context"] == Check.Status.PASSED

    # It goes live, and the next customer is answered from what a person knew.
    draft.approve(MORNING, manager)
    draft.publish(MORNING, manager)
    live.refresh_from_db()
    assert (draft.status, live.status) == (Release.Status.LIVE, Release.Status.RETIRED)
    taught, _ = answer(draft, [{"author": "customer", "text": "How should I wash a down jacket?"}])
    assert taught.action == "answer"
    assert "30 degrees" in taught.reply

    # Its impact is measured, with honest doubt: after a day nothing can be said.
    [week] = weekly_figures(agent, date(2026, 11, 16), date(2026, 11, 16), MORNING)
    assert (week.n, week.figures["ai_answered"].value, week.provisional) == (2, 0.5, True)
    impacts = [impact for impact in measure_impacts(agent, MORNING) if impact.release == draft]
    assert {impact.verdict for impact in impacts} == {"cannot_tell_yet"}
    assert all(impact.reason for impact in impacts)
