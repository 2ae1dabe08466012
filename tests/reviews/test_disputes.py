"""A doubted verdict: a blind second opinion, a final decision on record, and what it changes."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry, Member, Role, User
from context.models import Agent, Proposal
from reviews.agreement.pairs import doubles, first_readings
from reviews.desk.verdicts import CaseDraft, NotYours, ProposalDraft, record_verdict, withdraw
from reviews.disputes.decisions import Decision, decide, why_not_decide
from reviews.disputes.opening import (
    DisputeRefused,
    drop_dispute,
    name_reader,
    open_dispute,
    possible_readers,
    put_back,
    read_again,
)
from reviews.judging.planning import current_judge
from reviews.models import Dispute, Opinion, QueueItem, Verdict
from reviews.quality.figure import quality
from reviews.quality.labels import labels
from reviews.team.opinions import NotAsked, submit_opinion
from testing.models import Case
from tests.make import NOW, make_agent
from tests.reviews.material import (
    DAY,
    answers,
    in_parallel,
    make_claim,
    make_queue,
    make_reviewer,
    make_verdict,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def agent(db: None) -> Agent:
    return make_agent()


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent)


@pytest.fixture
def ben(agent: Agent) -> User:
    return make_reviewer(agent, "ben")


@pytest.fixture
def boss(agent: Agent) -> User:
    return make_reviewer(agent, "boss", Role.MANAGER)


@pytest.fixture
def verdict(agent: Agent, ada: User, ben: User, boss: User) -> Verdict:
    """Ada's verdict: passed."""
    make_queue(agent, [5] * 3)
    return make_verdict(agent, ada)


def second_opinion(dispute: Dispute, reader: User, **others: str) -> Opinion:
    opinion = read_again(dispute, reader, LATER)
    assert dispute.verdict.item is not None
    given = answers(dispute.verdict.item, **others)
    return submit_opinion(opinion, given, at=LATER, root_cause="privacy", note="an address")


def answered(verdict: Verdict, opener: User, reader: User, **others: str) -> Dispute:
    dispute = open_dispute(verdict, opener, "An address was told.", LATER)
    second_opinion(dispute, reader, **others)
    dispute.refresh_from_db()
    return dispute


def test_a_dispute_needs_a_reason_and_a_standing_verdict(verdict: Verdict, ben: User) -> None:
    with pytest.raises(DisputeRefused, match="reason"):
        open_dispute(verdict, ben, "  ", LATER)
    withdraw(verdict, verdict.reviewer, LATER)
    with pytest.raises(DisputeRefused, match="not stand"):
        open_dispute(verdict, ben, "wrong", LATER)
    assert not Dispute.objects.exists()


def test_a_verdict_has_one_open_dispute(verdict: Verdict, ada: User, ben: User) -> None:
    first = open_dispute(verdict, ada, "I was too fast.", LATER)
    with pytest.raises(DisputeRefused, match="already"):
        open_dispute(verdict, ben, "wrong", LATER)
    drop_dispute(first, ada, "it was right", LATER)
    open_dispute(verdict, ben, "wrong", LATER)
    assert Dispute.objects.count() == 2


def test_who_judged_or_doubts_does_not_read_again(verdict: Verdict, boss: User) -> None:
    dispute = open_dispute(verdict, boss, "wrong", LATER)
    readers = possible_readers(verdict, boss)
    assert [one.user.username for one in readers] == ["ben"]
    with pytest.raises(DisputeRefused, match="judged"):
        read_again(dispute, verdict.reviewer, LATER)
    with pytest.raises(DisputeRefused, match="opened"):
        name_reader(dispute, boss, boss, LATER)


def test_a_named_reader_alone_is_asked(
    agent: Agent, verdict: Verdict, ben: User, boss: User
) -> None:
    cleo = make_reviewer(agent, "cleo")
    dispute = open_dispute(verdict, boss, "wrong", LATER, cleo)
    dispute.refresh_from_db()
    with pytest.raises(DisputeRefused, match="else"):
        read_again(dispute, ben, LATER)
    with pytest.raises(DisputeRefused, match="manager"):
        name_reader(dispute, ben, ben, LATER)
    name_reader(dispute, ben, boss, LATER)
    assert Opinion.objects.get().reviewer == ben
    put_back(dispute, ben)
    assert not Opinion.objects.exists()
    assert read_again(dispute, cleo, LATER).reviewer == cleo


