"""Owner, last day and source of documents: of every release, outside the hash, on record."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import AuditEntry, Role
from context.editing.drafts import create_draft, edit_draft
from context.hygiene.uses import first_use, uses_since
from context.models import Agent, Edit, Release, Upkeep
from context.releases.content import content_of
from conversations.ingest import ingest
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_chat,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
RELEASES = "/api/v1/agents/bot/releases/"


@pytest.fixture
def agent() -> Agent:
    """An agent with an admin called ada and a manager called bob."""
    agent = make_agent()
    make_member(agent.workspace)
    make_member(agent.workspace, "bob", Role.MANAGER)
    return agent


def body(**upkeep: Any) -> dict[str, Any]:
    """A push of one document."""
    document = {"slug": "returns", "title": "Returns", "body": "30 days."}
    return {"prompt": "Answer.", "documents": [document | upkeep]}


def push(agent: Agent, given: dict[str, Any]) -> Any:
    """POST it."""
    client: Client = make_client(make_key(agent.workspace))
    return client.post(RELEASES, given, "application/json")


def test_a_push_carries_the_upkeep_and_it_changes_no_content(agent: Agent) -> None:
    plain = push(agent, body()).json()
    kept = push(agent, body(owner="bob", expires_on="2027-01-31", source="https://shop.example/r"))
    assert (kept.status_code, kept.json()["content_hash"]) == (200, plain["content_hash"])
    [document] = kept.json()["documents"]
    assert (document["owner"], document["expires_on"]) == ("bob", "2027-01-31")
    assert document["source"] == "https://shop.example/r"
    entry = AuditEntry.objects.get(action="document.kept")
    assert entry.detail == "none → owner bob, until 2027-01-31, from https://shop.example/r"


def test_what_a_push_leaves_out_stays_and_null_clears_it(agent: Agent) -> None:
    push(agent, body(owner="bob", expires_on="2027-01-31"))
    push(agent, body(expires_on=None))
    row = Upkeep.objects.select_related("owner").get()
    assert row.owner is not None
    assert (row.owner.username, row.expires_on) == ("bob", None)


def test_an_owner_who_is_no_member_is_named_and_nothing_is_pushed(agent: Agent) -> None:
    answer = push(agent, body(owner="eve"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_owner")
    assert "eve" in answer.json()["detail"]
    assert not Release.objects.exists()


def test_a_source_that_a_page_must_not_open_is_refused(agent: Agent) -> None:
    answer = push(agent, body(source="javascript:alert(1)"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "documents.0.source"


def test_front_matter_carries_the_upkeep(agent: Agent, tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Be kind.\n")
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "returns.md").write_text(
        "---\ntitle: Returns\nowner: ada\nexpires_on: 2027-03-01\n---\n\nWithin 30 days.\n"
    )
    call_command("push", str(tmp_path), agent="bot")
    row = Upkeep.objects.select_related("owner").get()
    assert row.owner is not None
    assert (row.owner.username, row.expires_on) == ("ada", date(2027, 3, 1))


def test_every_step_of_a_draft_keeps_what_stood_there(agent: Agent) -> None:
    live = make_live_release(agent)
    draft, _ = create_draft(agent, make_content(RETURNS, WASHING), at=NOW)
    after = content_of(draft).without_document("washing").with_prompt("Be kind.")
    edit_draft(draft, after, None, NOW, why="Washing moved to the shop's page")
    removed = Edit.objects.get(part="document")
    assert (removed.name, removed.kind, removed.before) == ("washing", "removed", WASHING.body)
    assert removed.why == "Washing moved to the shop's page"
    prompt = Edit.objects.get(part="prompt")
    assert (prompt.before, prompt.after) == (live.prompt, "Be kind.")


def test_the_sources_of_answers_are_counted_by_day_and_document(agent: Agent) -> None:
    chat = make_chat("c-1")
    chat["messages"][1]["sources"] = ["returns", "washing"]
    other = make_chat("c-2")
    other["messages"][1]["sources"] = ["returns"]
    ingest(agent, [chat, other], now=NOW)
    assert uses_since(agent, date(2026, 11, 17)) == {"returns": 2, "washing": 1}
    chat["messages"][1]["sources"] = []
    ingest(agent, [chat], now=NOW)
    assert uses_since(agent, date(2026, 11, 17)) == {"returns": 1}
    assert first_use(agent) == date(2026, 11, 17)
    assert uses_since(agent, date(2026, 11, 18)) == {}


def test_sources_that_are_left_out_stay(agent: Agent) -> None:
    chat = make_chat("c-1")
    chat["messages"][1]["sources"] = ["returns"]
    ingest(agent, [chat], now=NOW)
    ingest(agent, [make_chat("c-1", tags=["vip"])], now=NOW)
    assert agent.conversations.get().sources == ["returns"]
