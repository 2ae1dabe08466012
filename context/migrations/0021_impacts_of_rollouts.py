"""An impact of split traffic names its rollout, whose primary figure is fixed when it starts."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_rollouts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Each impact of a split: the last rollout of its release whose days were over by then."""
    Rollout, Impact = (apps.get_model("context", name) for name in ("Rollout", "Impact"))
    for rollout in Rollout.objects.select_related("agent").order_by("id"):
        Rollout.objects.filter(pk=rollout.pk).update(primary_figure=rollout.agent.impact_figure)
        impacts = Impact.objects.filter(release=rollout.release_id, split=True)
        impacts.filter(computed_at__gte=rollout.ends_at).update(rollout=rollout)


def mark_splits(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Say of each impact of a rollout that traffic was split."""
    apps.get_model("context", "Impact").objects.exclude(rollout=None).update(split=True)


class Migration(migrations.Migration):
    dependencies = [("context", "0020_proposals_stay_apart_by_themselves")]

    operations = [
        migrations.AddField(
            model_name="impact",
            name="rollout",
            field=models.ForeignKey(
                help_text="The split of traffic that was measured: the release caused what was "
                "found.",
                null=True,
                on_delete=models.CASCADE,
                related_name="impacts",
                to="context.rollout",
            ),
        ),
        migrations.AlterField(
            model_name="impact",
            name="publication",
            field=models.ForeignKey(
                help_text="The time of being live that was measured; empty: the first one, or a "
                "rollout.",
                null=True,
                on_delete=models.CASCADE,
                related_name="impacts",
                to="context.publication",
            ),
        ),
        migrations.AddField(
            model_name="rollout",
            name="primary_figure",
            field=models.CharField(
                default="ai_resolved",
                help_text="The figure its impact is judged by, fixed at its start.",
                max_length=20,
            ),
        ),
        migrations.RunPython(name_rollouts, mark_splits),
        migrations.RemoveField(model_name="impact", name="split"),
        migrations.AddConstraint(
            model_name="impact",
            constraint=models.CheckConstraint(
                condition=models.Q(publication=None) | models.Q(rollout=None),
                name="an_impact_is_of_days_before_and_after_or_of_a_split",
            ),
        ),
    ]
