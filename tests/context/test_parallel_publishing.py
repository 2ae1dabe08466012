"""However many publish and roll back at once, exactly one release is live."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q

from accounts.models import AuditEntry
from context.content import Content
from context.drafts import create_draft
from context.lifecycle import rollback
from context.models import Agent, Publication, Release
from context.refusals import Refused
from tests.make import NOW, make_agent, make_content, make_live_release

PARALLEL = 20
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
