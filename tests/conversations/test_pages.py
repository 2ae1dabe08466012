"""The list of conversations and the page of one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from context.models import Agent
from conversations.briefs import work_briefs
from conversations.ingest import ingest
from conversations.models import Conversation, HandoverBrief
from tests.make import (
    NOW,
    make_agent,
    make_chat,
    make_live_release,
    make_member,
    make_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    """An agent with one release."""
    agent = make_agent()
    make_live_release(agent)
    return agent


def log_in(client: Client, agent: Agent, role: str = Role.REVIEWER) -> Client:
    """The client, logged in as a member with a role."""
    client.force_login(make_member(agent.workspace, role, role))
    return client


def url(agent: Agent, name: str = "list", *args: object) -> str:
    """The address of a page."""
    return reverse(f"conversations:{name}", args=[agent.workspace.slug, agent.slug, *args])


def show(client: Client, address: str) -> str:
    """The page's text."""
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_without_conversations_the_list_says_how_to_get_some(client: Client, agent: Agent) -> None:
    assert "manage.py ingest" in show(log_in(client, agent), url(agent))


def test_the_list_shows_what_became_of_each(client: Client, agent: Agent) -> None:
    ingest(agent, [make_chat(topic="returns", csat={"score": 2})], now=NOW)
    page = show(log_in(client, agent), url(agent))
    assert "c-1" in page and "returns" in page and 'data-status="pending"' in page


def test_the_list_goes_to_older_conversations_and_back(client: Client, agent: Agent) -> None:
    days = [make_chat(f"day-{d:02}", opened_at=f"2026-11-{d:02}T10:00:00Z") for d in range(1, 8)]
    ingest(agent, days, now=NOW)
    log_in(client, agent)
    first = client.get(f"{url(agent)}?limit=3&channel=chat")
    assert first.context["newer"] == ""
    older = first.context["older"]
    assert "channel=chat" in older
    second = client.get(url(agent) + older + "&limit=3")
    assert [row.external_id for row in second.context["conversations"]] == [
        "day-04",
        "day-03",
        "day-02",
    ]
    back = client.get(url(agent) + second.context["newer"] + "&limit=3")
    assert [row.external_id for row in back.context["conversations"]] == [
        "day-07",
        "day-06",
        "day-05",
    ]


def test_the_list_takes_as_many_queries_for_fifty_as_for_one(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    ingest(agent, [make_chat()], now=NOW)
    show(client, url(agent))
    with CaptureQueriesContext(connection) as one:
        show(client, url(agent))
    ingest(agent, [make_chat(f"c-{n}") for n in range(60)], now=NOW)
    with CaptureQueriesContext(connection) as fifty:
        show(client, url(agent))
    assert len(fifty) == len(one)


def test_an_unreadable_filter_is_named_and_dropped(client: Client, agent: Agent) -> None:
    response = log_in(client, agent).get(url(agent), {"csat": "bad"}, follow=True)
    assert "The filter csat cannot be read" in response.content.decode()


def test_a_filter_that_nothing_passes_says_so(client: Client, agent: Agent) -> None:
    ingest(agent, [make_chat()], now=NOW)
    assert "Nothing matches" in show(log_in(client, agent), url(agent) + "?topic=none")


def test_a_cursor_that_is_none_is_a_404(client: Client, agent: Agent) -> None:
    assert log_in(client, agent).get(url(agent), {"cursor": "x"}).status_code == 404


def test_customer_text_is_shown_escaped(client: Client, agent: Agent) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    payload = make_chat("<b>id</b>", ("customer", attack), tags=[attack], topic="<i>t</i>")
    payload["customer_ref"] = "<u>c</u>"
    ingest(agent, [payload], now=NOW)
    log_in(client, agent)
    for address in (url(agent), url(agent, "detail", Conversation.objects.get().pk)):
        page = show(client, address)
        for markup in ("<script>alert", "<img src=x", "<b>id", "<i>t", "<u>c"):
            assert markup not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_tells_the_outcome_the_signals_and_the_oddities(
    client: Client, agent: Agent
) -> None:
    payload = make_chat(tags=["ai_close"], closed_at="2026-11-17T09:00:00Z", csat={"score": 4})
    payload["messages"].append({"external_id": "note", "author": "human", "text": "VIP"})
    payload["messages"][-1]["public"] = False
    ingest(agent, [payload], now=NOW)
    page = show(log_in(client, agent), url(agent, "detail", Conversation.objects.get().pk))
    assert "closed before it was opened" in page
    assert "Closed by the AI" in page
    assert 'class="message internal" data-author="human"' in page
    assert "4 of 5" in page
    assert 'hx-get="/acme/bot/desk/panel/' in page


def test_an_empty_conversation_can_be_looked_at(client: Client, agent: Agent) -> None:
    ingest(agent, [make_chat(messages=[])], now=NOW)
    page = show(log_in(client, agent), url(agent, "detail", Conversation.objects.get().pk))
    assert "no messages yet" in page


def make_handover(agent: Agent) -> int:
    """The key of a handed-over conversation with a brief."""
    ingest(agent, [make_chat(tags=["ai_handover"])], now=NOW)
    work_briefs(agent, lambda: NOW)
    return Conversation.objects.get().pk


def test_a_brief_is_rated_in_one_click(client: Client, agent: Agent) -> None:
    key = make_handover(agent)
    log_in(client, agent)
    assert "Handover brief" in show(client, url(agent, "detail", key))
    answer = client.post(url(agent, "rate-brief", key), {"rating": "wrong", "note": "not hers"})
    assert answer.status_code == 302
    brief = HandoverBrief.objects.get()
    assert (brief.rating, brief.rating_note) == ("wrong", "not hers")
    assert brief.rated_by is not None and brief.rated_by.username == "reviewer"
    assert "not hers" in show(client, url(agent, "detail", key))


def test_a_viewer_reads_the_brief_and_cannot_rate_it(client: Client, agent: Agent) -> None:
    key = make_handover(agent)
    log_in(client, agent, Role.VIEWER)
    assert 'name="rating"' not in show(client, url(agent, "detail", key))
    assert client.post(url(agent, "rate-brief", key), {"rating": "useful"}).status_code == 403


def test_a_rating_that_does_not_exist_is_not_kept(client: Client, agent: Agent) -> None:
    key = make_handover(agent)
    log_in(client, agent).post(url(agent, "rate-brief", key), {"rating": "superb"})
    assert HandoverBrief.objects.get().rating == ""


def test_strangers_see_nothing(client: Client, agent: Agent) -> None:
    ingest(agent, [make_chat()], now=NOW)
    address = url(agent, "detail", Conversation.objects.get().pk)
    assert client.get(address).status_code == 302
    client.force_login(make_member(make_workspace("other"), "eve"))
    assert client.get(address).status_code == 404
    assert client.get(url(agent)).status_code == 404
