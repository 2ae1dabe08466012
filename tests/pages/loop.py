"""One small turn of the whole loop, through public functions, for pages to show."""

from datetime import datetime, timedelta
from typing import Any

from context.models import Agent, Proposal, Release
from context.proposals.proposing import propose
from conversations.ingest import ingest
from reviews.judging.judge import work_reviews
from reviews.judging.planning import plan_reviews
from reviews.queue.sampling import build_queue
from testing.runs.runner import start_run, work_results
from tests.make import (
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_chat,
    make_content,
    make_live_release,
    make_member,
)

HANDED_OVER = (
    ("customer", "Where is my order? My lawyer will hear of this!"),
    ("ai", "I hand this over to a colleague."),
    ("human", "Your parcel waits at customs: please send us your EORI number."),
)
ODD = (
    ("customer", "<script>alert(1)</script> & <b>bold</b>"),
    ("tool", '{"order": 1042, "status": "in transit"}'),
    ("ai", ""),
)


def make_loop(now: datetime, weeks: int = 2) -> Agent:
    """An agent with weeks of conversations, last night's reviews, a queue, a run and a proposal.

    Its admin is ada.
    """
    agent = make_agent()
    ada = make_member(agent.workspace)
    make_live_release(agent, at=now - timedelta(weeks=weeks))
    chats = [
        chat
        for day in range(weeks * 7)
        for chat in make_day(now - timedelta(days=day + 1), f"d{day}")
    ]
    refused = [result for result in ingest(agent, chats, now=now) if result.status == "error"]
    assert not refused, refused
    yesterday = agent.local_date(now) - timedelta(days=1)
    plan_reviews(agent, yesterday, now)
    work_reviews(agent, lambda: now)
    build_queue(agent, agent.local_date(now), now)
    make_run(agent, make_candidate(agent, make_content(RETURNS, WASHING), now), now)
    propose(
        agent,
        source=Proposal.Source.PERSON,
        title="Customs",
        body="Parcels to Norway need an EORI number.",
        at=now,
        volume=4,
        failures=3,
        by=ada,
    )
    return agent


def make_day(moment: datetime, name: str) -> list[dict[str, Any]]:
    """Four conversations of one day: resolved, handed over, odd, and scored badly."""
    csat = {"scored_at": moment.isoformat()}
    chats = [
        make_chat(f"{name}-solved", csat=csat | {"score": 5}),
        make_chat(f"{name}-handed", *HANDED_OVER, tags=["ai_handover"]),
        make_chat(f"{name}-odd", *ODD),
        make_chat(f"{name}-bad", csat=csat | {"score": 1}),
    ]
    for chat in chats:
        chat["opened_at"] = moment.isoformat()
        chat["closed_at"] = (moment + timedelta(minutes=9)).isoformat()
        for number, message in enumerate(chat["messages"]):
            message["sent_at"] = (moment + timedelta(minutes=number)).isoformat()
    return chats


def make_run(agent: Agent, candidate: Release, now: datetime) -> None:
    """A finished run of two cases against the candidate and the live release."""
    make_case(agent)
    make_case(agent, "How do I wash my down jacket?", expected_facts=[WASHING.body])
    suite = agent.suites.get(kind="regression")
    run = start_run(suite, candidate, at=now, baseline=agent.live_release(), trials=2)
    work_results(run, lambda: now)
