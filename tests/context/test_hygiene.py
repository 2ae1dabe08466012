"""What is wrong with the live documents, ranked, and one step to mend each."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Role
from context.editing.upkeep import expiring_count, keep
from context.hygiene.findings import Kind, hygiene_of
from context.hygiene.repeats import repeats
from context.hygiene.said import reading
from context.hygiene.uses import replace_uses
from context.models import Agent, Figure, FineMark, Measurement
from context.releases.content import DocumentContent
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
REFUND = DocumentContent(
    slug="refunds",
    title="Refunds",
    topic="refunds",
    body="You can return unworn items within 14 days of delivery for a full refund.",
)
COPY = DocumentContent(
    slug="jackets",
    title="Jackets",
    topic="washing",
    body="Wash down jackets at 30 degrees and tumble dry them on low heat. They keep warm.",
)


@pytest.fixture
def agent() -> Agent:
    """An agent whose live release is a year old."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    long_ago = NOW - timedelta(days=300)
    make_live_release(agent, make_content(RETURNS, WASHING, REFUND, COPY), at=long_ago)
    return agent


@pytest.fixture
def client(client: Client, agent: Agent) -> Client:
    """Logged in as the manager."""
    client.login(username="ada", password="correct horse battery")
    return client


def kinds(agent: Agent, today: date = TODAY) -> list[tuple[str, str]]:
    """(kind, documents) of the findings, in their order."""
    return [(str(one.kind), one.subject) for one in hygiene_of(agent, today).findings]


def expire(agent: Agent, slug: str, day: date) -> None:
    """Give a document a last day."""
    keep(agent, {slug: {"expires_on": day}}, at=NOW)


def count(agent: Agent, topic: str, conversations: int, handovers: int) -> None:
    """What happened on a topic yesterday."""
    for figure, total in [
        (Figure.CONVERSATIONS, conversations),
        (Figure.AI_HANDOVER, handovers),
    ]:
        Measurement.objects.create(
            agent=agent,
            date=TODAY - timedelta(days=1),
            topic=topic,
            figure=figure,
            n=conversations,
            total=total,
        )


def test_documents_that_disagree_or_say_the_same_are_found(agent: Agent) -> None:
    assert kinds(agent) == [("contradiction", "refunds returns"), ("duplicate", "jackets washing")]


def test_the_harm_of_the_topic_decides_the_order(agent: Agent) -> None:
    count(agent, "washing", 40, 10)
    count(agent, "returns", 20, 2)
    assert kinds(agent)[0] == ("duplicate", "jackets washing")
    [first, second] = hygiene_of(agent, TODAY).findings
    assert (first.load.volume, first.load.failures) == (40, 10)
    assert (second.load.volume, second.load.failures) == (20, 2)


def test_a_last_day_that_is_over_or_near_is_found(agent: Agent) -> None:
    expire(agent, "returns", TODAY - timedelta(days=1))
    expire(agent, "washing", TODAY + timedelta(days=14))
    expire(agent, "refunds", TODAY + timedelta(days=15))
    expire(agent, "nowhere", TODAY)
    found = dict(kinds(agent))
    assert (found["expired"], found["expiring"]) == ("returns", "washing")
    assert expiring_count(agent, TODAY) == 2


def test_a_text_that_nobody_changed_for_months_is_stale(agent: Agent) -> None:
    later = NOW + timedelta(days=80)
    assert ("stale", "returns") in kinds(agent, later.date())
    make_live_release(agent, make_content(replace(RETURNS, body="New."), WASHING), at=NOW)
    assert ("stale", "returns") not in kinds(agent, later.date())
    assert ("stale", "washing") in kinds(agent, later.date())
    agent.stale_after_months = 0
    assert "stale" not in dict(kinds(agent, later.date()))


def test_what_no_answer_rested_on_is_known_only_after_eight_weeks(agent: Agent) -> None:
    day = TODAY - timedelta(days=40)
    replace_uses(agent, {day}, {(day, "returns"): 3})
    assert "unused" not in dict(kinds(agent))
    first = TODAY - timedelta(days=60)
    replace_uses(agent, {first}, {(first, "washing"): 3})
    unused = [subject for kind, subject in kinds(agent) if kind == Kind.UNUSED]
    assert unused == ["jackets", "refunds", "washing"]


