"""The local model as the writer of handover briefs, and of facts captured from what people said."""

from typing import Any

from llm.local.briefing import brief
from llm.local.capturing import capture
from tests.llm.material import make_document


def transcript(*texts: tuple[str, str]) -> list[dict[str, Any]]:
    """The section <transcript> of (author, text); its messages are m1, m2, …"""
    return [
        {"id": f"m{number}", "author": author, "public": True, "text": text}
        for number, (author, text) in enumerate(texts, 1)
    ]


EXCHANGE = transcript(
    ("customer", "Hello, my name is Ada. I want to exchange my Ridge jacket. Is that possible?"),
    ("ai", "Could you please tell me your order number? I will check within 2 days."),
    ("customer", "It is #12345."),
)


def test_a_brief_names_the_facts_with_their_messages_and_what_is_missing() -> None:
    written = brief({"transcript": EXCHANGE, "required_facts": ["order number", "size"]})
    assert {"name": "order number", "value": "#12345", "message_id": "m3"} in written["facts"]
    assert written["missing_facts"] == ["size"]
    assert written["customer"] == "Ada"
    assert "exchange my Ridge jacket" in written["wants"]
    assert "size" in written["next_step"]
    assert "size" in written["draft_reply"]


def test_a_brief_tells_what_the_ai_tried_and_promised() -> None:
    written = brief({"transcript": EXCHANGE, "required_facts": []})
    assert "order number" in written["tried"]
    assert written["promised"] == "I will check within 2 days."


def test_a_brief_of_a_first_contact_says_that_nothing_was_tried() -> None:
    written = brief({"transcript": transcript(("customer", "Do you sell gift cards?"))})
    assert written["tried"] == "nothing: handed over at first contact"
    assert (written["tier"], written["mood"], written["risks"]) == ("L2", "calm", [])


def test_a_threat_goes_to_the_third_level_with_its_risk() -> None:
    said = transcript(("customer", "This is unacceptable, my lawyer will call you."))
    written = brief({"transcript": said, "reason": "legal or safety risk"})
    assert (written["tier"], written["mood"], written["risks"]) == ("L3", "angry", ["legal"])
    assert written["reason_code"] == "legal_or_safety"


def test_the_reason_of_the_handover_becomes_a_code() -> None:
    said = transcript(("customer", "Do you sell gift cards?"))
    written = brief({"transcript": said, "reason": "no document covers gift cards"})
    assert written["reason_code"] == "no_context"


def test_an_empty_conversation_still_has_a_brief() -> None:
    assert brief({"transcript": []})["wants"] == "not said"


GIFT_CARDS = transcript(
    ("customer", "Hi! How long is a gift card valid?"),
    ("human", "Hello Ada, this is Mia. Thank you for waiting. Gift cards are valid for 3 years."),
)


def test_what_a_person_told_the_customer_is_captured_without_the_small_talk() -> None:
    fact = capture({"transcript": GIFT_CARDS, "documents": []})
    assert fact == {
        "useful": True,
        "title": "How long is a gift card valid",
        "fact": "Gift cards are valid for 3 years.",
        "said": [{"message_id": "m2", "quote": "Gift cards are valid for 3 years."}],
    }


def test_what_a_document_says_already_is_not_captured_again() -> None:
    known = make_document("gift-cards", "Gift cards", "A gift card stays valid for 3 years.")
    assert not capture({"transcript": GIFT_CARDS, "documents": [known]})["useful"]


def test_what_a_document_says_with_another_number_is_captured() -> None:
    stale = make_document("gift-cards", "Gift cards", "A gift card stays valid for 2 years.")
    assert capture({"transcript": GIFT_CARDS, "documents": [stale]})["useful"]


def test_what_holds_for_one_customer_only_is_left_out() -> None:
    said = transcript(
        ("customer", "Where is my order?"),
        ("human", "I have refunded your order #12345. Your parcel has left our warehouse today."),
        ("human", "Please write to ada@example.org about the details. Could you send a photo?"),
    )
    assert not capture({"transcript": said, "documents": []})["useful"]


def test_a_conversation_without_people_teaches_nothing() -> None:
    said = transcript(("customer", "How long?"), ("ai", "Gift cards are valid for 3 years."))
    assert not capture({"transcript": said, "documents": []})["useful"]
