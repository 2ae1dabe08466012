"""Examples become members, and what was decided keeps the volume it was decided at."""

from django.db import migrations
from django.db.models import F


def carry_over(apps, schema_editor):
    """Make each example a member of its cluster; a conversation is in one cluster alone."""
    QuestionCluster = apps.get_model("testing", "QuestionCluster")
    ClusterMember = apps.get_model("testing", "ClusterMember")
    for cluster in QuestionCluster.objects.order_by("-week", "-pk").prefetch_related("examples"):
        ClusterMember.objects.bulk_create(
            [
                ClusterMember(
                    cluster=cluster,
                    conversation=conversation,
                    week=cluster.week,
                    text=cluster.name,
                    place=place,
                    example=True,
                )
                for place, conversation in enumerate(cluster.examples.all())
            ],
            ignore_conflicts=True,
        )
    QuestionCluster.objects.update(rank=F("failures"))
    QuestionCluster.objects.exclude(status="open").update(decided_volume=F("volume"))


class Migration(migrations.Migration):
    dependencies = [("testing", "0012_clusters_known_by_their_questions")]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(model_name="questioncluster", name="examples"),
    ]
