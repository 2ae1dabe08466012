"""A release answers a share of the customers beside the live one, and stops when it should."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from context.models import Agent, Arm, Release, ReleaseStatus, Rollout
from context.refusals import (
    ChecksMissing,
    NoRollout,
    NothingLive,
    RolloutOpen,
    ShareNotRaised,
    WrongStatus,
)
from context.releases.lifecycle import rollback
from context.rollouts.assignment import bucket_of, is_reached
from context.rollouts.starting import open_rollout, serving, start_rollout
from tests.make import (
    NOW,
    make_agent,
    make_candidate,
    make_content,
    make_live_release,
    make_rollout,
)

SALT = "0123456789abcdef0123456789abcdef"
DAY = timedelta(days=1)
CUSTOMERS = [f"customer-{number}" for number in range(2_000)]


def trail() -> list[str]:
    """The actions on record for rollouts, oldest first."""
    found = AuditEntry.objects.filter(action__startswith="rollout.").order_by("id")
    return list(found.values_list("action", flat=True))


@pytest.mark.parametrize(
    ("salt", "customer", "bucket"),
    [
        (SALT, "c-1", 5606),
        (SALT, "c-2", 1736),
        (SALT, "ada@example.com", 7377),
        (SALT, "Zoë 42", 3520),
        ("feedfacefeedfacefeedfacefeedface", "c-1", 7466),
    ],
)
def test_buckets_are_those_that_the_documentation_gives(
    salt: str, customer: str, bucket: int
) -> None:
    assert bucket_of(salt, customer) == bucket


def test_a_share_of_the_customers_is_reached_and_a_larger_one_only_adds() -> None:
    reached = {
        share: {c for c in CUSTOMERS if is_reached(SALT, share, c)} for share in (10, 20, 50)
    }
    assert reached[10] < reached[20] < reached[50]
    for share, customers in reached.items():
        assert abs(len(customers) / len(CUSTOMERS) - share / 100) < 0.03
    other = {c for c in CUSTOMERS if is_reached("f" * 32, 50, c)}
    assert 0.2 < len(other & reached[50]) / len(CUSTOMERS) < 0.3  # half of half: independent


@pytest.mark.django_db
def test_the_new_release_answers_its_customers_and_the_live_one_all_others() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    assert rollout.release.status == ReleaseStatus.APPROVED
    assert rollout.ends_at == NOW + 7 * DAY
    sides = {customer: serving(agent, customer) for customer in CUSTOMERS[:40]}
    for customer, found in sides.items():
        assert found is not None
        new = is_reached(rollout.salt, 50, customer)
        assert (found.arm == Arm.NEW) == new
        assert found.release == (rollout.release if new else rollout.baseline)
    unnamed = serving(agent)
    assert unnamed is not None
    assert (unnamed.release, unnamed.arm, unnamed.rollout) == (rollout.baseline, None, rollout)
    assert agent.releases.filter(status="live").get() == rollout.baseline


@pytest.mark.django_db
def test_it_needs_its_checks_a_live_release_and_no_other_rollout() -> None:
    agent = make_agent()
    candidate = make_candidate(agent, make_content(prompt="New"))
    with pytest.raises(ChecksMissing):
        start_rollout(candidate, 20, 7, NOW, None)
    agent.required_checks = ""
    agent.save(update_fields=["required_checks"])
    with pytest.raises(NothingLive):
        start_rollout(candidate, 20, 7, NOW, None)
    assert Release.objects.get(pk=candidate.pk).status == "candidate"
    make_rollout(agent)
    with pytest.raises(RolloutOpen, match="release 3 is still open"):
        start_rollout(candidate, 20, 7, NOW, None)
    live = agent.live_release()
    assert live is not None
    with pytest.raises(WrongStatus, match="cannot be rolled out: it is live"):
        start_rollout(live, 20, 7, NOW, None)


@pytest.mark.django_db
@pytest.mark.parametrize(("share", "days"), [(5, 7), (60, 7), (20, 10)])
def test_the_database_refuses_another_share_or_number_of_days(share: int, days: int) -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    candidate = make_candidate(agent, make_content(prompt="New"))
    with pytest.raises(IntegrityError), transaction.atomic():
        start_rollout(candidate, share, days, NOW, None)


@pytest.mark.django_db
def test_a_pause_gives_everybody_the_live_release_and_moves_the_end() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    rollout.pause(NOW + DAY, None, "a sale")
    found = serving(agent, CUSTOMERS[0])
    assert found is not None
    assert (found.release, found.rollout) == (rollout.baseline, None)
    assert rollout.done_share(NOW + 5 * DAY) == pytest.approx(1 / 7)
    rollout.resume(NOW + 3 * DAY, None)
    assert rollout.ends_at == NOW + 9 * DAY
    assert rollout.done_share(NOW + 4 * DAY) == pytest.approx(2 / 7)
    counted = [rollout.counts_at(NOW + n * DAY) for n in (-1, 0, 1, 2, 3, 8, 9)]
    assert counted == [False, True, False, False, True, True, False]
    with pytest.raises(WrongStatus, match="cannot be resumed: it is running"):
        rollout.resume(NOW + 4 * DAY, None)
    assert trail() == ["rollout.started", "rollout.paused", "rollout.resumed"]


@pytest.mark.django_db
def test_stopping_gives_all_customers_back_and_keeps_the_release_approved() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    rollout.stop(NOW + DAY, None, "no need")
    rollout.release.refresh_from_db()
    assert rollout.release.status == "approved"
    found = serving(agent, CUSTOMERS[0])
    assert found is not None
    assert (found.release, found.rollout) == (rollout.baseline, None)
    assert not rollout.counts_at(NOW + 2 * DAY)
    with pytest.raises(WrongStatus, match="cannot be stopped: it is stopped"):
        rollout.stop(NOW + 2 * DAY, None)
    with pytest.raises(NoRollout):
        open_rollout(rollout.release)
    again = start_rollout(rollout.release, 20, 14, NOW + 3 * DAY, None)
    assert again.salt != rollout.salt


@pytest.mark.django_db
def test_a_larger_share_is_a_new_rollout_in_which_nobody_is_taken_back() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=10)
    with pytest.raises(ShareNotRaised, match="above 10 %, up to 50 %"):
        rollout.raise_share(10, NOW + DAY, None)
    larger = rollout.raise_share(50, NOW + DAY, None, "it goes well")
    assert (rollout.status, rollout.ended_at) == ("raised", NOW + DAY)
    assert (larger.previous, larger.status, larger.ends_at) == (rollout, "running", NOW + 8 * DAY)
    before = {c for c in CUSTOMERS if rollout.arm_of(c) == Arm.NEW}
    assert before < {c for c in CUSTOMERS if larger.arm_of(c) == Arm.NEW}
    assert trail() == ["rollout.started", "rollout.raised"]


@pytest.mark.django_db
def test_publishing_it_promotes_it_and_publishing_another_or_a_rollback_replaces_it() -> None:
    agent = make_agent(required_checks="")
    promoted = make_rollout(agent)
    promoted.release.publish(NOW + DAY)
    promoted.refresh_from_db()
    assert (promoted.status, promoted.ended_at) == ("promoted", NOW + DAY)
    replaced = make_rollout(agent, prompt="Another")
    make_candidate(agent, make_content(prompt="A third")).publish(NOW + 2 * DAY)
    replaced.refresh_from_db()
    assert (replaced.status, replaced.end_reason) == ("replaced", "release 4 went live.")
    rolled_back = make_rollout(agent, prompt="A fourth")
    rollback(agent, NOW + 3 * DAY)
    rolled_back.refresh_from_db()
    assert (rolled_back.status, rolled_back.end_reason) == ("replaced", "release 2 went live.")
    steps = ["started", "promoted", "started", "replaced", "started", "replaced"]
    assert trail() == [f"rollout.{step}" for step in steps]


@pytest.mark.django_db
def test_rejecting_the_release_stops_its_rollout() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent)
    rollout.release.reject(NOW + DAY, None, "it is rude")
    rollout.refresh_from_db()
    assert rollout.status == "stopped"
    assert rollout.end_reason == "release 2 was rejected: it is rude"


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_open_rollout() -> None:
    agent = make_agent(required_checks="")
    make_rollout(agent)
    other = copy_of_the_rollout(agent)
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()


def copy_of_the_rollout(agent: Agent) -> Rollout:
    """A second rollout, written past the steps."""
    first = agent.rollouts.get()
    first.pk = None
    first._state.adding = True
    return first
