"""How far the judge may be trusted: a slot that whoever measures it fills, and the gate reads."""

from typing import ClassVar

from django.db import models

from context.models.agents import Agent


class JudgeStanding(models.Model):
    """What was known of an agent's judge at a moment, and what follows. Never edited: the newest
    row holds, the older ones are the record.
    """

    class State(models.TextChoices):
        UNMEASURED = "unmeasured", "not measured yet"
        TRUSTED = "trusted"
        SUSPENDED = "suspended"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="judge_standings")
    judge = models.PositiveIntegerField(help_text="The number of its version.")
    model = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices)
    since = models.DateTimeField(help_text="From when on it has been in this state.")
    reason = models.CharField(max_length=300)
    labels = models.PositiveIntegerField(help_text="Verdicts of people that measure this version.")
    least_labels = models.PositiveIntegerField()
    sensitivity = models.FloatField(null=True, help_text="Share of the failures that it finds.")
    sensitivity_low = models.FloatField(null=True)
    sensitivity_high = models.FloatField(null=True)
    least_sensitivity = models.FloatField()
    specificity = models.FloatField(null=True, help_text="Share of the passes that it lets pass.")
    specificity_low = models.FloatField(null=True)
    specificity_high = models.FloatField(null=True)
    least_specificity = models.FloatField()
    measured_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["agent", "-id"], name="newest_judge_standing")]

    def __str__(self) -> str:
        return f"judge version {self.judge}: {self.get_state_display()}"

    @property
    def is_suspended(self) -> bool:
        """Whether its opinion gates nothing for now."""
        return self.state == self.State.SUSPENDED

    @property
    def is_unmeasured(self) -> bool:
        """Whether too little is known to trust it or not."""
        return self.state == self.State.UNMEASURED

    @property
    def sentence(self) -> str:
        """The state with its reason, in words."""
        begun = f"{self.agent.local_date(self.since):%d %B %Y}".lstrip("0")
        match self.state:
            case self.State.SUSPENDED:
                return f"The judge is suspended since {begun}: {self.reason}."
            case self.State.UNMEASURED:
                return f"The judge has not been measured yet: {self.reason}."
        return f"The judge is trusted: {self.reason}."
