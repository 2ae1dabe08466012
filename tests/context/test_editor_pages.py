"""The editors: sections and variables of the prompt, reasons, upkeep; history and search."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.models import Role
from context.answers.answering import answer_call
from context.editing.drafts import create_draft, edit_draft
from context.models import Agent, Edit, Release
from context.refusals import UnknownVariables
from context.releases.content import content_of
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
PROMPT = "You are {{name}}.\n\n# Tone\nBe kind.\n\n# Refunds\nAsk first.\n"
SIXTY = replace(RETURNS, body="You can return unworn items within 60 days of delivery.")


@pytest.fixture
def agent() -> Agent:
    """Release 1 is live, 2 a draft."""
    agent = make_agent()
    make_member(agent.workspace, role=Role.MANAGER)
    make_member(agent.workspace, "bob", Role.REVIEWER)
    make_live_release(agent)
    create_draft(agent, make_content(RETURNS, WASHING, prompt=PROMPT), at=LATER)
    return agent


@pytest.fixture
def client(client: Client, agent: Agent) -> Client:
    """Logged in as the manager."""
    client.login(username="ada", password="correct horse battery")
    return client


def draft(agent: Agent) -> Release:
    """Release 2."""
    release = agent.releases.get(number=2)
    release.agent = agent
    return release


def fields(client: Client, path: str, **changed: str) -> dict[str, str]:
    """What the page's form holds, with some fields changed."""
    form = client.get(path).context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    return {name: str(value) for name, value in (values | changed).items()}


def test_one_section_of_the_prompt_is_edited_alone(client: Client, agent: Agent) -> None:
    path = "/acme/bot/releases/2/prompt/?section=1"
    page = client.get(path).content.decode()
    assert 'aria-current="page">Tone' in page
    given = fields(
        client, path, prompt="# Tone\r\nBe brief.", variables="name = Ada", why="Too long"
    )
    client.post(path, given | {"heading": "Tone"})
    content = content_of(draft(agent))
    assert content.prompt == "You are {{name}}.\n\n# Tone\nBe brief.\n# Refunds\nAsk first.\n"
    assert content.settings == {"variables": {"name": "Ada"}}
    edit = Edit.objects.get(part="prompt")
    assert (edit.why, edit.by is not None) == ("Too long", True)
    assert client.get("/acme/bot/releases/2/prompt/?section=9").status_code == 404


def test_a_section_that_somebody_else_changed_is_shown_as_the_whole(
    client: Client, agent: Agent
) -> None:
    path = "/acme/bot/releases/2/prompt/?section=1"
    given = fields(client, path, prompt="# Tone\nBe brief.\n") | {"heading": "Tone"}
    edit_draft(draft(agent), content_of(draft(agent)).with_prompt("New."), None, LATER)
    answer = client.post(path, given)
    assert answer.context["section"] is None
    assert answer.context["form"]["prompt"].value() == "New.\n\n# Tone\nBe brief.\n"
    assert content_of(draft(agent)).prompt == "New."


def test_variables_without_a_value_are_named_before_submitting(
    client: Client, agent: Agent
) -> None:
    page = client.get("/acme/bot/releases/2/").content.decode()
    assert "variables without a value: <code>{{name}}</code>" in page
    with pytest.raises(UnknownVariables, match="name"):
        draft(agent).submit(LATER)
    rest = make_client(make_key(agent.workspace))
    answer = rest.post("/api/v1/agents/bot/releases/2/submit/", {}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_variables")


def test_the_model_is_sent_the_values(agent: Agent) -> None:
    content = make_content(prompt=PROMPT, variables={"name": "Ada"})
    release, _ = create_draft(agent, content, at=LATER)
    call = answer_call(release, [{"author": "customer", "text": "Hi"}])
    assert str(call.messages[0]["content"]).startswith("You are Ada.")


def test_a_running_agent_reads_the_values_too(agent: Agent) -> None:
    make_live_release(agent, make_content(prompt=PROMPT, variables={"name": "Ada"}))
    rest = make_client(make_key(agent.workspace))
    assert rest.get("/api/v1/agents/bot/releases/live/").json()["prompt"].startswith("You are Ada.")
    assert rest.get("/api/v1/agents/bot/releases/3/").json()["prompt"] == PROMPT


def test_the_preview_shows_the_values_and_names_what_is_missing(client: Client) -> None:
    given = {"prompt": "Hi {{name}} of {{shop}} <script>", "variables": "name = *Ada*"}
    answer = client.post("/acme/bot/context/prompt-preview/", given).content.decode()
    assert "Hi <em>Ada</em>" in answer
    assert "<code>{{shop}}</code>" in answer
    assert "<script>" not in answer


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("variables", "shop", "is no line such as"),
        ("variables", "a = 1\na = 2", "given twice"),
        ("variables", "9 = x", "variables"),
        ("settings", '{"variables": {}}', "field of their own"),
    ],
)
def test_what_does_not_fit_is_named(client: Client, name: str, text: str, message: str) -> None:
    path = "/acme/bot/releases/2/prompt/"
    answer = client.post(path, fields(client, path, **{name: text}))
    assert message in " ".join(answer.context["form"].errors[name])


