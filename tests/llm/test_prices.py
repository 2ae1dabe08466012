"""Prices, costs and estimates."""

from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from llm.calls import UnknownPrice
from llm.prices import cost, estimate, price
from llm.states import Route
from tests.llm.material import make_call


def test_cached_input_and_output_have_their_own_price() -> None:
    # 1,000 fresh at 0.40, 3,000 cached at 0.10 and 500 written at 1.60 dollars a million
    assert cost("gpt-4.1-mini", 4000, 3000, 500) == Decimal("0.0015")


def test_the_local_model_is_free() -> None:
    assert cost("local-1", 10**6, 0, 10**6) == 0


def test_a_dated_snapshot_costs_what_its_family_costs() -> None:
    assert price("gpt-5-mini-2025-08-07") == price("gpt-5-mini")


def test_a_model_without_a_price_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UnknownPrice, match="MODEL_PRICES_FILE"):
        price("my-own-model")


def test_the_users_own_file_wins(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '["gpt-5-mini"]\ninput = 1\noutput = 2\n["my-own-model"]\ninput = 3\noutput = 0\n'
    )
    settings.MODEL_PRICES_FILE = str(own)
    assert cost("gpt-5-mini", 10**6, 10**6, 10**6) == 3
    assert cost("my-own-model", 10**6, 0, 0) == 3
    assert price("local-1").input == 0


def test_a_batch_costs_the_share_the_table_names_else_as_much_as_calls(
    settings: Settings, tmp_path: Path
) -> None:
    assert (
        cost("gpt-5-mini", 10**6, 0, 10**6, Route.BATCH) == cost("gpt-5-mini", 10**6, 0, 10**6) / 2
    )
    own = tmp_path / "prices.toml"
    own.write_text("[mine]\ninput = 3\noutput = 0\n[cheap]\ninput = 3\noutput = 0\nbatch = 0.1\n")
    settings.MODEL_PRICES_FILE = str(own)
    assert cost("mine", 10**6, 0, 0, Route.BATCH) == 3
    assert cost("cheap", 10**6, 0, 0, Route.BATCH) == Decimal("0.3")


def test_a_row_without_a_price_is_no_price(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text("[half]\ninput = 1\n")
    settings.MODEL_PRICES_FILE = str(own)
    with pytest.raises(UnknownPrice, match="output"):
        price("half")


def test_an_estimate_counts_the_whole_prompt_and_the_longest_answer() -> None:
    message = {"role": "user", "content": "x" * 3996}
    call = make_call(messages=(message,), model="gpt-4.1-mini", max_output_tokens=500)
    # 1,000 tokens at 0.40 and 500 at 1.60 dollars a million
    assert estimate(call) == Decimal("0.0012")
    assert estimate([call, call]) == Decimal("0.0024")
    assert estimate([]) == 0


def test_a_model_that_thinks_is_given_and_charged_room_to_think() -> None:
    fast, thinking = make_call(model="gpt-4.1-mini"), make_call(model="gpt-5-mini")
    assert price("gpt-5-mini").thinking > 0
    assert estimate(thinking) > cost("gpt-5-mini", 0, 0, thinking.max_output_tokens)
    assert price("gpt-4.1-mini").thinking == 0
    assert estimate(fast) < Decimal("0.01")
