"""What the documents already say about a proposed fact is shown beside it."""

import pytest

from context.proposals.conflicts import conflicts_with
from context.releases.content import DocumentContent
from tests.make import RETURNS, WASHING

DOCUMENTS = (RETURNS, WASHING)


def kinds(body: str, *documents: DocumentContent, language: str = "en") -> list[tuple[str, str]]:
    """(slug, kind) of what stands against the fact."""
    found = conflicts_with(body, documents or DOCUMENTS, language)
    return [(conflict["slug"], conflict["kind"]) for conflict in found]


@pytest.mark.parametrize(
    "body",
    [
        "Returns of unworn items are possible within 60 days of delivery.",
        "You can return items within fourteen days.",
        "You cannot return unworn items within 30 days.",
    ],
)
def test_another_number_or_the_opposite_is_a_contradiction(body: str) -> None:
    assert kinds(body) == [("returns", "contradiction")]


@pytest.mark.parametrize(
    "body",
    ["Unworn items can be returned for a full refund.", "Tumble drying down jackets on low heat"],
)
def test_what_a_document_says_already_is_a_duplicate(body: str) -> None:
    assert [kind for _, kind in kinds(body)] == ["duplicate"]


@pytest.mark.parametrize(
    "body",
    [
        "Parcels to Norway take 5 days.",
        "Return labels are printed in the shop on 3 floors.",
        "30 degrees",
        "",
        "!!!",
    ],
)
def test_other_facts_conflict_with_nothing(body: str) -> None:
    assert kinds(body) == []


def test_the_quote_is_the_documents_own_sentence() -> None:
    document = DocumentContent("r", "R", "We are nice. Refunds take 5 days to arrive. Bye.")
    [conflict] = conflicts_with("Refunds take 10 days to arrive", [document])
    assert conflict["quote"] == "Refunds take 5 days to arrive."


def test_a_contradiction_stands_before_a_duplicate() -> None:
    late = DocumentContent("z", "Z", "Refunds take 10 days to arrive.")
    same = DocumentContent("a", "A", "Refunds take 5 days to arrive.")
    expected = [("z", "contradiction"), ("a", "duplicate")]
    assert kinds("Refunds take 5 days to arrive.", late, same) == expected


def test_words_are_compared_in_the_agents_language() -> None:
    document = DocumentContent("r", "R", "Die Rücksendung ungetragener Artikel dauert 30 Tage.")
    body = "Rücksendungen ungetragener Artikel dauern 60 Tage."
    assert kinds(body, document, language="de") == [("r", "contradiction")]
