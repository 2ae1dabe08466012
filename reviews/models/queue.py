"""The human review of one day: the draw, its strata, and the items people claim."""

from datetime import date as Day
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Count

from accounts.models import User
from context.models import Agent, Release
from conversations.models import Conversation
from reviews.models.judging import Review


class Queue(models.Model):
    """The human review of one day: what was drawn, from what, and by which seed."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="queues")
    date = models.DateField(
        help_text="The day people work on it; it holds the day before's reviews."
    )
    capacity = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=64)
    population = models.PositiveIntegerField(help_text="Reviewed conversations it was drawn from.")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "date"], name="one_queue_per_agent_and_day")
        ]

    def __str__(self) -> str:
        return f"queue of {self.date}"

    @property
    def day(self) -> Day:
        """The day on which its conversations ended: the one before."""
        return self.date - timedelta(days=1)

    def counts(self) -> dict[str, int]:
        """Items by state, every state named; `total` counts what a person is to answer."""
        states = dict(self.items.order_by().values_list("state").annotate(rows=Count("pk")))
        counts = {state.value: states.get(state.value, 0) for state in QueueItem.State}
        return counts | {"total": sum(counts.values()) - counts["skipped"]}


class Stratum(models.Model):
    """One stratum of a day's draw. Every reviewed conversation of the day is in exactly one.

    `late` holds conversations of earlier days that were flagged since; it is no part of the
    population and of no estimate.
    """

    FLAGGED = "flagged"
    LATE = "late"

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="strata")
    name = models.CharField(max_length=12, help_text="grade-1 … grade-5, flagged or late")
    size = models.PositiveIntegerField(help_text="N: conversations in it.")
    drawn = models.PositiveIntegerField(help_text="n: how many were drawn.")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["queue", "name"], name="stratum_name_is_unique_in_its_queue"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.drawn} of {self.size}"

    @staticmethod
    def name_of_grade(grade: int) -> str:
        """The stratum of conversations the judge gave this grade."""
        return f"grade-{grade}"

    @property
    def grade(self) -> int | None:
        """The judge's grade of its conversations; None for flagged and late."""
        return int(self.name.removeprefix("grade-")) if self.name.startswith("grade-") else None


class StratumPart(models.Model):
    """The conversations of a stratum that share release, topic, channel and language.

    Counted when the queue was drawn and never again, so that the figure of a segment has the N its
    sample was drawn from. `late` has no parts, and neither have queues drawn before parts were.
    """

    stratum = models.ForeignKey(Stratum, models.CASCADE, related_name="parts")
    release = models.ForeignKey(Release, models.SET_NULL, null=True, related_name="+")
    topic = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField(help_text="N: conversations in it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stratum", "release", "topic", "channel", "language"],
                name="stratum_parts_are_unique",
            ),
            models.UniqueConstraint(
                fields=["stratum", "topic", "channel", "language"],
                condition=models.Q(release=None),
                name="stratum_parts_without_a_release_are_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.size} of {self.stratum.name}"


TO_CLAIM = ("open", "claimed")  # states of items that are still to be decided


class QueueItem(models.Model):
    """One conversation for one person to review, with why it is here and how likely it was
    drawn.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        DONE = "done"
        SKIPPED = "skipped"

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="items")
    stratum = models.ForeignKey(Stratum, models.CASCADE, related_name="items")
    part = models.ForeignKey(
        StratumPart, models.SET_NULL, null=True, blank=True, related_name="items"
    )
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="queue_items")
    review = models.ForeignKey(
        Review, models.CASCADE, related_name="queue_items", help_text="By which it was drawn."
    )
    slot = models.PositiveSmallIntegerField(
        default=1, help_text="2 for the second, blind reviewer."
    )
    is_blind = models.BooleanField(
        default=False,
        help_text="The judge's opinion stays hidden until the person has decided; set at the draw.",
    )
    position = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    inclusion_probability = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    assigned_to = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is to review it; nobody: whoever comes first.",
    )
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    ahead = models.BooleanField(
        default=False, help_text="Claimed as the person's next, while they work on another."
    )
    skip_reason = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "slot"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["queue", "conversation", "slot"], name="queue_slots_are_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="inclusion_probability_is_a_probability",
            ),
            models.UniqueConstraint(
                fields=["queue", "conversation", "claimed_by"],
                condition=models.Q(state__in=["claimed", "done"]),
                name="one_person_never_gets_both_slots",
            ),
            models.UniqueConstraint(
                fields=["queue", "claimed_by"],
                condition=models.Q(state="claimed", ahead=True),
                name="one_item_ahead_per_person_and_queue",
            ),
            models.UniqueConstraint(
                fields=["queue", "conversation", "assigned_to"],
                name="one_person_is_never_assigned_both_slots",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["queue", "state", "position"], name="queue_item_next"),
            # In the order of claims, so that a claim costs the same in a long queue as in a short.
            models.Index(
                fields=["queue", "position", "slot"],
                condition=models.Q(state__in=TO_CLAIM),
                name="queue_items_to_claim",
            ),
            models.Index(
                fields=["queue", "assigned_to", "position", "slot"],
                condition=models.Q(state__in=TO_CLAIM, assigned_to__isnull=False),
                name="queue_items_assigned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation} in {self.queue}"

    @property
    def hides_judge(self) -> bool:
        """Whether it is blind and nobody has decided it yet."""
        return self.is_blind and self.state in (self.State.OPEN, self.State.CLAIMED)

    @property
    def shown_reason(self) -> str:
        """Why it is here. What flagged a blind item may be the judge's opinion, so that is told
        when it is decided.
        """
        if self.hides_judge and self.stratum.grade is None:
            return "flagged; for what, you see when you have decided"
        return self.reason
