"""Writing what a discovery found: clusters, their counts of the week, their central questions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from testing.models import ClusterMember, ClusterWeek, Discovery, QuestionCluster
from testing.models.questions import LONGEST_NAME
from testing.questions.asked import Question
from testing.questions.ranking import rank_of

SHOWN_AGAIN_FACTOR = 2
MOST_MEMBERS = 50
MOST_EXAMPLES = 3

Status = QuestionCluster.Status


@dataclass
class Found:
    """Questions of the week that belong together, most central first; of which known cluster."""

    members: list[Question]
    cluster: QuestionCluster | None = None
    name: str = ""

    @property
    def volume(self) -> int:
        """How many conversations asked it."""
        return len(self.members)

    @property
    def failures(self) -> int:
        """How many of them the AI did not resolve."""
        return sum(question.failed for question in self.members)

    @property
    def handovers(self) -> int:
        """In how many of them a person had to step in."""
        return sum(question.handed_over for question in self.members)

    @property
    def rank(self) -> float:
        """What it costs that nobody tests it."""
        return rank_of(self.volume, self.failures, self.handovers)

    @property
    def is_covered(self) -> bool:
        """Whether cases made of the known cluster ask it already."""
        return self.cluster is not None and status_of(self.cluster, self.volume) == Status.ADDED


def status_of(cluster: QuestionCluster, volume: int) -> str:
    """What becomes of a known cluster that was asked `volume` times: dismissed it stays away until
    it has doubled, with cases it needs no decision; anything else is open again.
    """
    match cluster.status:
        case Status.DISMISSED if volume < SHOWN_AGAIN_FACTOR * (cluster.decided_volume or 1):
            return Status.DISMISSED
        case Status.ADDED if vars(cluster)["has_cases"]:
            return Status.ADDED
    return Status.OPEN


def write_clusters(row: Discovery, found: Sequence[Found], at: datetime) -> None:
    """Write clusters with their counts and questions of the week. Call it in a transaction."""
    made = QuestionCluster.objects.bulk_create(
        [_new(row, one, at) for one in found if one.cluster is None], batch_size=500
    )
    for one in found:
        one.cluster = one.cluster or made.pop(0)
    ClusterWeek.objects.bulk_create([_counts(row, one) for one in found], batch_size=500)
    asked = [one.cluster for one in found]
    ClusterMember.objects.filter(cluster__in=asked, week=row.week).delete()
    ClusterMember.objects.bulk_create(
        [member for one in found for member in _members(row.week, one)],
        update_conflicts=True,
        unique_fields=["conversation"],
        update_fields=["cluster", "week", "text", "place", "example"],
        batch_size=500,
    )


def update_known(
    row: Discovery, found: Iterable[Found], known: Sequence[QuestionCluster], covered: set[int]
) -> None:
    """Bring the status and counts of clusters up to date that stood before this discovery.

    `covered`: keys of those whose questions cases ask by now. A status changes by a conditional
    UPDATE: a decision that a person takes meanwhile stays.
    """
    asked = {one.cluster.pk: one for one in found if one.cluster is not None}
    for cluster in known:
        here = asked.get(cluster.pk)
        if here is not None:
            status = status_of(cluster, here.volume)
        else:
            is_closed = cluster.status == Status.OPEN and cluster.pk in covered
            status = Status.COVERED if is_closed else cluster.status
        if status != cluster.status:
            rows = QuestionCluster.objects.filter(pk=cluster.pk, status=cluster.status)
            rows.update(status=status)
        if here is not None or cluster.week == row.week:
            cluster.count_again()


def _new(row: Discovery, found: Found, at: datetime) -> QuestionCluster:
    return QuestionCluster(
        agent=row.agent,
        week=row.week,
        name=(found.name or found.members[0].text)[:LONGEST_NAME],
        topic=_usual(question.topic for question in found.members)[:100],
        volume=found.volume,
        failures=found.failures,
        handovers=found.handovers,
        rank=found.rank,
        created_at=at,
    )


def _counts(row: Discovery, found: Found) -> ClusterWeek:
    return ClusterWeek(
        cluster=found.cluster,
        discovery=row,
        week=row.week,
        volume=found.volume,
        failures=found.failures,
        handovers=found.handovers,
    )


def _members(week: date, found: Found) -> list[ClusterMember]:
    """The most central questions, and the examples wherever they stand."""
    examples = _examples(found.members)
    return [
        ClusterMember(
            cluster=found.cluster,
            conversation_id=question.conversation_id,
            week=week,
            text=question.text,
            place=place,
            example=place in examples,
        )
        for place, question in enumerate(found.members)
        if place < MOST_MEMBERS or place in examples
    ]


def _examples(members: Sequence[Question]) -> set[int]:
    """Places of the most useful conversations: asked in other words than the ones before, answered
    by people (their replies become the expected facts), central.
    """
    first = {question.text: place for place, question in reversed(list(enumerate(members)))}
    order = sorted(
        range(len(members)),
        key=lambda place: (
            first[members[place].text] != place,
            not members[place].answered_by_person,
            place,
        ),
    )
    return set(order[:MOST_EXAMPLES])


def _usual(topics: Iterable[str]) -> str:
    """The most frequent topic, the first in the alphabet among equals."""
    counts = Counter(topic for topic in topics if topic)
    return min(counts, key=lambda topic: (-counts[topic], topic), default="")
