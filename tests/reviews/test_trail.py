"""From the finding to the impact on one page, and who has to act where a link is missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from context.models import Agent, Figure, Impact, Proposal
from context.proposals.proposing import propose
from conversations.models import Conversation, FactCapture
from reviews.desk.findings import CaseDraft, ProposalDraft
from reviews.desk.verdicts import record_verdict
from reviews.models import QueueItem, Verdict
from reviews.trail.funnel import funnel
from reviews.trail.path import trail_of
from reviews.trail.steps import Facts, Step, steps, waits_for
from testing.runs.runner import start_run, work_results
from tests.make import (
    NOW,
    PASSWORD,
    make_agent,
    make_client,
    make_key,
    make_live_release,
    make_member,
)
from tests.reviews.material import answers, make_claim, make_queue, make_reviewer

FACT = "Jackets with a torn zip are repaired for free within 5 years."
FOUND = Facts(conversations=3, verdicts=1, status="open")
ACCEPTED = replace(
    FOUND, status="accepted", release="release 4", release_status="draft", document="zips"
)
LIVE = replace(
    ACCEPTED, release_status="live", published=True, is_live=True, cases=2, approved=2, tested=2
)
WHOLE = replace(LIVE, passed=2, impacts=("CSAT improved",), provisional=False)


@pytest.mark.parametrize(
    ("facts", "name", "state", "words"),
    [
        (FOUND, "proposal", "waits", "Waits for a decision"),
        (replace(FOUND, rivals=1), "proposal", "waits", "People said different things"),
        (replace(FOUND, status="declined", why="wrong"), "proposal", "stopped", "Declined: wrong"),
        (ACCEPTED, "release", "waits", "submitted"),
        (replace(ACCEPTED, release_status="candidate"), "release", "waits", "checks"),
        (replace(ACCEPTED, release_status="rejected"), "release", "stopped", "was rejected"),
        (replace(LIVE, rolled_back=True), "release", "stopped", "rolled back"),
        (replace(LIVE, cases=0, approved=0, tested=0), "cases", "waits", "No case asks this"),
        (replace(LIVE, approved=0, tested=0), "cases", "waits", "none approved"),
        (replace(LIVE, passed=1), "cases", "waits", "1 of 2 tested cases pass"),
        (replace(LIVE, passed=2), "impact", "waits", "Not measured yet"),
        (replace(WHOLE, provisional=True), "impact", "waits", "provisional"),
        (replace(WHOLE, lacking="4 days."), "impact", "waits", "Cannot tell what it did: 4 days"),
        (replace(WHOLE, lacking="4 days.", is_live=False), "impact", "stopped", "Cannot tell"),
        (replace(ACCEPTED, release_status="discarded"), "release", "stopped", "was discarded"),
    ],
)
def test_the_first_link_that_is_missing_says_what_for(
    facts: Facts, name: str, state: str, words: str
) -> None:
    missing = waits_for(steps(facts))
    assert missing is not None
    assert (missing.name, missing.state) == (name, state)
    assert words in missing.words


def test_a_whole_chain_waits_for_nothing() -> None:
    assert waits_for(steps(WHOLE)) is None
    assert [step.state for step in steps(WHOLE)] == ["done"] * 6


def test_what_comes_later_is_no_ones_turn() -> None:
    later = [step.name for step in steps(FOUND) if step.state == "later"]
    assert later == ["document", "release", "cases", "impact"]
    assert all(isinstance(step, Step) and not step.who for step in steps(FOUND)[2:])


@pytest.fixture
def ada(db: None) -> User:
    """A reviewer of the agent whose queue holds one item."""
    agent = make_agent()
    make_queue(agent, [2])
    return make_reviewer(agent)


@pytest.fixture
def verdict(ada: User) -> Verdict:
    """A failing verdict that became a case and a proposal."""
    item: QueueItem = make_claim(Agent.objects.get(), ada)
    return record_verdict(
        item,
        ada,
        answers(item, policy="fail"),
        at=NOW,
        root_cause="missing_context",
        note="It should know this",
        make_case=CaseDraft(question="Is a torn zip repaired?", expected_facts=[FACT]),
        make_proposal=ProposalDraft(title="Torn zips", body=FACT),
    )


def released(verdict: Verdict) -> Proposal:
    """The verdict's proposal after it went live, was tested and measured."""
    agent = Agent.objects.get()
    agent.required_checks = ""
    agent.save(update_fields=["required_checks"])
    make_live_release(agent)
    proposal = agent.proposals.get()
    draft = proposal.accept(NOW, verdict.reviewer)
    draft.submit(NOW)
    assert verdict.case is not None
    verdict.case.approve(NOW, verdict.reviewer)
    run = start_run(verdict.case.suite, draft, at=NOW, baseline=agent.live_release(), trials=2)
    work_results(run, lambda: NOW)
    draft.publish(NOW, verdict.reviewer)
    Impact.objects.create(
        release=draft,
        figure=Figure.AI_RESOLVED,
        role="primary",
        verdict="improved",
        method="weekday pairs",
        difference=0.1,
        low=0.02,
        high=0.18,
        provisional=False,
        computed_at=NOW,
    )
    proposal.refresh_from_db()
    return proposal