def test_a_second_opinion_is_given_once(verdict: Verdict, ben: User, boss: User) -> None:
    dispute = open_dispute(verdict, boss, "wrong", LATER)
    opinion = second_opinion(dispute, ben, policy="fail")
    assert opinion.passed is False
    assert opinion.results.get(criterion__key="policy").verdict == "fail"
    dispute.refresh_from_db()
    assert (dispute.status, dispute.second_reader) == ("answered", ben)
    assert verdict.item is not None
    with pytest.raises(NotAsked):
        submit_opinion(opinion, answers(verdict.item), at=LATER)
    assert Verdict.objects.get() == verdict


def test_an_opinion_that_is_dropped_meanwhile_is_not_asked(
    verdict: Verdict, ben: User, boss: User
) -> None:
    dispute = open_dispute(verdict, boss, "wrong", LATER)
    opinion = read_again(dispute, ben, LATER)
    opinion.dispute = Dispute.objects.get(pk=dispute.pk)
    Dispute.objects.filter(pk=dispute.pk).update(second_reader=boss)
    assert verdict.item is not None
    with pytest.raises(NotAsked):
        submit_opinion(opinion, answers(verdict.item), at=LATER)
    assert Opinion.objects.get().submitted_at is None


def test_a_verdict_that_stands_is_not_written_again(
    verdict: Verdict, ada: User, ben: User, boss: User
) -> None:
    dispute = answered(verdict, ada, ben, policy="fail")
    decided = decide(dispute, boss, Decision("first", "It was no address."), LATER)
    assert (decided.status, decided.decided_by, decided.final) == ("decided", boss, None)
    verdict.refresh_from_db()
    assert verdict.withdrawn_at is None
    with pytest.raises(NotYours, match="disputed"):
        withdraw(verdict, ada, LATER)


