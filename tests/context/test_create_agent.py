"""`create_agent`: everything a new installation needs, made once."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import ApiKey, Workspace
from context.models import Agent
from tests.make import make_client

pytestmark = pytest.mark.django_db


def create_agent(*arguments: str) -> dict[str, str]:
    out = StringIO()
    call_command("create_agent", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_key_and_the_password_that_are_shown_work() -> None:
    made = create_agent("acme", "bot", "--admin", "ada", "--time-zone", "Europe/Berlin")
    assert Workspace.objects.get().time_zone == "Europe/Berlin"
    assert make_client(made["key"]).get("/api/v1/agents/bot/releases/").status_code == 200
    browser = Client()
    assert browser.login(username="ada", password=made["password"])
    assert browser.get("/acme/bot/").status_code == 200


def test_a_second_call_makes_nothing_new() -> None:
    create_agent("acme", "bot")
    again = create_agent("acme", "bot")
    assert (again["password"], again["key"]) == ("", "")
    assert (Agent.objects.count(), ApiKey.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["api", "bot"], "address of the product"),
        (["acme", "two words"], "slug"),
        (["acme", "bot", "--time-zone", "Mars/Olympus"], "not a time zone"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_left_half_made(
    arguments: list[str], fault: str
) -> None:
    with pytest.raises(CommandError, match=fault):
        create_agent(*arguments)
    assert not Agent.objects.exists()
    assert not Workspace.objects.exists()


def test_another_time_zone_for_a_workspace_that_exists_is_refused() -> None:
    create_agent("acme", "bot")
    with pytest.raises(CommandError, match="is in UTC"):
        create_agent("acme", "other", "--time-zone", "Europe/Berlin")
