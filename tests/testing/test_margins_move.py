"""An installation of before keeps its margins and its hour of the weekly tests."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

BEFORE = [("context", "0005_canary_size"), ("testing", "0005_imports_wait_for_a_yes")]
AFTER = [
    ("context", "0007_margin_is_a_gate_rule"),
    ("testing", "0007_margins_move_to_the_gate_rules"),
]


@pytest.fixture
def empty_database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Nothing in the place of the test database: to get there backwards takes a minute."""
    tested = connections["default"]
    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
    with django_db_blocker.unblock():
        connections["default"] = DatabaseWrapper(tested.settings_dict | engine)
        yield
        connection.close()
        connections["default"] = tested


def test_margins_become_rules_and_the_review_hour_the_hour_of_the_tests(
    empty_database: None,
) -> None:
    executor = MigrationExecutor(connection)
    before = executor.migrate(BEFORE).apps
    workspace = before.get_model("accounts", "Workspace").objects.create(slug="w", name="W")
    agents = before.get_model("context", "Agent").objects
    for slug, margin in (("usual", 0.05), ("strict", 0.02), ("none", 0.0)):
        agents.create(
            workspace=workspace, slug=slug, name=slug, regression_margin=margin, review_hour=4
        )
    after = MigrationExecutor(connection).migrate(AFTER).apps
    from_agent = after.get_model("context", "Agent").objects
    assert set(from_agent.values_list("test_hour", flat=True)) == {4}
    rules = from_agent.exclude(gate_rules=None).values_list("slug", "gate_rules__margin")
    assert dict(rules) == {"strict": 0.02, "none": 0.005}
