import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def give_every_review_a_run(apps, schema_editor):
    """One run for each agent and day there are reviews of, as if the night had started it."""
    Review = apps.get_model("reviews", "Review")
    ReviewRun = apps.get_model("reviews", "ReviewRun")
    days = Review.objects.order_by().values_list("scorecard__agent", "day").distinct()
    for agent, day in list(days):
        rows = Review.objects.filter(scorecard__agent=agent, day=day)
        first = rows.order_by("created_at").select_related("scorecard__agent").first()
        run = ReviewRun.objects.create(
            agent_id=agent,
            day=day,
            started_at=first.created_at,
            cap_usd=first.scorecard.agent.run_budget_usd,
        )
        rows.update(run=run)


class Migration(migrations.Migration):

    dependencies = [
        ("context", "0001_initial"),
        ("reviews", "0003_blind_mode"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="The day on which the conversations ended.")),
                ("started_at", models.DateTimeField()),
                ("cap_usd", models.DecimalField(decimal_places=2, max_digits=8)),
                ("estimated_usd", models.DecimalField(blank=True, decimal_places=4, help_text="Shown before the start.", max_digits=10, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("agent", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="review_runs", to="context.agent")),
                ("cancelled_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("started_by", models.ForeignKey(blank=True, help_text="Empty: the night.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [models.Index(fields=["agent", "day"], name="review_run_by_day")],
            },
        ),
        migrations.AddField(
            model_name="review",
            name="run",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name="reviews", to="reviews.reviewrun"),
        ),
        migrations.RunPython(give_every_review_a_run, migrations.RunPython.noop),
    ]
