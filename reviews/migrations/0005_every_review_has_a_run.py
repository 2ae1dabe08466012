import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from the step before: PostgreSQL alters no table in which rows were just changed."""

    dependencies = [
        ("reviews", "0004_review_runs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="run",
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name="reviews", to="reviews.reviewrun"),
        ),
    ]
