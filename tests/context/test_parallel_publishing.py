"""However many publish, roll back and roll out at once, exactly one release is live, one rollout
open at most, and every step that was done is on record.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q

from accounts.models import AuditEntry
from context.editing.drafts import create_draft
from context.models import Agent, Publication, Release, Rollout
from context.refusals import NoRollout, Refused
from context.releases.content import Content
from context.releases.lifecycle import rollback
from context.rollouts.starting import promote, start_rollout
from tests.make import NOW, make_agent, make_candidate, make_content, make_live_release

PARALLEL = 20
TRAIL = (
    *("release.published", "release.rolled_back", "rollout.started", "rollout.stopped"),
    *("rollout.raised", "rollout.promoted", "rollout.replaced"),
)
REFUSALS = {
    *("WrongStatus", "NoEarlierRelease", "RolloutOpen", "NoRollout", "ShareNotRaised"),
}
Step = Callable[[], object]


def in_parallel(steps: list[Step]) -> list[str]:
    """Run the steps at once, each on its own connection: "done", or the name of the refusal."""
    barrier = Barrier(len(steps))

    def run(step: Step) -> str:
        barrier.wait()
        try:
            step()
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))


def publish(pk: int) -> None:
    """Publish as a request does: load the release, then publish it."""
    Release.objects.get(pk=pk).publish(NOW)


def open_publications(agent: Agent) -> list[int]:
    """The numbers of the releases whose publication has not ended."""
    running = Publication.objects.filter(release__agent=agent, ended_at=None)
    return list(running.values_list("release__number", flat=True))


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_publishes_leave_one_live_release() -> None:
    agent = make_agent(required_checks="")
    for number in range(PARALLEL):
        create_draft(agent, make_content(prompt=f"Prompt {number}"), at=NOW)[0].submit(NOW)
    keys = list(agent.releases.values_list("pk", flat=True))
    outcomes = in_parallel([partial(publish, pk) for pk in keys])
    assert outcomes == ["done"] * PARALLEL
    statuses = agent.releases.aggregate(
        live=Count("pk", filter=Q(status="live")), retired=Count("pk", filter=Q(status="retired"))
    )
    assert statuses == {"live": 1, "retired": PARALLEL - 1}
    live = agent.live_release()
    assert live is not None
    assert open_publications(agent) == [live.number]
    assert AuditEntry.objects.filter(action="release.published").count() == PARALLEL


@pytest.mark.django_db(transaction=True)
def test_one_release_published_twenty_times_at_once_is_published_once() -> None:
    agent = make_agent(required_checks="")
    candidate, _ = create_draft(agent, make_content(), at=NOW)
    candidate.submit(NOW)
    outcomes = in_parallel([partial(publish, candidate.pk)] * PARALLEL)
    assert sorted(outcomes) == ["WrongStatus"] * (PARALLEL - 1) + ["done"]
    assert open_publications(agent) == [1]


@pytest.mark.django_db(transaction=True)
def test_publishes_and_rollbacks_at_once_leave_one_live_release() -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent, make_content(prompt="The first"))
    keys = []
    for number in range(PARALLEL // 2):
        release, _ = create_draft(agent, make_content(prompt=f"Prompt {number}"), at=NOW)
        release.submit(NOW)
        keys.append(release.pk)
    steps: list[Step] = [partial(publish, pk) for pk in keys]
    steps += [lambda: rollback(Agent.objects.get(pk=agent.pk), NOW)] * (PARALLEL // 2)
    outcomes = in_parallel(steps)
    assert outcomes[: PARALLEL // 2] == ["done"] * (PARALLEL // 2)
    assert set(outcomes) <= {"done", "NoEarlierRelease"}
    assert agent.releases.filter(status="live").count() == 1
    assert len(open_publications(agent)) == 1
    publications = Publication.objects.filter(release__agent=agent).count()
    assert publications == 1 + outcomes.count("done")


def restart(pk: int) -> None:
    """Start a rollout as a request does."""
    start_rollout(Release.objects.get(pk=pk), 20, 7, NOW, None)


def stop_any(agent: int) -> None:
    """Stop the agent's rollout, if one is open."""
    rollout = Rollout.objects.open().filter(agent=agent).select_related("release").first()
    if rollout is None:
        raise NoRollout("the agent")
    rollout.stop(NOW, None)


