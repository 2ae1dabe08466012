"""What a customer really asked, and what people answered, taken from their words."""

import pytest

from testing.questions.drafting import facts_from, first_question, nearest, one_line


@pytest.mark.parametrize(
    ("messages", "question"),
    [
        (["Hi there! How do I return a jacket?"], "How do I return a jacket?"),
        (["Hello", "Good morning,", "where is my parcel"], "where is my parcel"),
        (["Hey team – hello! The zip broke."], "The zip broke."),
        (["yes", "ok thanks", "#10245", "Size M please"], ""),
        (["His jacket has a broken zip"], "His jacket has a broken zip"),
        (["Hi"], ""),
        ([], ""),
        (["  Can I\n\nexchange boots?  "], "Can I exchange boots?"),
    ],
)
def test_greetings_confirmations_and_bare_answers_ask_nothing(
    messages: list[str], question: str
) -> None:
    assert first_question(messages) == question


def test_a_long_message_is_cut_at_a_sentence_or_a_word() -> None:
    story = "My jacket is wet. " + "It rained and rained " * 30
    assert one_line(story) == "My jacket is wet."
    assert one_line("word " * 100).endswith(" …") and len(one_line("word " * 100)) <= 302


def test_facts_are_the_general_statements_of_a_reply() -> None:
    reply = (
        "Hi Jane, thanks for writing! Sorry about that. Let me check this for you.\n"
        "Gift cards are valid for three years. Your order #10245 has shipped already.\n"
        "Is there anything else? Best regards, Sam"
    )
    facts = facts_from([reply], "How long are gift cards valid?")
    assert facts == ["Gift cards are valid for three years."]


def test_the_facts_nearest_to_the_question_are_kept_in_their_order() -> None:
    statements = ["We love the sea.", "Cards last 3 years.", "Boots are warm.", "A card is a gift."]
    assert nearest(statements, "Is a gift card valid?", 2) == [statements[1], statements[3]]


def test_nothing_said_is_no_fact() -> None:
    assert facts_from([], "x") == [] and facts_from(["Thanks!"], "x") == []
