"""The REST API as a whole: promised calls exist and are described, refusals are problems."""

from collections import Counter
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, RequestFactory
from drf_spectacular.generators import SchemaGenerator
from pydantic import BaseModel

from agentops import views
from tests.make import make_agent, make_key

pytestmark = pytest.mark.django_db

PROMISED = {
    "conversations/": {"get", "post"},
    "conversations/{}/": {"get"},
    "releases/": {"get", "post"},
    "releases/{}/": {"get"},
    "releases/{}/diff/{}/": {"get"},
    "releases/{}/submit/": {"post"},
    "releases/{}/checks/": {"get", "post"},
    "releases/{}/publish/": {"post"},
    "releases/{}/rollback/": {"post"},
    "releases/{}/impact/": {"get"},
    "releases/live/": {"get"},
    "releases/{}/respond/": {"post"},
    "queue/": {"get"},
    "queue/next/": {"post"},
    "queue/{}/verdict/": {"post"},
    "queue/{}/skip/": {"post"},
    "queue/{}/release/": {"post"},
    "reviews/": {"get"},
    "verdicts/": {"get"},
    "releases/{}/gate/": {"get", "post"},
    "gate/": {"get", "patch"},
    "suites/": {"get", "post"},
    "suites/{}/cases/": {"get", "post"},
    "suites/{}/runs/": {"post"},
    "runs/{}/": {"get"},
    "runs/{}/results/": {"get"},
    "runs/{}/cancel/": {"post"},
    "metrics/weekly/": {"get"},
    "quality/": {"get"},
    "proposals/": {"get"},
    "proposals/{}/accept/": {"post"},
    "proposals/{}/decline/": {"post"},
    "briefs/{}/": {"get"},
    "briefs/{}/rating/": {"post"},
}


def described() -> dict[str, set[str]]:
    """The calls of the schema: path below the agent, parameters emptied, to its methods."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, set[str]] = {}
    for path, calls in schema["paths"].items():
        short = path.removeprefix("/api/v1/agents/{agent}/")
        parts = ["{}" if part.startswith("{") else part for part in short.split("/")]
        found.setdefault("/".join(parts), set()).update(calls)
    return found


def test_every_promised_call_is_described() -> None:
    calls = described()
    assert {
        path: calls.get(path, set()) & methods for path, methods in PROMISED.items()
    } == PROMISED


def test_the_schema_is_valid_and_free_of_warnings(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "s.yml"))


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/nothing/", "/api/v1/agents/bot/nothing/"])
def test_a_path_that_is_no_call_is_a_problem(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_body_sent_without_the_final_slash_is_not_lost_in_a_redirect() -> None:
    agent = make_agent()
    headers = {"Authorization": f"Bearer {make_key(agent.workspace)}"}
    answer = Client(headers=headers).post(
        f"/api/v1/agents/{agent.slug}/conversations", {}, content_type="application/json"
    )
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "end with a slash" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/api/v1/agents/bot/queue/", "application/problem+json"), ("/acme/bot/", "text/html")],
)
def test_a_defect_of_ours_answers_in_the_language_of_the_asker(path: str, kind: str) -> None:
    answer = views.server_error(RequestFactory().get(path))
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.headers["Content-Type"].startswith(kind)


def test_calls_are_grouped_by_what_they_are_about() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    calls = [call for path in schema["paths"].values() for call in path.values()]
    tags = {tag for call in calls for tag in call["tags"]}
    assert {"conversations", "releases", "queue", "suites", "runs", "metrics", "quality"} <= tags
    assert "v1" not in tags


def subclasses(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Every model below this one."""
    found = set(model.__subclasses__())
    return found.union(*(subclasses(one) for one in found))


def test_no_two_shapes_share_a_name_for_the_schema_would_show_one_of_them_for_both() -> None:
    described = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    names = [
        one.__name__
        for one in subclasses(BaseModel)
        if one.__name__ in described and one.__module__.split(".")[0] in settings.INSTALLED_APPS
    ]
    assert [name for name, times in Counter(names).items() if times > 1] == []
