"""API keys are hashed, scoped and revocable; roles are ordered."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import ApiKey, AuditEntry, Member, Role, Scope
from tests.make import NOW, make_agent, make_client, make_key, make_live_release, make_workspace

pytestmark = pytest.mark.django_db
LIVE = "/api/v1/agents/bot/releases/live/"


def test_only_the_hash_of_a_key_is_stored() -> None:
    key, secret = ApiKey.issue(make_workspace(), "ci", [Scope.READ], None)
    stored = ApiKey.objects.values().get(pk=key.pk)
    assert secret not in str(stored)
    assert stored["digest"] == ApiKey.digest_of(secret)


def test_a_scope_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="everything"):
        ApiKey.issue(make_workspace(), "ci", ["everything"], None)


def test_a_key_opens_its_own_workspace_only() -> None:
    agent = make_agent()
    make_live_release(agent)
    other = make_key(make_workspace("other"))
    assert make_client(make_key(agent.workspace)).get(LIVE).status_code == 200
    refused = make_client(other).get(LIVE)
    assert refused.status_code == 404
    assert refused.json()["code"] == "not_found"


def test_without_a_key_nothing_is_shown() -> None:
    make_agent()
    response = Client().get(LIVE)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] == "not_authenticated"


def test_a_revoked_key_is_refused() -> None:
    agent = make_agent()
    secret = make_key(agent.workspace)
    ApiKey.objects.get().revoke(NOW)
    assert make_client(secret).get(LIVE).status_code == 401


def test_a_key_without_the_scope_is_told_which_it_lacks() -> None:
    agent = make_agent()
    response = make_client(make_key(agent.workspace, Scope.INGEST)).get(LIVE)
    assert response.status_code == 403
    assert "read" in response.json()["detail"]


def test_every_answer_carries_the_rate_limit(settings: object) -> None:
    cache.clear()  # keys of earlier tests had the same number
    agent = make_agent()
    make_live_release(agent)
    settings.API_REQUESTS_PER_MINUTE = 2  # type: ignore[attr-defined]
    client = make_client(make_key(agent.workspace))
    answers = [client.get(LIVE) for _ in range(6)]
    assert answers[0].headers["X-RateLimit-Limit"] == "2"
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) <= 61


def test_a_role_may_all_that_weaker_roles_may() -> None:
    manager = Member(role=Role.MANAGER)
    assert [manager.may(role) for role in Role] == [True, True, True, False]


def test_the_audit_trail_reads_as_words() -> None:
    assert AuditEntry(action="member.role_changed").words == "Member role changed"
