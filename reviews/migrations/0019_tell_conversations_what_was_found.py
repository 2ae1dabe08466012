from django.db import migrations
from django.db.models import OuterRef, Subquery


def tell(apps, schema_editor):
    """Give every conversation what its newest finished review found."""
    Conversation = apps.get_model("conversations", "Conversation")
    Review = apps.get_model("reviews", "Review")
    done = Review.objects.filter(conversation=OuterRef("pk"), state="done").order_by("-pk")
    reviewed = Conversation.objects.filter(reviews__state="done").distinct().values("pk")
    Conversation.objects.filter(pk__in=reviewed).update(
        judge_passed=Subquery(done.values("passed")[:1])
    )


class Migration(migrations.Migration):

    dependencies = [
        ("conversations", "0005_what_the_judge_found"),
        ("reviews", "0018_put_the_canary_to_the_judge"),
    ]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop, elidable=True)]
