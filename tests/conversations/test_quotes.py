"""A quote counts when it stands in the message, however it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.quotes import Piece, find, locate, marked

TEXT = "You can  return it within\n30 days – “unworn”, of course. Café Zürich."


@pytest.mark.parametrize(
    "quote",
    [
        "return it within 30 days",
        "RETURN IT",
        '"return it within 30 days - "unworn""',
        "Cafe\u0301 Zu\u0308rich",
        "…within 30 days…",
        "re\u200bturn it",
    ],
)
def test_a_quote_is_found_however_it_was_typed(quote: str) -> None:
    found = find(quote, TEXT)
    assert found is not None
    start, end = found
    assert TEXT[start:end].strip() == TEXT[start:end]


@pytest.mark.parametrize("quote", ["return it within 60 days", "", "…", "!", "a", "unworn, 30"])
def test_a_quote_that_is_not_there_is_not_found(quote: str) -> None:
    assert find(quote, TEXT) is None


def test_a_short_message_may_be_quoted_whole() -> None:
    assert find("k", "K.") == (0, 1)


@given(st.text(min_size=1), st.data())
def test_any_stretch_of_a_message_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = find(text[start:end], text)
    if sum(letter.isalnum() for letter in text[start:end]) >= 4:
        assert found is not None
    if found is not None:
        assert 0 <= found[0] < found[1] <= len(text)


def test_a_right_quote_with_a_wrong_message_id_is_put_right() -> None:
    texts = {"m1": "Where is my parcel?", "m2": "It arrives on Friday."}
    assert locate("arrives on Friday", "m1", texts) == "m2"
    assert locate("arrives on Friday", "m2", texts) == "m2"
    assert locate("arrives on Friday", "no such id", texts) == "m2"
    assert locate("arrives on Monday", "m2", texts) is None


def test_marked_pieces_put_together_are_the_message() -> None:
    quotes = [("within 30 days", "fail"), ("30 days – “unworn”", "pass"), ("Zürich", "pass")]
    pieces = marked(TEXT, quotes)
    assert "".join(piece.text for piece in pieces) == TEXT
    assert [piece.verdict for piece in pieces] == ["", "fail", "", "pass", ""]


def test_markup_in_a_message_stays_text() -> None:
    assert marked("<b>30 days</b>", [("30 days", "pass")]) == [
        Piece("<b>"),
        Piece("30 days", "pass"),
        Piece("</b>"),
    ]