def test_a_new_document_is_not_called_unused(agent: Agent) -> None:
    first = TODAY - timedelta(days=60)
    replace_uses(agent, {first}, {(first, "washing"): 3})
    new = replace(RETURNS, slug="new", title="Repairs", body="We mend zips.")
    make_live_release(agent, make_content(new), at=NOW - timedelta(days=3))
    assert "unused" not in dict(kinds(agent))


def test_what_is_fine_is_not_shown_until_its_day(agent: Agent, client: Client) -> None:
    until = TODAY + timedelta(days=30)
    with time_machine.travel(NOW):
        client.post(
            "/acme/bot/context/hygiene/fine/",
            {
                "kind": "contradiction",
                "subject": "refunds returns",
                "reason": "Two brands",
                "until": until.isoformat(),
            },
        )
        page = client.get("/acme/bot/context/hygiene/").content.decode()
    assert "1 marked as fine" in page
    assert "Two brands" in page
    assert kinds(agent) == [("duplicate", "jackets washing")]
    assert len(kinds(agent, until + timedelta(days=1))) >= 2
    assert AuditEntry.objects.get(action="document.fine").detail.endswith("Two brands")
    client.post("/acme/bot/context/hygiene/again/", {"mark": FineMark.objects.get().pk})
    assert len(kinds(agent)) == 2


def test_a_mark_needs_a_reason_and_a_day_to_come(agent: Agent, client: Client) -> None:
    given = {"kind": "stale", "subject": "returns", "reason": "", "until": "2026-01-01"}
    with time_machine.travel(NOW):
        answer = client.post("/acme/bot/context/hygiene/fine/", given, follow=True)
        assert "Reason: This field is required." in answer.content.decode()
        client.post("/acme/bot/context/hygiene/fine/", given | {"reason": "x"})
    assert not FineMark.objects.exists()


def test_another_last_day_holds_at_once(agent: Agent, client: Client) -> None:
    expire(agent, "returns", TODAY - timedelta(days=1))
    given = {"slug": "returns", "expires_on": "2027-06-30"}
    client.post("/acme/bot/context/hygiene/extend/", given)
    assert agent.upkeep.get().expires_on == date(2027, 6, 30)
    assert agent.releases.count() == 1


def test_a_finding_opens_the_editor_of_one_draft(agent: Agent, client: Client) -> None:
    for slug in ("returns", "washing"):
        answer = client.post("/acme/bot/context/hygiene/edit/", {"slug": slug})
        assert answer["Location"] == f"/acme/bot/releases/2/documents/{slug}/edit/"
    answer = client.post("/acme/bot/context/hygiene/edit/", {"slug": "nowhere"}, follow=True)
    assert "No document called nowhere is live." in answer.content.decode()
    assert agent.releases.count() == 2


def test_a_document_is_retired_in_a_draft(agent: Agent, client: Client) -> None:
    given = {"slug": "jackets", "why": "Said in washing"}
    client.post("/acme/bot/context/hygiene/retire/", given)
    draft = agent.releases.get(number=2)
    assert not draft.documents.filter(slug="jackets").exists()
    assert draft.edits.get().why == "Said in washing"
    live = agent.live_release()
    assert live is not None
    assert live.documents.filter(slug="jackets").exists()


def test_it_is_read_over_rest(agent: Agent) -> None:
    expire(agent, "returns", date(2020, 1, 1))
    answer = make_client(make_key(agent.workspace, "read")).get("/api/v1/agents/bot/hygiene/")
    assert answer.status_code == 200
    found = {row["kind"]: row["documents"] for row in answer.json()["data"]}
    assert found["expired"] == ["returns"]
    assert found["duplicate"] == ["jackets", "washing"]


def test_the_page_takes_few_queries_and_says_what_it_cannot_know(
    agent: Agent, client: Client
) -> None:
    client.get("/acme/bot/context/hygiene/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/acme/bot/context/hygiene/").content.decode()
    assert len(queries) <= 24
    assert "Which documents no answer uses cannot be told" in page


def test_an_agent_without_a_release_has_nothing_to_tend(client: Client, agent: Agent) -> None:
    make_agent(agent.workspace, slug="new")
    assert "No release is live" in client.get("/acme/new/context/hygiene/").content.decode()


def test_sentences_with_other_numbers_do_not_repeat() -> None:
    assert repeats(reading([RETURNS, REFUND])) == []
    [pair] = repeats(reading([WASHING, COPY]))
    assert (pair.first, pair.second, pair.shared) == ("jackets", "washing", 1) or (
        pair.first,
        pair.second,
    ) == ("washing", "jackets")
