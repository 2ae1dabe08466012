"""How many conversations asked what a proposal would answer is counted by the schedule."""

import pytest

from context.models import Agent
from context.proposals.proposing import propose
from conversations.ingest import ingest
from conversations.models import Conversation
from testing.questions.askings import count_askings
from tests.make import NOW, make_agent, make_chat

pytestmark = pytest.mark.django_db
ZIPS = [
    "My zip is torn, do you repair it?",
    "The zip of my jacket is torn, can you repair it?",
    "Do you repair a torn zip?",
]
OTHERS = ["Where is my parcel?", "How do I wash a down jacket at home?"]


@pytest.fixture
def agent() -> Agent:
    """An agent whose customers asked three times about zips, and twice about other things."""
    agent = make_agent()
    solved = {"tags": ["ai_handover"], "closed_at": "2026-11-17T11:00:00Z"}
    chats = [
        make_chat(f"c-{number}", ("customer", text), ("human", "We repair it for free."), **solved)
        for number, text in enumerate([*ZIPS, *OTHERS])
    ]
    ingest(agent, chats, now=NOW)
    return agent


def test_what_is_asked_often_comes_first(agent: Agent) -> None:
    keys = dict(Conversation.objects.values_list("external_id", "pk"))
    seen = {name: [{"conversation": keys[name], "messages": []}] for name in ("c-0", "c-3")}
    zips, _ = propose(
        agent, source="capture", title="Zips", body="Zips are free.", at=NOW, evidence=seen["c-0"]
    )
    late, _ = propose(
        agent, source="capture", title="Late", body="Parcels wait.", at=NOW, evidence=seen["c-3"]
    )
    wish, _ = propose(agent, source="person", title="Wish", body="Tents weigh 2 kg.", at=NOW)
    assert count_askings(agent, NOW) == 2
    for one in (zips, late, wish):
        one.refresh_from_db()
    assert (zips.asked, zips.asked_failed, zips.asked_until) == (3, 3, NOW.date())
    assert (late.asked, wish.asked, wish.asked_until) == (1, 0, None)
    assert list(agent.proposals.all())[0] == zips


def test_nothing_is_counted_where_nothing_is_open(agent: Agent) -> None:
    assert count_askings(agent, NOW) == 0
