"""Personal data is masked, and what the agent needs stays."""

import pytest

from accounts.masking import mask
from accounts.models import Workspace


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jo.doe+shop@example.co.uk today", "write to [email] today"),
        ("call me: +1 415 555 2671 please", "call me: [phone] please"),
        ("my card 4111 1111 1111 1111 was charged", "my card [card] was charged"),
        ("IBAN GB82 WEST 1234 5698 7654 32.", "IBAN [iban]."),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text, Workspace()) == masked


def test_the_search_for_an_address_is_linear_in_the_length_of_the_text() -> None:
    assert mask("a" * 300_000 + "@", Workspace()) == "a" * 300_000 + "@"


@pytest.mark.parametrize(
    "text",
    [
        "order #W2378156 in size 42",
        "4111 1111 1111 1112 is no card number",
        "tracking 843053632392, delivered 2026-11-23 12:30",
        "it costs 1,200.50 and weighs 0.7 kg",
        '{"order_id": "#W5442520", "amount": 6.280000000000001}',
    ],
)
def test_order_numbers_and_amounts_stay(text: str) -> None:
    assert mask(text, Workspace()) == text


def test_a_product_number_stays_beside_a_phone_number() -> None:
    text = 'call +1 415 555 2671 about {"product_id": "7765186836", "item_id": "6697922351"}'
    assert mask(text, Workspace()) == text.replace("+1 415 555 2671", "[phone]")


def test_each_kind_can_be_switched_off() -> None:
    text = "jo@example.com, 4111 1111 1111 1111, +1 415 555 2671"
    plain = Workspace(mask_emails=False, mask_cards=False, mask_phones=False)
    assert mask(text, plain) == text
