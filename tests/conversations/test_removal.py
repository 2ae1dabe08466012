"""Deleting conversations takes them out of the figures too."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from context.models import Agent, DayTotal, Figure
from conversations.ingest import ingest
from conversations.models import Conversation
from tests.make import NOW, make_agent, make_chat, make_user, make_workspace

pytestmark = pytest.mark.django_db


def make_chats(agent: Agent) -> None:
    """Two conversations of one customer and one of another, all of a day."""
    ingest(
        agent,
        [
            make_chat("c-1", customer_ref="anna@example.com"),
            make_chat("c-2", customer_ref="anna@example.com"),
            make_chat("c-3", customer_ref="42"),
        ],
        now=NOW,
    )


def counted(agent: Agent) -> int:
    """How many conversations the day's figures know."""
    day = DayTotal.objects.filter(agent=agent, by="all", figure=Figure.CONVERSATIONS)
    return sum(day.filter(date=date(2026, 11, 17)).values_list("n", flat=True))


def test_a_customer_is_forgotten_by_the_reference_that_was_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    agent = make_agent()
    make_chats(agent)
    call_command("forget", agent=agent.slug, customer="anna@example.com", json=True)
    assert json.loads(capsys.readouterr().out)["conversations"] == 2
    assert Conversation.objects.get().external_id == "c-3"
    assert counted(agent) == 1


def test_a_dry_run_deletes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    agent = make_agent()
    make_chats(agent)
    call_command("forget", agent=agent.slug, id=["c-1", "c-9"], dry_run=True)
    assert "1 conversations would be deleted" in capsys.readouterr().out
    assert counted(agent) == 3


def test_nobody_named_deletes_nothing() -> None:
    agent = make_agent()
    make_chats(agent)
    with pytest.raises(CommandError, match="--customer or --id"):
        call_command("forget", agent=agent.slug)
    assert counted(agent) == 3


def test_another_agents_conversations_stay() -> None:
    agent, other = make_agent(), make_agent(make_workspace("other"), slug="other")
    make_chats(agent)
    make_chats(other)
    call_command("forget", agent=agent.slug, id=["c-1", "c-2", "c-3"])
    assert (counted(agent), counted(other)) == (0, 3)


@pytest.mark.parametrize("many", [True, False])
def test_the_admin_deletes_them_from_the_figures_too(client: Client, many: bool) -> None:
    agent = make_agent()
    make_chats(agent)
    admin = make_user()
    admin.is_staff = admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    key = Conversation.objects.get(external_id="c-3").pk
    if many:
        chosen = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
        client.post(reverse("admin:conversations_conversation_changelist"), chosen)
    else:
        client.post(reverse("admin:conversations_conversation_delete", args=[key]), {"post": "yes"})
    assert not Conversation.objects.filter(pk=key).exists()
    assert counted(agent) == 2
