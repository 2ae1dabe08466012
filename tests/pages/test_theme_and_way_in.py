"""Logging in, choosing a theme, and the headers of every page."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.make import PASSWORD, make_agent, make_member, make_workspace

pytestmark = pytest.mark.django_db


def test_home_leads_to_the_first_agents_today() -> None:
    agent = make_agent(make_workspace("zeta"), "bot")
    first = make_agent(make_workspace("alpha"), "bot")
    for found in (agent, first):
        make_member(found.workspace, "ada")
    client = Client()
    client.login(username="ada", password=PASSWORD)
    assert client.get("/").headers["Location"] == "/alpha/bot/"


def test_a_person_without_a_workspace_is_told_what_to_do() -> None:
    member = make_member(make_workspace())
    member.memberships.all().delete()
    client = Client()
    client.force_login(member)
    assert "not a member of a workspace" in client.get("/").content.decode()


def test_anonymous_people_are_sent_to_log_in() -> None:
    agent = make_agent()
    answer = Client().get(reverse("shell:today", args=[agent.workspace.slug, agent.slug]))
    assert answer.headers["Location"].startswith("/login/?next=")


def test_a_theme_is_kept_and_rendered_by_the_server() -> None:
    client = Client()
    client.post("/theme/", {"theme": "dark", "next": "/login/"})
    assert 'data-theme="dark"' in client.get("/login/").content.decode()
    client.post("/theme/", {"theme": "", "next": "/login/"})
    assert "data-theme" not in client.get("/login/").content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_the_theme_button_never_leads_to_another_host(target: str) -> None:
    answer = Client().post("/theme/", {"theme": "dark", "next": target})
    assert answer.headers["Location"] == "/"


def test_every_response_carries_the_strict_policy() -> None:
    for path in ["/login/", "/healthz", "/no-such-page"]:
        policy = Client().get(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy


def test_the_gallery_is_there_only_while_developing(settings: Settings) -> None:
    assert Client().get("/design/").status_code == 404
    settings.DEBUG = True
    assert "Tiles" in Client().get("/design/").content.decode()


def test_the_health_page_asks_the_database() -> None:
    assert Client().get("/healthz").content == b"ok"


def test_a_page_that_does_not_exist_is_a_kind_404() -> None:
    answer = Client().get("/nobody/nothing/nowhere")
    assert answer.status_code == 404 and "Nothing here" in answer.content.decode()
