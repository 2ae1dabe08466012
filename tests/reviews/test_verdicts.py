"""A verdict is recorded once, whole, with what it makes; and it can be taken back."""

from datetime import timedelta

import pytest

from accounts.models import Role, User
from context.models import Agent, Proposal
from reviews.desk.findings import CaseDraft, ProposalDraft
from reviews.desk.verdicts import InvalidVerdict, NotYours, record_verdict, withdraw
from reviews.models import CriterionVerdict, Draft, QueueItem, Verdict
from reviews.queue.claims import LeaseLost, claim_next
from testing.models import Case
from tests.make import NOW, make_agent
from tests.reviews.material import answers, make_claim, make_queue, make_reviewer, make_verdict

pytestmark = pytest.mark.django_db

CASE = CaseDraft(
    question="How do I return a jacket?",
    expected_action="answer",
    expected_facts=["within 30 days"],
)
PROPOSAL = ProposalDraft(title="Returns", body="Jackets go back within 30 days of delivery.")


@pytest.fixture
def ada(db: None) -> User:
    """A reviewer of the agent whose queue holds one item."""
    agent = make_agent()
    make_queue(agent, [2])
    return make_reviewer(agent)


@pytest.fixture
def item(ada: User) -> QueueItem:
    """The item, claimed by ada."""
    return make_claim(Agent.objects.get(), ada)


def test_a_verdict_keeps_every_answer_and_the_time_it_took(ada: User, item: QueueItem) -> None:
    given = answers(item, tone="fail")
    given["tone"]["quote"] = "Send it back"
    at = NOW + timedelta(seconds=70)
    verdict = record_verdict(item, ada, given, at=at, note=" curt ")
    assert (verdict.passed, verdict.seconds, verdict.note) == (True, 70, "curt")
    assert verdict.review == item.review
    kept = {one.criterion.key: one.verdict for one in verdict.results.all()}
    assert kept == {key: one["verdict"] for key, one in given.items()}
    assert "brief" not in kept
    assert verdict.results.get(criterion__key="tone").quote == "Send it back"
    item.refresh_from_db()
    assert (item.state, item.finished_at) == (QueueItem.State.DONE, at)


def test_a_failed_critical_criterion_fails_the_conversation(ada: User, item: QueueItem) -> None:
    given = answers(item, policy="fail")
    assert not record_verdict(item, ada, given, at=NOW).passed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tone": {"verdict": "maybe"}}, "answers.tone"),
        ({"tone": {}}, "answers.tone"),
        ({"charm": {"verdict": "pass"}}, "answers.charm"),
    ],
)
def test_a_verdict_that_does_not_fit_changes_nothing(
    ada: User, item: QueueItem, change: dict[str, dict[str, str]], field: str
) -> None:
    with pytest.raises(InvalidVerdict) as caught:
        record_verdict(item, ada, answers(item) | change, at=NOW)
    assert list(caught.value.faults) == [field]
    assert not Verdict.objects.exists()
    item.refresh_from_db()
    assert item.state == QueueItem.State.CLAIMED


def test_an_unknown_root_cause_and_a_verdict_about_nothing_are_refused(
    ada: User, item: QueueItem
) -> None:
    with pytest.raises(InvalidVerdict, match="root_cause"):
        record_verdict(item, ada, answers(item), at=NOW, root_cause="gremlins")
    with pytest.raises(InvalidVerdict, match="at least one"):
        record_verdict(item, ada, answers(item, "na"), at=NOW)


def test_a_verdict_is_given_once(ada: User, item: QueueItem) -> None:
    record_verdict(item, ada, answers(item), at=NOW)
    with pytest.raises(LeaseLost):
        record_verdict(item, ada, answers(item), at=NOW)
    assert Verdict.objects.count() == 1


