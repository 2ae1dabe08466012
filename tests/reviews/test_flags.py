"""Flags name why a conversation needs a person, once each."""

from datetime import timedelta

import pytest

from reviews.judging.flags import raise_flags
from reviews.judging.judge import work_reviews
from reviews.judging.planning import plan_reviews
from reviews.judging.words import angry_words, legal_words
from reviews.models import CriterionResult, Flag
from tests.make import NOW
from tests.reviews.material import DAY, make_answered_agent, make_conversation, make_reviews

pytestmark = pytest.mark.django_db


def flagged(*texts: tuple[str, str], **fields: object) -> dict[str, Flag]:
    agent = make_answered_agent()
    make_conversation(agent, "c-1", *texts, **fields)
    plan_reviews(agent, DAY, NOW)
    work_reviews(agent, lambda: NOW)
    raise_flags(agent, DAY, NOW)
    return {flag.kind: flag for flag in Flag.objects.all()}


def test_a_good_conversation_has_no_flag() -> None:
    assert flagged() == {}


def test_a_failed_critical_criterion_is_flagged_by_its_name() -> None:
    found = flagged(
        ("customer", "How long can I return an unworn jacket?"),
        ("ai", "You can return it within 90 days."),
    )
    assert found["critical"].detail == "Facts correct and grounded"


def test_a_bad_rating_is_flagged() -> None:
    rated = {"score": 1, "scored_at": "2026-11-17T12:00:00Z"}
    assert flagged(csat=rated)["low_csat"].detail == "CSAT 1"


def test_a_good_rating_is_not() -> None:
    assert flagged(csat={"score": 3, "scored_at": "2026-11-17T12:00:00Z"}) == {}


def test_a_rating_that_comes_late_is_still_flagged() -> None:
    agent = make_answered_agent()
    make_conversation(agent)
    plan_reviews(agent, DAY, NOW)
    work_reviews(agent, lambda: NOW)
    assert raise_flags(agent, DAY, NOW) == 0
    make_conversation(agent, csat={"score": 2, "scored_at": "2026-11-18T08:00:00Z"})
    assert raise_flags(agent, DAY + timedelta(days=1), NOW) == 1
    assert raise_flags(agent, DAY + timedelta(days=1), NOW) == 0


def test_words_of_law_are_urgent() -> None:
    found = flagged(
        ("customer", "I will call my lawyer. How do I return an unworn jacket?"),
        ("ai", "You can return unworn items within 30 days of delivery."),
    )
    assert found["legal"].urgent
    assert found["legal"].detail == "“lawyer”"


ANGRY = ("customer", "This is outrageous. How do I return an unworn jacket?")
ANSWER = ("ai", "You can return unworn items within 30 days of delivery.")


def test_anger_is_flagged_where_nobody_took_over() -> None:
    assert flagged(ANGRY, ANSWER)["angry"].detail == "“outrageous”"


def test_anger_that_was_handed_over_is_not() -> None:
    assert "angry" not in flagged(ANGRY, ANSWER, tags=["ai_answered", "ai_handover"])


def test_a_quote_that_is_not_there_is_flagged() -> None:
    agent = make_answered_agent()
    review = make_reviews(agent, [5])[0]
    CriterionResult.objects.filter(review=review, criterion__key="tone").update(verified=False)
    assert raise_flags(agent, DAY, NOW) == 1
    assert Flag.objects.get().kind == Flag.Kind.UNVERIFIED


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("I am FURIOUS!", "en", "furious"),
        ("Das ist eine Frechheit", "de", "frechheit"),
        ("WHERE IS MY ORDER I WANT IT NOW", "en", "in capitals"),
        ("OK", "en", ""),
        ("I love the color, it is never cold again", "en", ""),
        ("The jacket is a bit large", "en", ""),
    ],
)
def test_angry_words_by_language(text: str, language: str, found: str) -> None:
    assert angry_words(text, language) == found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("my attorney will write to you", "en", "attorney"),
        ("Ich gehe zum Anwalt", "de", "anwalt"),
        ("I had an allergic reaction", "xx", "allergic reaction"),
        ("Can I pursue this later?", "en", ""),
    ],
)
def test_legal_words_by_language(text: str, language: str, found: str) -> None:
    assert legal_words(text, language) == found
