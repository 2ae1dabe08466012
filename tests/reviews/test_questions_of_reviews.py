"""Conversations keep the question of their newest review, those reviewed before that as well."""

from importlib import import_module

import pytest
from django.apps import apps

from conversations.models import Conversation
from reviews.models import Review
from tests.make import make_agent, make_live_release
from tests.reviews.material import make_reviews

pytestmark = pytest.mark.django_db

MIGRATION = "reviews.migrations.0020_questions_of_reviews_before"


def test_an_upgrade_takes_the_questions_of_reviews_that_are_there() -> None:
    agent = make_agent()
    make_live_release(agent)
    asked, silent, known = make_reviews(agent, [5, 4, 3])
    Review.objects.filter(pk=asked.pk).update(question="How do I return an item?")
    Review.objects.filter(pk=silent.pk).update(question="")
    Conversation.objects.filter(pk=known.conversation_id).update(question="Where is it?")
    import_module(MIGRATION).take_questions(apps, None)
    questions = dict(Conversation.objects.values_list("pk", "question"))
    assert questions[asked.conversation_id] == "How do I return an item?"
    assert questions[silent.conversation_id] == ""
    assert questions[known.conversation_id] == "Where is it?"
