import django.core.validators
from django.db import migrations, models


def keep_the_hour(apps, _schema_editor):
    """The weekly tests started at the review hour; they go on to."""
    apps.get_model('context', 'Agent').objects.update(test_hour=models.F('review_hour'))


class Migration(migrations.Migration):

    dependencies = [
        ('context', '0005_canary_size'),
    ]

    operations = [
        migrations.AddField(
            model_name='agent',
            name='test_hour',
            field=models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MaxValueValidator(23)]),
        ),
        migrations.AddField(
            model_name='check',
            name='advice',
            field=models.CharField(blank=True, help_text='What to do next.', max_length=500),
        ),
        migrations.RunPython(keep_the_hour, migrations.RunPython.noop),
    ]
