"""Caps on spending: money is reserved before a call and settled after it, by scope and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import F

from llm.calls import BudgetExhausted, Call
from llm.models import Spend
from llm.prices import estimate

# SQLite adds in floating point; half a micro-dollar keeps a cap reachable to the last digit.
_ROUNDING = Decimal("0.0000005")


@dataclass(frozen=True)
class Budget:
    """A cap in dollars for what `scope` spends on `day`; a run's own cap has a scope of its own."""

    scope: str
    day: date
    cap: Decimal


def installation_budget(moment: datetime) -> Budget:
    """The cap of DAILY_BUDGET_USD on everything that is spent on a UTC day, by whichever agent."""
    cap = Decimal(str(settings.DAILY_BUDGET_USD))
    return Budget("installation", moment.astimezone(UTC).date(), cap)


def reserve(scope: str, day: date, usd: Decimal, cap: Decimal, calls: int = 1) -> None:
    """Reserve `usd` for `calls` calls, or raise BudgetExhausted when the cap leaves no room.

    One conditional UPDATE, so that no two workers can both take the last of it.
    """
    room = Spend.objects.filter(scope=scope, day=day, usd__lte=cap - usd + _ROUNDING)
    more = {"usd": F("usd") + usd, "calls": F("calls") + calls}
    if usd <= cap and room.update(**more):
        return
    Spend.objects.get_or_create(scope=scope, day=day)
    if usd > cap or not room.update(**more):
        raise _exhausted(Budget(scope, day, cap), spent(scope, day), usd)


def _exhausted(budget: Budget, used: Decimal, usd: Decimal) -> BudgetExhausted:
    """Say which cap leaves no room."""
    return BudgetExhausted(
        f"the cap of ${budget.cap:.2f} for {budget.scope} on {budget.day} leaves no room: "
        f"${used:.4f} spent or reserved, ${usd:.4f} needed"
    )


def settle(scope: str, day: date, reserved: Decimal, actual: Decimal) -> None:
    """Replace what was reserved by what was spent."""
    if reserved != actual:
        Spend.objects.filter(scope=scope, day=day).update(usd=F("usd") + (actual - reserved))


def spent(scope: str, day: date) -> Decimal:
    """Return the dollars spent or reserved by `scope` on `day`."""
    found = Spend.objects.filter(scope=scope, day=day).values_list("usd", flat=True).first()
    return found or Decimal(0)


def reserve_calls(budgets: Sequence[Budget], calls: Sequence[Call]) -> Decimal:
    """Reserve the estimate of `calls` in every budget or in none, and return it.

    Raises BudgetExhausted, and UnknownPrice before anything is reserved: caps fail closed.
    """
    usd = estimate(calls)
    for done, budget in enumerate(budgets):
        try:
            reserve(budget.scope, budget.day, usd, budget.cap, len(calls))
        except BudgetExhausted:
            settle_all(budgets[:done], usd, Decimal(0))
            raise
    return usd


def settle_all(budgets: Sequence[Budget], reserved: Decimal, actual: Decimal) -> None:
    """Settle the same amounts in every budget."""
    for budget in budgets:
        settle(budget.scope, budget.day, reserved, actual)


def reserve_what_fits(
    budgets: Sequence[Budget], amounts: Sequence[Decimal]
) -> list[BudgetExhausted | None]:
    """Reserve, in their order, those of many calls' dollars that every budget has room for.

    Returns for each None, or what forbids it. Call it in a transaction: the sums are held until
    that ends, and each budget takes one UPDATE however many calls there are.
    """
    for budget in budgets:
        Spend.objects.get_or_create(scope=budget.scope, day=budget.day)
    used = [_held(budget) for budget in budgets]
    found: list[BudgetExhausted | None] = []
    taken = Decimal(0)
    for usd in amounts:
        full = (n for n, one in enumerate(budgets) if used[n] + taken + usd > one.cap + _ROUNDING)
        place = next(full, None)
        if place is None:
            taken += usd
            found.append(None)
        else:
            found.append(_exhausted(budgets[place], used[place] + taken, usd))
    for budget in budgets:
        rows = Spend.objects.filter(scope=budget.scope, day=budget.day)
        rows.update(usd=F("usd") + taken, calls=F("calls") + found.count(None))
    return found


def _held(budget: Budget) -> Decimal:
    """Return what is spent or reserved, locked until the transaction ends."""
    rows = Spend.objects.select_for_update().filter(scope=budget.scope, day=budget.day)
    return rows.values_list("usd", flat=True).get()
