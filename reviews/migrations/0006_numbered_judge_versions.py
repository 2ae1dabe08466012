from collections import Counter

from django.db import migrations, models


def number_versions(apps, schema_editor):
    """Number the versions of each agent from 1, in the order in which they were made."""
    versions = apps.get_model("reviews", "JudgeVersion").objects
    counted = Counter()
    for version in versions.order_by("created_at", "pk"):
        counted[version.agent_id] += 1
        versions.filter(pk=version.pk).update(number=counted[version.agent_id])


class Migration(migrations.Migration):
    dependencies = [("reviews", "0005_every_review_has_a_run")]

    operations = [
        migrations.AlterModelOptions(name="judgeversion", options={"ordering": ["-number"]}),
        migrations.AddField(
            model_name="judgeversion",
            name="number",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="judgeversion",
            name="instructions_hash",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Empty for versions made before it was kept.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="judgeversion",
            name="temperature",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="judgeversion",
            name="max_output_tokens",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="judgeversion",
            name="transcript_characters",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="judgeversion",
            name="instruction_characters",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunPython(number_versions, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="judgeversion",
            constraint=models.UniqueConstraint(
                fields=("agent", "number"), name="judge_version_numbers_are_unique"
            ),
        ),
    ]
