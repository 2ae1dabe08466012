"""What was spent on model calls, by scope and day: the ground of the caps."""

from decimal import Decimal

from django.db import models


class Spend(models.Model):
    """Dollars reserved or spent by one scope ("agent:3", "run:17") on one day."""

    scope = models.CharField(max_length=100)
    day = models.DateField()
    usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "scope"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "day"], name="one_spend_per_scope_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.scope} on {self.day}: ${self.usd}"
