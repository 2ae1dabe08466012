from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("reviews", "0010_the_judges_call_log"),
    ]

    operations = [
        migrations.RemoveField(model_name="review", name="answer"),
    ]
