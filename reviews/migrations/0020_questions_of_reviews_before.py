"""Conversations that were reviewed before they kept their question take it from the newest review."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def take_questions(apps, schema_editor):
    """Fill in what is empty; what a later review said stays."""
    reviews = apps.get_model("reviews", "Review").objects.filter(
        conversation=OuterRef("pk"), state="done"
    )
    newest = Subquery(reviews.exclude(question="").order_by("-pk").values("question")[:1])
    conversations = apps.get_model("conversations", "Conversation").objects.filter(question="")
    conversations.alias(newest=newest).exclude(newest=None).update(question=newest)


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0002_questions_of_reviews"),
        ("reviews", "0019_tell_conversations_what_was_found"),
    ]

    operations = [migrations.RunPython(take_questions, migrations.RunPython.noop)]
