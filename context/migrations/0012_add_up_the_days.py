from datetime import timedelta

from django.db import migrations
from django.db.models import Sum

BATCH = 2000


def add_up(apps, schema_editor):
    """Make the totals of the measurements there are: over all, and by each property."""
    Measurement = apps.get_model("context", "Measurement")
    DayTotal = apps.get_model("context", "DayTotal")
    columns = {
        "all": None,
        "topic": "topic",
        "channel": "channel",
        "language": "language",
        "release": "release_id",
    }
    for by, column in columns.items():
        shared = ["agent_id", "date", "figure", *([column] if column else [])]
        sums = (
            Measurement.objects.order_by()
            .values(*shared)
            .annotate(n_sum=Sum("n"), total_sum=Sum("total"), squares_sum=Sum("total_squares"))
        )
        rows = []
        for row in sums.iterator(BATCH):
            value = row[column] if column else ""
            rows.append(
                DayTotal(
                    agent_id=row["agent_id"],
                    by=by,
                    value="" if value is None else str(value),
                    date=row["date"],
                    week=row["date"] - timedelta(days=row["date"].weekday()),
                    figure=row["figure"],
                    n=row["n_sum"],
                    total=row["total_sum"],
                    total_squares=row["squares_sum"],
                )
            )
        DayTotal.objects.bulk_create(rows, batch_size=BATCH)


class Migration(migrations.Migration):

    dependencies = [
        ("context", "0011_measure_by_language"),
    ]

    operations = [migrations.RunPython(add_up, migrations.RunPython.noop, elidable=True)]