def test_the_final_decision_takes_the_place_of_the_verdict_in_the_figure(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    make_queue(agent, [5] * 25)
    verdicts = [make_verdict(agent, ada) for _ in range(25)]
    before = quality(agent, DAY, DAY)
    item = verdicts[0].item
    assert item is not None
    probability, stratum = item.inclusion_probability, item.stratum_id
    dispute = answered(verdicts[0], ben, boss, policy="fail")
    reader_is_not_manager = make_reviewer(agent, "mia", Role.MANAGER)
    decide(dispute, reader_is_not_manager, Decision("second", "It was an address."), LATER)
    after = quality(agent, DAY, DAY)
    assert before.estimate == 1.0
    assert after.estimate is not None
    assert after.estimate < 1.0
    assert after.n == before.n == 25
    assert [(one.judged, one.failed) for one in labels(agent, DAY, DAY)] == [(25, 1)]
    item.refresh_from_db()
    assert item.inclusion_probability == probability
    assert (item.stratum_id, item.state) == (stratum, QueueItem.State.DONE)
    final = item.verdicts.get(withdrawn_at=None)
    assert (final.supersedes, final.reviewer, final.passed, final.root_cause) == (
        verdicts[0], reader_is_not_manager, False, "privacy",
    )  # fmt: skip
    assert final.note == "It was an address."
    assert final.results.get(criterion__key="policy").verdict == "fail"


def test_a_final_decision_is_not_undone_and_only_a_manager_disputes_it_again(
    agent: Agent, verdict: Verdict, ben: User, boss: User
) -> None:
    assert verdict.item is not None
    dispute = answered(verdict, verdict.reviewer, ben, policy="fail")
    own = answers(verdict.item, tone="fail")
    final = decide(dispute, boss, Decision("own", "Only the tone.", own), LATER).final
    assert final is not None
    assert final.passed
    with pytest.raises(NotYours):
        withdraw(final, boss, LATER)
    with pytest.raises(DisputeRefused, match="finally"):
        open_dispute(final, ben, "no", LATER)
    again = open_dispute(final, boss, "a slip of mine", LATER)
    assert not possible_readers(final, boss).exists()
    assert why_not_decide(again, boss) == ""


def test_what_the_overturned_verdict_alone_made_goes_with_it(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    make_queue(agent, [5])
    item = make_claim(agent, ada)
    case = CaseDraft(question="How?", expected_facts=["30 days"])
    idea = ProposalDraft(title="Returns", body="Returns take 30 days.")
    verdict = record_verdict(item, ada, answers(item), at=NOW, make_case=case, make_proposal=idea)
    decide(answered(verdict, ben, boss), make_manager(agent), Decision("second", "no"), LATER)
    assert Case.objects.get().status == Case.Status.RETIRED
    assert Proposal.objects.get().status == Proposal.Status.DECLINED


def make_manager(agent: Agent, username: str = "mia") -> User:
    return make_reviewer(agent, username, Role.MANAGER)


def test_a_decision_needs_a_manager_without_a_part_in_it(
    agent: Agent, verdict: Verdict, ben: User, boss: User
) -> None:
    dispute = answered(verdict, boss, ben)
    first = Decision("first", "fine")
    with pytest.raises(DisputeRefused, match="manager"):
        decide(dispute, ben, first, LATER)
    mia = make_manager(agent)
    with pytest.raises(DisputeRefused, match="part in it"):
        decide(dispute, boss, first, LATER)
    Member.objects.filter(user=mia).delete()
    assert decide(dispute, boss, first, LATER).decider_was_involved


def test_a_decision_waits_for_the_second_opinion_and_needs_a_reason(
    verdict: Verdict, ada: User, ben: User, boss: User
) -> None:
    dispute = open_dispute(verdict, ada, "too fast", LATER)
    with pytest.raises(DisputeRefused, match="not in yet"):
        decide(dispute, boss, Decision("first", "fine"), LATER)
    second_opinion(dispute, ben)
    dispute.refresh_from_db()
    with pytest.raises(DisputeRefused, match="reason"):
        decide(dispute, boss, Decision("first", " "), LATER)
    with pytest.raises(DisputeRefused, match="Choose"):
        decide(dispute, boss, Decision("third", "fine"), LATER)


def test_a_disputed_verdict_is_not_taken_back(verdict: Verdict, ada: User, ben: User) -> None:
    dispute = open_dispute(verdict, ben, "wrong", LATER)
    with pytest.raises(NotYours):
        withdraw(verdict, ada, LATER)
    drop_dispute(dispute, ben, "it was right", LATER)
    withdraw(verdict, ada, LATER)


def test_people_agree_by_what_each_first_said_and_the_judge_by_what_was_decided(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    Agent.objects.update(double_review_share=1.0, queue_capacity=2)
    agent.refresh_from_db()
    make_queue(agent, [5])
    first = make_verdict(agent, ada, policy="fail")
    make_verdict(agent, ben)
    cleo, judge = make_reviewer(agent, "cleo"), current_judge(agent, NOW)
    decide(answered(first, ada, cleo), boss, Decision("second", "no address"), LATER)
    assert doubles(agent, DAY, DAY)["policy"] == [("fail", "pass")]
    standing = first_readings(agent, DAY, DAY, judge)
    assert [one.passed for one in standing] == [True]


def test_every_step_is_in_the_audit_trail(
    verdict: Verdict, ada: User, ben: User, boss: User
) -> None:
    decide(answered(verdict, ada, ben), boss, Decision("first", "fine"), LATER)
    steps = AuditEntry.objects.order_by("pk").values_list("action", "user__username", "detail")
    assert list(steps) == [
        ("verdict.disputed", "ada", "An address was told."),
        ("dispute.decided", "boss", "first: fine"),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_at_once_one_decides(
    agent: Agent, verdict: Verdict, ada: User, ben: User, boss: User
) -> None:
    dispute, mia = answered(verdict, ada, ben, policy="fail"), make_manager(agent)
    found = Dispute.objects.select_related("verdict__scorecard__agent__workspace", "verdict__item")

    def decided_by(number: int) -> str:
        choice = Decision("second", "second") if number else Decision("first", "first")
        try:
            return decide(found.get(pk=dispute.pk), (boss, mia)[number], choice, LATER).outcome
        except DisputeRefused:
            return "refused"

    outcomes = sorted(in_parallel(2, decided_by))
    assert outcomes[1] == "refused" or outcomes[0] == "refused"
    dispute.refresh_from_db()
    assert dispute.outcome in outcomes
    assert Verdict.objects.filter(withdrawn_at=None, item=verdict.item).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_reads_again(
    agent: Agent, verdict: Verdict, ada: User, ben: User
) -> None:
    cleo = make_reviewer(agent, "cleo")
    dispute = open_dispute(verdict, ada, "too fast", LATER)

    def begun(number: int) -> bool:
        found = Dispute.objects.get(pk=dispute.pk)
        try:
            return bool(read_again(found, (ben, cleo)[number], LATER))
        except DisputeRefused:
            return False

    assert sorted(in_parallel(2, begun)) == [False, True]
    assert Opinion.objects.count() == 1
