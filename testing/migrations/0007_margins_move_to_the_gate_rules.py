from django.db import migrations

LEAST, MOST = 0.005, 0.5


def move(apps, _schema_editor):
    """Each agent's margin becomes one of its gate's rules; the default needs no row."""
    rules = apps.get_model('testing', 'GateRules').objects
    for agent in apps.get_model('context', 'Agent').objects.exclude(regression_margin=0.05):
        margin = min(max(agent.regression_margin, LEAST), MOST)
        rules.create(agent_id=agent.pk, margin=margin)


def move_back(apps, _schema_editor):
    """Each rule's margin becomes the agent's again."""
    agents = apps.get_model('context', 'Agent').objects
    for rules in apps.get_model('testing', 'GateRules').objects.all():
        agents.filter(pk=rules.agent_id).update(regression_margin=rules.margin)


class Migration(migrations.Migration):

    dependencies = [
        ('context', '0006_test_hour_and_advice'),
        ('testing', '0006_gate_rules'),
    ]

    operations = [
        migrations.RunPython(move, move_back),
    ]
