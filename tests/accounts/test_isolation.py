"""Nothing of one workspace is ever visible from another, whatever the address.

The addresses are read from the URL configuration, so a new page or REST call is tested the day it
is added.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Role
from tests.make import PASSWORD, make_agent, make_client, make_key, make_member, make_workspace

SAMPLES = {"IntConverter": "1", "SlugConverter": "x", "StringConverter": "x", "UUIDConverter": "x"}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Every address that names an agent, with sample values for what else it names."""
    for pattern in patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, text)
        elif isinstance(pattern, URLPattern) and "<slug:agent>" in text:
            yield text


def filled(route: str) -> str:
    """The address of acme/bot for a route."""
    path = route.replace("<slug:workspace>", "acme").replace("<slug:agent>", "bot")
    while "<" in path:
        before, _, rest = path.partition("<")
        kind, _, after = rest.partition(">")
        path = before + ("1" if kind.startswith("int:") else "x") + after
    return "/" + path


ROUTES = sorted(set(map(filled, routes(get_resolver().url_patterns))))
API = [path for path in ROUTES if path.startswith("/api/")]
PAGES = [path for path in ROUTES if not path.startswith("/api/")]


def call(client: Client, path: str) -> int:
    """The status of a GET, or of a POST where only that is allowed."""
    status = client.get(path).status_code
    return client.post(path, {}, "application/json").status_code if status == 405 else status


def test_there_are_pages_and_rest_calls_to_test() -> None:
    assert len(API) > 25
    assert len(PAGES) > 15


@pytest.mark.django_db
@pytest.mark.parametrize("path", API)
def test_another_workspaces_rest_object_is_not_found(path: str) -> None:
    make_agent(make_workspace("acme"))
    stranger = make_client(make_key(make_workspace("other")))
    assert call(stranger, path) == 404
    assert call(Client(), path) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_another_workspaces_page_is_not_found(path: str) -> None:
    make_agent(make_workspace("acme"))
    make_member(make_workspace("other"), "eve", Role.ADMIN)
    stranger = Client()
    assert call(stranger, path) == 302
    stranger.login(username="eve", password=PASSWORD)
    assert call(stranger, path) == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in API if "/1" in path])
def test_a_number_larger_than_any_key_is_no_fault_of_ours(path: str) -> None:
    agent = make_agent(make_workspace("acme"))
    client = make_client(make_key(agent.workspace, by=make_member(agent.workspace)))
    assert call(client, path.replace("/1/", f"/{10**30}/")) in {404, 422}
