"""Which sentences of two documents may contradict each other, found without a model."""

import gzip
import json
from pathlib import Path

import pytest

from context.hygiene.disagreements import Disagreement, disagreements
from context.hygiene.said import reading
from context.releases.content import DocumentContent

ARTICLES = (
    Path(__file__).parents[3] / "shared/data/policies/tau2_banking_knowledge_documents.jsonl.gz"
)


def found(first: str, second: str, *titles: str, language: str = "en") -> list[str]:
    one, other = titles or ("Returns", "Refunds")
    documents = [DocumentContent("a", one, first), DocumentContent("b", other, second)]
    return [disagreement.kind for disagreement in disagreements(reading(documents, language))]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (
            "You can return unworn items within 30 days of delivery.",
            "Unworn items can be returned within 14 days of delivery.",
            "number",
        ),
        (
            "The parcel to Norway takes five working days.",
            "A parcel to Norway takes 8 working days.",
            "number",
        ),
        (
            "Gift cards can be exchanged for money at the till.",
            "Gift cards can't be exchanged for money at the till.",
            "negation",
        ),
        (
            "We refund the shipping of returned parcels if the article was damaged.",
            "We refund the shipping of returned parcels only if you live in Norway.",
            "condition",
        ),
    ],
)
def test_disagreements_are_found(first: str, second: str, kind: str) -> None:
    assert found(first, second) == [kind]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Unworn items go back within 30 days.", "Unworn items go back within 30 days."),
        ("Unworn items go back within 30 days.", "The shop opens at 9 in the morning."),
        # another unit, a question, a condition that denies, zero that is as good as no
        ("A parcel to Norway takes 5 working days.", "A parcel to Norway costs 9 euro."),
        ("Do gift cards expire after 3 years?", "Gift cards expire after 2 years."),
        (
            "If no label is there, print the return label at home.",
            "Print the return label at home.",
        ),
        (
            "There is no fee for paper statements sent.",
            "The fee for paper statements sent is 0.00.",
        ),
        (
            "Express with a subscription costs 2 euro.",
            "Express without a subscription costs 5 euro.",
        ),
    ],
)
def test_what_can_both_be_true_is_no_disagreement(first: str, second: str) -> None:
    assert found(first, second) == []


def test_what_holds_for_two_things_by_name_may_differ() -> None:
    text = "The yearly fee of your {0} card is {1} euro. Ask {0} support."
    gold, blue = text.format("Gold", "90"), text.format("Blue", "20")
    assert found(gold, blue, "The Gold card", "The Blue card") == []
    assert found(gold, gold.replace("90", "20"), "The Gold card", "Gold fees") == ["number"]


def test_a_template_that_many_documents_fill_is_no_disagreement() -> None:
    documents = [
        DocumentContent(f"d{n}", f"Number {n}", f"Delivery to the region takes {n} working days.")
        for n in range(2, 6)
    ]
    assert disagreements(reading(documents)) == []
    assert len(disagreements(reading(documents[:2]))) == 1


def test_other_languages_are_compared_by_their_own_stems() -> None:
    first = "Ungetragene Artikel können innerhalb von 30 Tagen zurückgegeben werden."
    second = "Ein ungetragener Artikel kann innerhalb von 14 Tagen zurückgegeben werden."
    assert found(first, second, "Rückgabe", "Erstattung", language="de") == ["number"]


def test_the_likeliest_comes_first_and_the_order_is_the_same_each_time() -> None:
    documents = [
        DocumentContent("a", "Returns", "Unworn items go back within 30 days. Boots weigh 2 kg."),
        DocumentContent("b", "Refunds", "Unworn items go back in 14 days at the till. Boots 3 kg."),
        DocumentContent("c", "Terms", "Unworn items go back within 20 days."),
    ]
    one, two = disagreements(reading(documents)), disagreements(reading(documents[::-1]))

    def shown(row: Disagreement) -> tuple[float, str]:
        return row.strength, "".join(sorted({row.first.slug, row.second.slug}))

    assert [shown(row) for row in one][0] == (1.0, "ac")
    assert sorted(map(shown, one)) == sorted(map(shown, two))


@pytest.mark.skipif(not ARTICLES.exists(), reason="the shared articles are not here")
def test_698_articles_leave_a_list_that_a_person_can_read() -> None:
    with gzip.open(ARTICLES, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    documents = [DocumentContent(row["id"], row["title"], row["content"]) for row in rows]
    pairs = disagreements(reading(documents))
    assert 20 <= len(pairs) <= 150
    slugs = [frozenset({pair.first.slug, pair.second.slug}) for pair in pairs]
    assert all(len(pair) == 2 for pair in slugs)
