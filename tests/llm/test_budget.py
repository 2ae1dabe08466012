"""Caps on spending hold, also when two take the last of it at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from llm.budget import Budget, reserve, reserve_calls, reserve_what_fits, settle, spent
from llm.calls import BudgetExhausted, UnknownPrice
from llm.models import Spend
from tests.llm.material import make_call

DAY = date(2026, 11, 18)
pytestmark = pytest.mark.django_db


def test_what_is_reserved_counts_as_spent_until_it_is_settled() -> None:
    reserve("agent:1", DAY, Decimal("0.5"), Decimal(1), calls=3)
    assert spent("agent:1", DAY) == Decimal("0.5")
    settle("agent:1", DAY, Decimal("0.5"), Decimal("0.123456"))
    assert spent("agent:1", DAY) == Decimal("0.123456")
    assert Spend.objects.get().calls == 3


def test_a_cap_can_be_reached_to_the_last_digit_and_not_passed() -> None:
    for _ in range(3):
        reserve("agent:1", DAY, Decimal("0.1"), Decimal("0.3"))
    with pytest.raises(BudgetExhausted, match=r"\$0\.30 for agent:1"):
        reserve("agent:1", DAY, Decimal("0.000001"), Decimal("0.3"))
    assert spent("agent:1", DAY) == Decimal("0.3")


def test_each_scope_and_each_day_has_its_own_cap() -> None:
    for scope, day in (("a", DAY), ("b", DAY), ("a", DAY + timedelta(days=1))):
        reserve(scope, day, Decimal(1), Decimal(1))
    assert Spend.objects.count() == 3


def test_calls_are_reserved_in_every_budget_or_in_none() -> None:
    call = make_call(model="gpt-4.1-mini")
    wide, narrow = Budget("agent:1", DAY, Decimal(9)), Budget("run:7", DAY, Decimal("0.0001"))
    with pytest.raises(BudgetExhausted, match="run:7"):
        reserve_calls([wide, narrow], [call])
    assert spent("agent:1", DAY) == 0
    reserved = reserve_calls([wide], [call, call])
    assert spent("agent:1", DAY) == reserved > 0


def test_an_unknown_price_reserves_nothing() -> None:
    with pytest.raises(UnknownPrice):
        reserve_calls([Budget("a", DAY, Decimal(9))], [make_call(model="my-own-model")])
    assert not Spend.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_only_as_many_as_fit_get_a_share() -> None:
    reserve("agent:1", DAY, Decimal(0), Decimal(1))

    def take(_: int) -> bool:
        try:
            reserve("agent:1", DAY, Decimal("0.2"), Decimal(1))
        except BudgetExhausted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(take, range(16)))
    assert given.count(True) == 5
    assert spent("agent:1", DAY) == 1


def test_of_many_amounts_those_are_reserved_that_every_budget_has_room_for() -> None:
    reserve("agent:1", DAY, Decimal("0.5"), Decimal(1))
    budgets = [Budget("agent:1", DAY, Decimal(1)), Budget("run:1", DAY, Decimal("0.4"))]
    amounts = [Decimal("0.2"), Decimal("0.3"), Decimal("0.2"), Decimal("0.01")]
    found = reserve_what_fits(budgets, amounts)
    assert [why is None for why in found] == [True, False, True, False]
    assert "the cap of $0.40 for run:1" in str(found[1])
    assert "$0.2000 spent or reserved, $0.3000 needed" in str(found[1])
    assert (spent("agent:1", DAY), spent("run:1", DAY)) == (Decimal("0.9"), Decimal("0.4"))
    assert Spend.objects.get(scope="run:1").calls == 2


def test_nothing_that_fits_reserves_nothing() -> None:
    found = reserve_what_fits([Budget("run:1", DAY, Decimal(0))], [Decimal(1)])
    assert found[0] is not None
    assert spent("run:1", DAY) == 0
