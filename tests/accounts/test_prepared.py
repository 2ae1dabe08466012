"""Statements that are built once give what the query itself gives."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ApiKey, Member, Role, User, Workspace
from accounts.prepared import Given, Prepared, execute, insert

pytestmark = pytest.mark.django_db
MEMBERS = Prepared(
    lambda: (
        Member.objects.filter(workspace=Given("workspace"), role=Given("role"))
        .select_related("user")
        .only("role", "user__username")
        .order_by("user__username")
    )
)
USED_SINCE = Prepared(
    lambda: ApiKey.objects.filter(last_used_at__gte=Given("since")).values("name", "last_used_at")
)
NAMES = Prepared(
    lambda: Workspace.objects.exclude(slug=Given("slug")).values_list("name", flat=True)
)


@pytest.fixture
def workspace() -> Workspace:
    found = Workspace.objects.create(name="Acme", slug="acme")
    for name, role in (("cleo", Role.REVIEWER), ("ada", Role.REVIEWER), ("boss", Role.ADMIN)):
        user = User.objects.create_user(name)
        Member.objects.create(workspace=found, user=user, role=role)
    return found


def test_models_come_with_what_was_joined(workspace: Workspace) -> None:
    found = MEMBERS.all(workspace=workspace.pk, role="reviewer")
    assert [(one.role, one.user.username) for one in found] == [
        ("reviewer", "ada"), ("reviewer", "cleo"),
    ]  # fmt: skip
    assert found[0].get_deferred_fields() == {"workspace_id", "created_at"}
    assert found[0] == Member.objects.get(user__username="ada")


def test_other_values_give_other_rows(workspace: Workspace) -> None:
    boss = MEMBERS.first(workspace=workspace.pk, role="admin")
    assert boss is not None
    assert boss.user.username == "boss"
    assert MEMBERS.first(workspace=workspace.pk, role="viewer") is None
    assert MEMBERS.all(workspace=workspace.pk + 1, role="reviewer") == []


def test_a_number_that_no_column_holds_finds_nothing(workspace: Workspace) -> None:
    assert MEMBERS.all(workspace=10**30, role="reviewer") == []


def test_moments_go_in_and_come_out_as_they_are(workspace: Workspace) -> None:
    at = datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=UTC)
    key, _ = ApiKey.issue(workspace, "crm", ["read"], None)
    assert execute("UPDATE accounts_apikey SET last_used_at = %s WHERE id = %s", at, key.pk) == 1
    assert USED_SINCE.all(since=at) == [{"name": "crm", "last_used_at": at}]
    assert USED_SINCE.all(since=at + timedelta(seconds=1)) == []


def test_a_single_column_comes_flat(workspace: Workspace) -> None:
    Workspace.objects.create(name="Bolt", slug="bolt")
    assert NAMES.all(slug="acme") == ["Bolt"]


def test_new_rows_have_their_keys_in_order(workspace: Workspace) -> None:
    users = [User.objects.create_user(f"new-{number}") for number in range(3)]
    at = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [Member(workspace=workspace, user=user, created_at=at) for user in users]
    insert(rows)
    for row, user in zip(rows, users, strict=True):
        assert Member.objects.get(pk=row.pk) == row
        assert Member.objects.get(pk=row.pk).user == user
    insert([])
