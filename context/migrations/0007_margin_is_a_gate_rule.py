from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('context', '0006_test_hour_and_advice'),
        ('testing', '0007_margins_move_to_the_gate_rules'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='agent',
            name='regression_margin',
        ),
    ]