def test_a_verdict_becomes_a_case_and_a_proposal_in_one_go(ada: User, item: QueueItem) -> None:
    verdict = record_verdict(
        item, ada, answers(item, grounded="fail"), at=NOW,
        make_case=CASE, make_proposal=PROPOSAL,
    )  # fmt: skip
    assert verdict.case is not None
    assert verdict.proposal is not None
    assert (verdict.case.suite.kind, verdict.case.status) == ("regression", Case.Status.DRAFT)
    assert verdict.case.conversation == item.conversation
    assert verdict.case.proposal == verdict.proposal
    assert (verdict.case.owner, verdict.case.source) == (ada, "verdict of ada")
    assert verdict.case.source_url.endswith(f"/items/{item.pk}/")
    assert (verdict.proposal.source, verdict.proposal.failures) == ("verdict", 1)
    quoted = f"{item.conversation.external_id}-1"
    assert verdict.proposal.evidence == [
        {"conversation": item.conversation_id, "messages": [quoted]}
    ]


def test_a_case_that_cannot_be_made_takes_the_verdict_with_it(ada: User, item: QueueItem) -> None:
    empty = CaseDraft(question="What?", approved=True)
    with pytest.raises(InvalidVerdict, match="make_case"):
        record_verdict(item, ada, answers(item), at=NOW, make_case=empty, make_proposal=PROPOSAL)
    assert not Verdict.objects.exists()
    assert not Proposal.objects.exists()
    item.refresh_from_db()
    assert item.state == QueueItem.State.CLAIMED


def test_undo_puts_the_item_back_on_the_desk_with_its_answers(ada: User, item: QueueItem) -> None:
    verdict = record_verdict(
        item, ada, answers(item, tone="fail"), at=NOW, make_case=CASE, make_proposal=PROPOSAL
    )
    withdraw(verdict, ada, NOW)
    verdict.refresh_from_db()
    assert verdict.withdrawn_at == NOW
    item.refresh_from_db()
    assert (item.state, item.claimed_by) == ("claimed", ada)
    assert Draft.objects.get(item=item).data["verdict-tone"] == "fail"
    assert Case.objects.get().status == Case.Status.RETIRED
    assert Proposal.objects.get().status == Proposal.Status.DECLINED
    again = record_verdict(item, ada, answers(item), at=NOW)
    assert again != verdict
    assert Verdict.objects.filter(withdrawn_at=None).get() == again


def test_undo_leaves_a_case_alone_that_somebody_approved(ada: User, item: QueueItem) -> None:
    verdict = record_verdict(item, ada, answers(item), at=NOW, make_case=CASE)
    assert verdict.case is not None
    verdict.case.approve()
    withdraw(verdict, verdict.reviewer, NOW)
    assert Case.objects.get().status == Case.Status.APPROVED


def test_undo_is_for_the_reviewer_or_a_manager_and_once(ada: User, item: QueueItem) -> None:
    agent = item.queue.agent
    other, boss = make_reviewer(agent, "ben"), make_reviewer(agent, "boss", Role.MANAGER)
    verdict = record_verdict(item, ada, answers(item), at=NOW)
    with pytest.raises(NotYours):
        withdraw(verdict, other, NOW)
    withdraw(verdict, boss, NOW)
    item.refresh_from_db()
    assert item.claimed_by == verdict.reviewer
    with pytest.raises(LeaseLost):
        withdraw(verdict, boss, NOW)


def test_a_verdict_clears_the_draft(ada: User, item: QueueItem) -> None:
    Draft.objects.create(item=item, reviewer=ada, data={"note": "x"}, saved_at=NOW)
    record_verdict(item, ada, answers(item), at=NOW)
    assert Draft.objects.get().data == {}


def test_two_people_give_two_verdicts_on_a_double() -> None:
    agent = make_agent(queue_capacity=2, double_review_share=1.0)
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5])
    one, two = make_verdict(agent, ada), make_verdict(agent, ben, tone="fail")
    assert one.conversation == two.conversation
    assert list(QueueItem.objects.values_list("slot", "state")) == [(1, "done"), (2, "done")]
    assert CriterionVerdict.objects.filter(criterion__key="tone").count() == 2
    assert claim_next(agent, ada, NOW) is None
