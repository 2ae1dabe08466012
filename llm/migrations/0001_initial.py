from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Spend",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scope", models.CharField(max_length=100)),
                ("day", models.DateField()),
                (
                    "usd",
                    models.DecimalField(decimal_places=6, default=Decimal(0), max_digits=12),
                ),
                ("calls", models.PositiveIntegerField(default=0)),
            ],
            options={"ordering": ["-day", "scope"]},
        ),
        migrations.AddConstraint(
            model_name="spend",
            constraint=models.UniqueConstraint(
                fields=("scope", "day"), name="one_spend_per_scope_and_day"
            ),
        ),
    ]
