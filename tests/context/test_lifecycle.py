"""A release goes draft → candidate → approved → live → retired, and nowhere else."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from context.editing.discarding import bring_back, discard
from context.editing.drafts import create_draft
from context.models import Agent, Publication, Release, ReleaseStatus
from context.refusals import ChecksMissing, NoEarlierRelease, OverrideRefused, WrongStatus
from context.releases.checks import latest_checks, record_check
from context.releases.lifecycle import rollback
from tests.make import (
    NOW,
    make_agent,
    make_content,
    make_live_release,
    make_member,
    make_workspace,
)

pytestmark = pytest.mark.django_db
STEPS = {
    "submit": lambda release: release.submit(NOW),
    "approve": lambda release: release.approve(NOW, None),
    "reject": lambda release: release.reject(NOW, None, "no"),
    "publish": lambda release: release.publish(NOW),
    "republish": lambda release: release.republish(NOW, None),
    "discard": lambda release: discard(release, NOW),
    "bring back": lambda release: bring_back(release, NOW),
}
ALLOWED = {
    "draft": {"submit": "candidate", "discard": "discarded"},
    "discarded": {"bring back": "draft"},
    "candidate": {"approve": "approved", "reject": "rejected", "publish": "live"},
    "approved": {"reject": "rejected", "publish": "live"},
    "rejected": {"submit": "candidate"},
    "live": {},
    "retired": {"republish": "live"},
}


def make_candidate(agent: Agent, prompt: str = "New prompt") -> Release:
    """A submitted release."""
    release, _ = create_draft(agent, make_content(prompt=prompt), at=NOW)
    release.submit(NOW)
    return release


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", ReleaseStatus.values)
def test_each_step_is_possible_from_its_own_statuses_only(status: str, step: str) -> None:
    agent = make_agent(required_checks="")
    release, _ = create_draft(agent, make_content(), at=NOW)
    Release.objects.filter(pk=release.pk).update(status=status)
    target = ALLOWED[status].get(step)
    if target is None:
        with pytest.raises(WrongStatus):
            STEPS[step](release)
    else:
        STEPS[step](release)
    release.refresh_from_db()
    assert release.status == (target or status)


def test_a_refused_step_names_the_status_and_leaves_no_trace() -> None:
    draft, _ = create_draft(make_agent(), make_content(), at=NOW)
    entries = AuditEntry.objects.count()
    with pytest.raises(WrongStatus) as refusal:
        draft.publish(NOW)
    sentence = "Release 1 cannot be published: it is draft, not approved or candidate."
    assert str(refusal.value) == sentence
    assert AuditEntry.objects.count() == entries
    assert not Publication.objects.exists()


def test_publishing_retires_the_live_release_and_begins_a_publication() -> None:
    agent = make_agent(required_checks="")
    ada = make_member(agent.workspace)
    old = make_live_release(agent)
    new = make_candidate(agent)
    later = NOW + timedelta(days=3)
    new.publish(later, ada)
    old.refresh_from_db()
    assert (old.status, old.retired_at) == ("retired", later)
    assert agent.live_release() == new
    assert (new.published_by, new.published_at, new.decided_by) == (ada, later, ada)
    periods = [(row.release, row.started_at, row.ended_at) for row in Publication.objects.all()]
    assert periods == [(old, NOW, later), (new, later, None)]


def test_nothing_is_published_without_its_required_checks() -> None:
    agent = make_agent(required_checks="regression context")
    candidate = make_candidate(agent)
    record_check(candidate, "regression", "failed", "2 cases lost", at=NOW)
    with pytest.raises(ChecksMissing) as refusal:
        candidate.publish(NOW)
    expected = {"regression": "failed: 2 cases lost", "context": "not run"}
    assert refusal.value.missing == expected
    assert "regression (failed: 2 cases lost), context (not run)" in str(refusal.value)
    assert agent.live_release() is None


def test_the_newest_check_of_a_name_counts() -> None:
    agent = make_agent(required_checks="regression")
    candidate = make_candidate(agent)
    record_check(candidate, "regression", "failed", "2 cases lost", at=NOW)
    record_check(candidate, "regression", "passed", "60 of 60", at=NOW, numbers={"cases": 60})
    assert latest_checks(candidate)["regression"].numbers == {"cases": 60}
    candidate.publish(NOW)
    assert agent.live_release() == candidate


@pytest.mark.parametrize("status", ["pending", "undecided", "failed"])
def test_a_check_that_did_not_pass_is_missing(status: str) -> None:
    candidate = make_candidate(make_agent(required_checks="regression"))
    record_check(candidate, "regression", status, "", at=NOW)
    assert candidate.missing_checks() == {"regression": status}


def test_a_draft_takes_no_checks_as_its_content_may_still_change() -> None:
    draft, _ = create_draft(make_agent(), make_content(), at=NOW)
    with pytest.raises(WrongStatus):
        record_check(draft, "regression", "passed", "60 of 60", at=NOW)


def test_an_admin_may_publish_without_checks_with_a_reason_on_record() -> None:
    agent = make_agent(required_checks="regression")
    ada = make_member(agent.workspace, role="admin")
    candidate = make_candidate(agent)
    candidate.publish(NOW, ada, override_reason="Wrong price is live")
    entry = AuditEntry.objects.get(action="release.published")
    assert entry.user == ada
    assert entry.detail == "without regression: Wrong price is live"
    assert candidate.publications.get().reason == entry.detail


@pytest.mark.parametrize("role", ["viewer", "reviewer", "manager", None])
def test_nobody_else_may_publish_without_checks(role: str | None) -> None:
    agent = make_agent(required_checks="regression")
    user = make_member(agent.workspace, role=role) if role else None
    candidate = make_candidate(agent)
    with pytest.raises(OverrideRefused):
        candidate.publish(NOW, user, override_reason="I know better")
    assert agent.live_release() is None


def test_an_admin_of_another_workspace_may_not_override() -> None:
    agent = make_agent(required_checks="regression")
    stranger = make_member(make_workspace("elsewhere"), "eve", role="admin")
    candidate = make_candidate(agent)
    with pytest.raises(OverrideRefused):
        candidate.publish(NOW, stranger, override_reason="I know better")


def test_a_rollback_makes_the_release_before_live_again() -> None:
    agent = make_agent(required_checks="")
    ada = make_member(agent.workspace)
    first = make_live_release(agent)
    second = make_candidate(agent)
    second.publish(NOW, ada)
    back = rollback(agent, NOW, ada, "CSAT fell")
    assert back == first
    assert agent.live_release() == first
    publication = first.publications.last()
    assert publication is not None
    assert (publication.rollback, publication.reason, publication.by) == (True, "CSAT fell", ada)
    second.refresh_from_db()
    assert second.status == "retired"
    assert AuditEntry.objects.filter(action="release.rolled_back", detail="CSAT fell").exists()


def test_rollbacks_go_further_back_each_time_and_then_refuse() -> None:
    agent = make_agent(required_checks="")
    for prompt in "abc":
        make_candidate(agent, prompt).publish(NOW)
    numbers = [rollback(agent, NOW).number for _ in range(2)]
    assert numbers == [2, 1]
    with pytest.raises(NoEarlierRelease):
        rollback(agent, NOW)


def test_a_rollback_may_name_any_release_that_was_live() -> None:
    agent = make_agent(required_checks="")
    releases = [make_candidate(agent, prompt) for prompt in "abcd"]
    for release in releases[:3]:
        release.publish(NOW)
    assert rollback(agent, NOW, to=releases[0]) == releases[0]
    assert rollback(agent, NOW, to=releases[2]) == releases[2]
    with pytest.raises(WrongStatus):
        rollback(agent, NOW, to=releases[3])


def test_a_release_of_another_agent_is_not_rolled_back_to() -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    other = make_agent(agent.workspace, slug="other", required_checks="")
    foreign = make_live_release(other)
    with pytest.raises(WrongStatus):
        rollback(agent, NOW, to=foreign)


def test_every_step_is_on_record() -> None:
    agent = make_agent(required_checks="")
    release = make_candidate(agent)
    release.approve(NOW, None, "looks right")
    release.publish(NOW)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    expected = ["release.drafted", "release.submitted", "release.approved", "release.published"]
    assert actions == expected
