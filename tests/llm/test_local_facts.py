"""Facts a customer gives are recognised by their names and their looks."""

import pytest

from llm.local.facts import asks_for, find_fact, find_facts


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("order number", "It is order #12345, thanks", "#12345"),
        ("order number", "My order number is FW-48812.", "FW-48812"),
        ("email", "write to ada.l@example.org please", "ada.l@example.org"),
        ("size", "I would need it in L", "L"),
        ("size", "size 42 please", "42"),
        ("new size", "a medium would fit", "medium"),
        ("zip code", "My zip code is 10115.", "10115"),
        ("postcode", "postcode SW1A 1AA", "SW1A 1AA"),
        ("purchase date", "I bought it on 12.03.2026", "12.03.2026"),
        ("date of delivery", "it came on March 3", "March 3"),
        ("date", "it came last Tuesday", "last Tuesday"),
        ("product", "The zip of my Ridge jacket broke", "my Ridge jacket"),
        ("country", "I live in Norway", "Norway"),
        ("phone number", "call +49 30 1234567", "+49 30 1234567"),
        ("amount", "I paid 49.90 € for it", "49.90 €"),
        ("colour", "the olive one", "olive"),
        ("name", "My name is Ada Lovelace", "Ada Lovelace"),
        ("batch code", "the batch is B771", "B771"),
        ("flavour", "My flavour is vanilla.", "vanilla"),
    ],
)
def test_a_fact_is_found_by_its_name_and_shape(name: str, text: str, value: str) -> None:
    assert find_fact(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("order number", "I ordered 2 jackets"),
        ("size", "I need an exchange for another size"),
        ("size", "it's too small for me, it doesn't fit"),
        ("email", "send me an email"),
        ("zip code", "the zip of my jacket broke"),
        ("flavour", "which flavour do you have?"),
        ("date", "when will it arrive?"),
    ],
)
def test_the_mere_word_is_not_the_fact(name: str, text: str) -> None:
    assert find_fact(name, text) == ""


def test_the_first_mention_over_several_messages_counts() -> None:
    found = find_facts(["order number", "size"], ["hello", "#11111 it is", "or #22222?"])
    assert found == {"order number": "#11111"}


def test_asking_is_told_from_mentioning() -> None:
    assert asks_for("order number", "Could you tell me your order number?")
    assert asks_for("size", "Please send me the size.")
    assert not asks_for("order number", "Your order number is on the label.")
