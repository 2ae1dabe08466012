"""An installation of before keeps its margins and its hour of the weekly tests."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("context", "0005_canary_size"), ("testing", "0005_imports_wait_for_a_yes")]


@pytest.mark.django_db(transaction=True)
def test_margins_become_rules_and_the_review_hour_the_hour_of_the_tests() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    try:
        apps = executor.loader.project_state(BEFORE).apps
        workspace = apps.get_model("accounts", "Workspace").objects.create(slug="w", name="W")
        agents = apps.get_model("context", "Agent").objects
        for slug, margin in (("usual", 0.05), ("strict", 0.02), ("none", 0.0)):
            agents.create(
                workspace=workspace, slug=slug, name=slug, regression_margin=margin, review_hour=4
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(newest)
    from_agent = executor.loader.project_state(newest).apps.get_model("context", "Agent").objects
    assert set(from_agent.values_list("test_hour", flat=True)) == {4}
    rules = from_agent.exclude(gate_rules=None).values_list("slug", "gate_rules__margin")
    assert dict(rules) == {"strict": 0.02, "none": 0.005}
    from_agent.all().delete()