def test_a_document_is_saved_with_its_reason_and_its_upkeep(client: Client, agent: Agent) -> None:
    path = "/acme/bot/releases/2/documents/returns/edit/"
    given = fields(
        client,
        path,
        body="Within 60 days.",
        why="New policy",
        owner="bob",
        expires_on="2027-01-31",
        source="https://shop.example/returns",
    )
    assert client.post(path, given).status_code == 302
    edit = Edit.objects.get()
    assert (edit.name, edit.why, edit.after) == ("returns", "New policy", "Within 60 days.")
    row = agent.upkeep.select_related("owner").get()
    assert row.owner is not None
    assert (row.owner.username, row.expires_on) == ("bob", date(2027, 1, 31))
    page = client.get("/acme/bot/releases/1/documents/returns/").content.decode()
    assert "bob" in page
    assert "31 Jan 2027" in page


def test_a_source_no_page_may_open_is_refused(client: Client, agent: Agent) -> None:
    path = "/acme/bot/releases/2/documents/returns/edit/"
    answer = client.post(path, fields(client, path, source="javascript:alert(1)"))
    assert "must begin with" in " ".join(answer.context["form"].errors["source"])
    assert not agent.upkeep.exists()


def test_upkeep_is_changed_without_a_release(client: Client, agent: Agent) -> None:
    given = {"owner": "ada", "expires_on": "", "source": ""}
    client.post("/acme/bot/context/documents/returns/upkeep/", given)
    row = agent.upkeep.select_related("owner").get()
    assert row.owner is not None
    assert row.owner.username == "ada"
    assert agent.releases.count() == 2


def test_a_document_shows_its_difference_to_any_release(client: Client, agent: Agent) -> None:
    create_draft(agent, make_content(SIXTY, WASHING), at=LATER)
    page = client.get("/acme/bot/releases/3/documents/returns/?against=2").content.decode()
    assert "<del>30" in page
    assert "<ins>60" in page


def test_the_history_of_a_document_names_every_release_that_changed_it(
    client: Client, agent: Agent
) -> None:
    content = content_of(draft(agent)).with_document(SIXTY)
    edit_draft(draft(agent), content, None, LATER, why="New policy")
    answer = client.get("/acme/bot/context/documents/returns/")
    steps = [(step.release.number, step.kind) for step in answer.context["steps"]]
    assert steps == [(2, "changed"), (1, "added")]
    assert "New policy" in answer.content.decode()
    assert client.get("/acme/bot/context/documents/nothing/").status_code == 404


def test_the_history_of_the_prompt_and_the_steps_of_a_draft(client: Client, agent: Agent) -> None:
    edit_draft(draft(agent), content_of(draft(agent)).with_prompt("Be kind."), None, LATER)
    answer = client.get("/acme/bot/context/prompt/")
    assert [step.release.number for step in answer.context["steps"]] == [2, 1]
    page = client.get("/acme/bot/releases/2/edits/").content.decode()
    assert "<del>You are" in page


def test_words_are_found_in_a_release_and_a_sentence_over_all(client: Client, agent: Agent) -> None:
    here = client.get("/acme/bot/context/find/?q=Unworn++ITEMS").content.decode()
    assert "<mark>unworn items</mark>" in here
    apart = client.get("/acme/bot/context/find/?q=refund+unworn").context["hits"]
    assert [hit.slug for hit in apart] == ["returns"]
    everywhere = client.get("/acme/bot/context/find/?q=tumble+dry&in=all").context["origins"]
    assert [(one.hit.slug, one.first.number, one.last.number) for one in everywhere] == [
        ("washing", 2, 2)
    ]
    nothing = client.get("/acme/bot/context/find/?q=zebra&in=all").content.decode()
    assert "No release ever said this" in nothing


def test_words_beyond_ascii_are_found_in_any_case(client: Client, agent: Agent) -> None:
    document = replace(RETURNS, slug="groesse", title="Größen", body="Die GRÖSSE Ü passt.")
    create_draft(agent, make_content(document), at=LATER)
    found = client.get("/acme/bot/context/find/", {"q": "ü PASST", "in": "all"}).context["origins"]
    assert [one.hit.slug for one in found] == ["groesse"]


def test_another_workspaces_pages_are_not_found(client: Client) -> None:
    for path in ("context/find/", "context/hygiene/", "context/prompt/"):
        assert client.get(f"/other/bot/{path}").status_code == 404