def test_the_trail_holds_every_link(verdict: Verdict) -> None:
    trail = trail_of(released(verdict))
    assert [one.conversation for one in trail.findings] == [verdict.conversation]
    assert trail.findings[0].verdicts == [verdict]
    assert trail.reporters == [verdict.reviewer]
    assert trail.document is not None and trail.document.kind == "added"
    assert FACT in "".join(passage.text for passage in trail.document.body)
    assert [period.by for period in trail.publications] == [verdict.reviewer]
    (row,) = trail.cases
    assert row.case == verdict.case and row.release and row.baseline
    assert (row.release.passed, row.release.of, row.baseline.passed) == (2, 2, 0)
    assert [impact.verdict for impact in trail.impacts] == ["improved"]
    assert trail.next is None


def test_the_page_shows_it_and_verdict_document_release_and_case_lead_there(
    verdict: Verdict, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    proposal = released(verdict)
    client.login(username="ada", password=PASSWORD)
    address = f"/acme/bot/proposals/{proposal.pk}/"
    with django_assert_max_num_queries(40):
        html = client.get(address).content.decode()
    for words in ("It should know this", "missing context", "Torn zips", "2 of 2", "Nothing is"):
        assert words in html
    assert verdict.item is not None and verdict.case is not None
    release = proposal.release
    assert release is not None
    for page in (
        f"desk/items/{verdict.item.pk}/",
        f"desk/panel/{verdict.conversation_id}/",
        "desk/verdicts/",
        f"releases/{release.number}/",
        f"releases/{release.number}/documents/{proposal.document_slug}/",
        f"tests/cases/{verdict.case.pk}/",
    ):
        assert address in client.get(f"/acme/bot/{page}").content.decode(), page


def test_the_reporter_reads_why_it_was_declined(verdict: Verdict, client: Client) -> None:
    proposal = Proposal.objects.get()
    proposal.decline(NOW, None, "Only in spring", cause="passing")
    client.login(username="ada", password=PASSWORD)
    assert verdict.item is not None
    html = client.get(f"/acme/bot/desk/items/{verdict.item.pk}/").content.decode()
    assert "declined: it holds for a short time only: Only in spring" in html


def test_who_is_deciding_blind_does_not_read_the_others_verdict(verdict: Verdict) -> None:
    trail = trail_of(Proposal.objects.get(), hidden=[verdict.conversation_id])
    assert trail.verdicts == [] and trail.findings[0].flags == []


def test_rest_gives_the_same_trail(verdict: Verdict) -> None:
    proposal = released(verdict)
    client = make_client(make_key(proposal.agent.workspace))
    found = client.get(f"/api/v1/agents/bot/proposals/{proposal.pk}/trail/").json()
    assert [step["state"] for step in found["steps"]] == ["done"] * 6
    assert found["verdicts"][0]["root_cause"] == "missing_context"
    assert found["publications"][0]["by"] == "ada"
    (case,) = found["cases"]
    assert (case["release"]["passed"], case["release"]["of"]) == (2, 2)
    assert found["impacts"][0]["verdict"] == "improved"
    weeks = client.get("/api/v1/agents/bot/proposals/became/?weeks=2").json()["data"]
    assert len(weeks) == 2
    assert client.get("/api/v1/agents/bot/proposals/became/?weeks=0").status_code == 422
    assert client.get("/api/v1/agents/bot/proposals/999/trail/").status_code == 404


@pytest.mark.django_db
def test_strangers_and_other_agents_see_no_trail(client: Client) -> None:
    agent = make_agent()
    proposal, _ = propose(agent, source="person", title="t", body=FACT, at=NOW)
    make_member(make_agent(slug="other", workspace=agent.workspace).workspace, role=Role.VIEWER)
    client.login(username="ada", password=PASSWORD)
    assert client.get(f"/acme/bot/proposals/{proposal.pk}/").status_code == 200
    assert client.get(f"/acme/other/proposals/{proposal.pk}/").status_code == 404


def test_the_weeks_count_what_became_of_findings(verdict: Verdict) -> None:
    proposal = released(verdict)
    agent = proposal.agent
    FactCapture.objects.create(conversation=Conversation.objects.get(), created_at=NOW)
    old, _ = propose(agent, source="person", title="x", body="Tents weigh 3 kg.", at=NOW)
    old.decline(NOW, None, "No")
    propose(agent, source="person", title="y", body="Bags hold 40 l.", at=NOW - timedelta(days=7))
    this, last = funnel(agent, (NOW - timedelta(days=7)).date(), NOW.date())
    assert (this.findings, this.proposals, this.declined) == (1, 2, 1)
    assert (this.accepted, this.live, this.improved, this.regressed) == (1, 1, 1, 0)
    assert (last.findings, last.proposals, last.waiting) == (0, 1, 1)