def raise_any(agent: int) -> None:
    """Raise the share of the agent's rollout, if one is open."""
    rollout = Rollout.objects.open().filter(agent=agent).select_related("release").first()
    if rollout is None:
        raise NoRollout("the agent")
    rollout.raise_share(50, NOW, None)


def promote_any(pk: int) -> None:
    """Promote a release as a request does."""
    promote(Release.objects.get(pk=pk), NOW, None)


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_starts_leave_one_rollout() -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    keys = [make_candidate(agent, make_content(prompt=f"P {n}")).pk for n in range(PARALLEL)]
    outcomes = in_parallel([partial(restart, pk) for pk in keys])
    assert sorted(outcomes) == ["RolloutOpen"] * (PARALLEL - 1) + ["done"]
    assert agent.rollouts.open().count() == 1
    assert AuditEntry.objects.filter(action="rollout.started").count() == 1
    assert AuditEntry.objects.filter(action="release.approved").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("repeat", range(3))
def test_all_steps_at_once_leave_one_live_release_and_a_complete_trail(repeat: int) -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent, make_content(prompt="The first"))
    make_live_release(agent, make_content(prompt="The second"))
    keys = [make_candidate(agent, make_content(prompt=f"P {n}")).pk for n in range(10)]
    restart(keys[0])
    before = {name: trail(name) for name in TRAIL}
    steps: list[tuple[str, Step]] = [
        *(("release.published", partial(publish, pk)) for pk in keys[5:]),
        *(("release.rolled_back", roll_back_of(agent)) for _ in range(4)),
        *(("rollout.started", partial(restart, pk)) for pk in keys[:5]),
        *(("rollout.stopped", partial(stop_any, agent.pk)) for _ in range(3)),
        *(("rollout.raised", partial(raise_any, agent.pk)) for _ in range(1)),
        *(("rollout.promoted", partial(promote_any, pk)) for pk in keys[:2]),
    ]
    assert len(steps) == PARALLEL
    outcomes = in_parallel([step for _, step in steps])
    assert set(outcomes) <= {"done", *REFUSALS}, outcomes
    done = Counter(
        name for (name, _), outcome in zip(steps, outcomes, strict=True) if outcome == "done"
    )
    written = {name: trail(name) - before[name] for name in TRAIL}
    done["release.published"] += done["rollout.promoted"]  # a promotion publishes
    for name in ("release.published", "release.rolled_back", "rollout.started", "rollout.stopped"):
        assert written[name] == done[name], name
    assert written["rollout.raised"] == done["rollout.raised"]
    assert agent.releases.filter(status="live").count() == 1
    live = agent.live_release()
    assert live is not None
    assert open_publications(agent) == [live.number]
    open_now = agent.rollouts.open().count()
    assert open_now <= 1
    ended = written["rollout.promoted"] + written["rollout.replaced"] + written["rollout.stopped"]
    began = 1 + written["rollout.started"]
    assert began - ended == open_now  # a raise ends one and begins one
    for rollout in agent.rollouts.exclude(status__in=["running", "paused"]):
        assert rollout.ended_at is not None


def roll_back_of(agent: Agent) -> Step:
    """Roll back as a request does."""
    return lambda: rollback(Agent.objects.get(pk=agent.pk), NOW)


def trail(action: str) -> int:
    """How many entries of an action are on record."""
    return AuditEntry.objects.filter(action=action).count()


@pytest.mark.django_db(transaction=True)
def test_the_same_push_twenty_times_at_once_is_one_release() -> None:
    agent = make_agent()
    content = Content("The same", {}, ())
    in_parallel([lambda: create_draft(Agent.objects.get(pk=agent.pk), content, at=NOW)] * PARALLEL)
    assert agent.releases.count() == 1


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_live_release() -> None:
    agent = make_agent(required_checks="")
    make_live_release(agent)
    draft, _ = create_draft(agent, make_content(prompt="Other"), at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=draft.pk).update(status="live")
