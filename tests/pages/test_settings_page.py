"""What may be set on the settings page, by whom, and what is kept of it."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import ApiKey, AuditEntry, Member, Role, User, Workspace
from context.models import Agent
from tests.make import make_agent, make_member, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    """An agent whose workspace has one member of each role; ada is the admin."""
    workspace = make_workspace()
    for name, role in [("vic", "viewer"), ("rita", "reviewer"), ("max", "manager")]:
        make_member(workspace, name, role)
    make_member(workspace, "ada", Role.ADMIN)
    return make_agent(workspace)


def logged_in(name: str) -> Client:
    """A browser in which a person has logged in."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def url(agent: Agent, name: str = "settings", *args: object) -> str:
    """The address of a settings page or action."""
    return reverse(f"shell:{name}", args=[agent.workspace.slug, agent.slug, *args])


def loop(agent: Agent, **changed: object) -> dict[str, object]:
    """The loop form as a browser sends it."""
    fields = {
        "name": agent.name,
        "language": "en",
        "review_hour": 6,
        "test_weekday": 3,
        "test_hour": 6,
        "queue_capacity": 30,
        "double_review_share": 0.1,
        "judge_hidden": "sample",
        "review_mode": "live",
        "canary_size": 200,
        "stale_after_months": 12,
        "daily_budget_usd": "20",
        "run_budget_usd": "10",
        "judge_least_sensitivity": 0.6,
        "judge_least_specificity": 0.8,
        "judge_least_labels": 100,
        "rollout_guardrails": "csat reopened ai_handover",
        "impact_figure": "ai_resolved",
        "impact_weeks": 1,
        "impact_points": 3,
        "impact_csat": 0.2,
    }
    return fields | changed


def test_a_manager_changes_the_loop_and_the_trail_names_what(agent: Agent) -> None:
    sent = loop(agent, queue_capacity=12, review_hour=5)
    answer = logged_in("max").post(url(agent, "save-loop"), sent)
    assert answer.status_code == 302
    agent.refresh_from_db()
    assert (agent.queue_capacity, agent.review_hour) == (12, 5)
    entry = AuditEntry.objects.get(action="settings.changed")
    assert entry.user and entry.user.username == "max"
    assert entry.detail == "review_hour, queue_capacity"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("review_hour", 24),
        ("queue_capacity", 0),
        ("double_review_share", 2),
        ("canary_size", 49),
    ],
)
def test_a_value_that_makes_no_sense_changes_nothing(
    agent: Agent, field: str, value: object
) -> None:
    answer = logged_in("max").post(url(agent, "save-loop"), loop(agent, **{field: value}))
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    before = getattr(agent, field)
    agent.refresh_from_db()
    assert getattr(agent, field) == before


@pytest.mark.parametrize("name", ["vic", "rita"])
def test_weaker_roles_see_the_settings_but_cannot_change_them(agent: Agent, name: str) -> None:
    client = logged_in(name)
    page = client.get(url(agent))
    assert page.status_code == 200
    assert "API keys" not in page.content.decode()
    assert client.post(url(agent, "save-loop"), loop(agent)).status_code == 403


@pytest.mark.parametrize("action", ["save-workspace", "issue-key", "save-member"])
def test_workspace_keys_and_members_need_an_admin(agent: Agent, action: str) -> None:
    assert logged_in("max").post(url(agent, action), {}).status_code == 403


def test_a_key_is_shown_once_and_only_its_hash_is_kept(agent: Agent) -> None:
    client = logged_in("ada")
    sent = {"name": "ci", "scopes": ["read", "releases"]}
    page = client.post(url(agent, "issue-key"), sent).content.decode()
    key = ApiKey.objects.get()
    secret = page.split('id="secret">')[1].split("<")[0]
    assert ApiKey.digest_of(secret) == key.digest
    assert key.scopes == "read releases"
    assert secret not in client.get(url(agent)).content.decode()


def test_a_revoked_key_stays_listed_and_ends_at_once(agent: Agent) -> None:
    key, _ = ApiKey.issue(agent.workspace, "old", ["read"], None)
    client = logged_in("ada")
    client.post(url(agent, "revoke-key", key.pk))
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "Revoked" in client.get(url(agent)).content.decode()
    assert client.post(url(agent, "revoke-key", key.pk)).status_code == 404


def test_a_key_of_another_workspace_cannot_be_revoked(agent: Agent) -> None:
    other = Workspace.objects.create(name="Other", slug="other")
    key, _ = ApiKey.issue(other, "theirs", ["read"], None)
    assert logged_in("ada").post(url(agent, "revoke-key", key.pk)).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_new_person_gets_an_account_and_can_log_in(agent: Agent) -> None:
    sent = {"username": "nina", "role": "reviewer", "password": "long winter evening"}
    assert logged_in("ada").post(url(agent, "save-member"), sent).status_code == 302
    assert Member.objects.get(user__username="nina").role == "reviewer"
    assert Client().login(username="nina", password="long winter evening")


@pytest.mark.parametrize("password", ["", "short", "password123"])
def test_a_new_account_needs_a_good_password(agent: Agent, password: str) -> None:
    sent = {"username": "nina", "role": "reviewer", "password": password}
    assert logged_in("ada").post(url(agent, "save-member"), sent).status_code == 422
    assert not User.objects.filter(username="nina").exists()


def test_a_role_is_changed_without_a_password(agent: Agent) -> None:
    sent = {"username": "vic", "role": "manager"}
    assert logged_in("ada").post(url(agent, "save-member"), sent).status_code == 302
    assert Member.objects.get(user__username="vic").role == "manager"


def test_the_last_admin_can_neither_leave_nor_step_down(agent: Agent) -> None:
    client, member = logged_in("ada"), Member.objects.get(user__username="ada")
    client.post(url(agent, "remove-member", member.pk))
    sent = {"username": "ada", "role": "viewer"}
    assert client.post(url(agent, "save-member"), sent).status_code == 422
    member.refresh_from_db()
    assert member.role == Role.ADMIN


def test_the_time_zone_must_be_one_the_machine_knows(agent: Agent) -> None:
    sent = {"name": "Acme", "time_zone": "Mars/Olympus"}
    assert logged_in("ada").post(url(agent, "save-workspace"), sent).status_code == 422
    sent["time_zone"] = "Europe/Berlin"
    assert logged_in("ada").post(url(agent, "save-workspace"), sent).status_code == 302
    assert Workspace.objects.get(pk=agent.workspace_id).time_zone == "Europe/Berlin"


def test_no_password_of_a_service_is_shown(agent: Agent, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://user:hunter22@broker.internal:6379/0"
    page = logged_in("ada").get(url(agent)).content.decode()
    assert "broker.internal:6379/0" in page and "hunter22" not in page
