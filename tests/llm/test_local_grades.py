"""The local model as a grader of test cases."""

from typing import Any

from llm.local.grading import grade

FACT = "Unworn items can be returned within 30 days."
REPLY = "Thanks! You can return unworn items within 30 days of delivery. I hope that helps."


def graded(reply: str = REPLY, action: str = "answer", **case: Any) -> dict[str, Any]:
    """Grade a reply by a case."""
    asked = {"question": "How do I return?", "expected_action": "", "expected_facts": []} | case
    return grade({"case": asked, "answer": {"action": action, "reply": reply, "sources": []}})


def test_a_fact_in_other_words_passes_with_the_sentence_that_says_it() -> None:
    result = graded(expected_facts=[FACT])
    assert result["verdict"] == "pass"
    assert result["quote"] == "You can return unworn items within 30 days of delivery."


def test_a_fact_with_another_number_fails() -> None:
    result = graded(REPLY.replace("30", "14"), expected_facts=[FACT])
    assert result["verdict"] == "fail"
    assert FACT in result["reason"]


def test_a_number_spelled_out_is_the_number() -> None:
    assert graded(REPLY.replace("30", "thirty"), expected_facts=[FACT])["verdict"] == "pass"


def test_every_expected_fact_has_to_be_there() -> None:
    facts = [FACT, "The label is in the parcel."]
    assert graded(expected_facts=facts)["verdict"] == "fail"


def test_another_action_than_expected_fails() -> None:
    result = graded(expected_action="handover", expected_facts=[FACT])
    assert result["verdict"] == "fail"


def test_what_must_not_be_said_fails_with_its_quote() -> None:
    reply = "We refund shipping costs."
    result = graded(reply, must_not=["refund shipping costs"])
    assert (result["verdict"], result["quote"]) == ("fail", "We refund shipping costs.")


def test_nothing_expected_passes() -> None:
    assert graded()["verdict"] == "pass"
