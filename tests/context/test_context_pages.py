"""The pages of context, releases and proposals, by role; every button is a plain form."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry
from context.editing.drafts import edit_draft, open_draft
from context.editing.parts import document_hash, prompt_hash
from context.models import Agent, Impact, Release
from context.proposals.proposing import propose
from context.releases.checks import record_check
from context.releases.content import DocumentContent, content_of
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_content,
    make_live_release,
    make_member,
    make_workspace,
)

pytestmark = pytest.mark.django_db
BASE = "/acme/bot/"
PAGES = ["context/", "releases/", "releases/1/", "releases/1/documents/returns/", "proposals/"]
POSTS = [
    "releases/new/",
    "releases/2/submit/",
    "releases/2/discard/",
    "releases/2/labels/",
    "releases/2/labels/take/",
    "releases/2/documents/returns/remove/",
    "proposals/1/accept/",
    "proposals/1/decline/",
]


@pytest.fixture
def agent() -> Agent:
    """An agent with a live release."""
    agent = make_agent()
    make_live_release(agent, make_content(RETURNS, WASHING))
    return agent


def log_in(client: Client, agent: Agent, role: str = "manager") -> Client:
    """The client as a member with the role."""
    client.force_login(make_member(agent.workspace, role, role=role))
    return client


def make_candidate(agent: Agent) -> Release:
    """A submitted change of the prompt."""
    draft = open_draft(agent, at=NOW)
    edit_draft(draft, content_of(draft).with_prompt("Be brief."), by=None, at=NOW)
    draft.submit(NOW)
    return draft


def page(client: Client, path: str) -> str:
    """The HTML of a page that must open."""
    answer = client.get(BASE + path)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, path: str, **data: Any) -> str:
    """Send a form and follow to the page it leads to."""
    answer = client.post(BASE + path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", [*PAGES, "releases/2/prompt/", "releases/2/documents/"])
def test_anonymous_people_log_in_first(client: Client, agent: Agent, path: str) -> None:
    assert client.get(BASE + path)["Location"].startswith("/login/")


@pytest.mark.parametrize("path", PAGES)
def test_every_member_reads_and_strangers_do_not(client: Client, agent: Agent, path: str) -> None:
    page(log_in(client, agent, "viewer"), path)
    client.force_login(make_member(make_workspace("elsewhere"), "eve"))
    assert client.get(BASE + path).status_code == 404


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_managers_change(client: Client, agent: Agent, role: str, path: str) -> None:
    open_draft(agent, at=NOW)
    log_in(client, agent, role)
    assert client.post(BASE + path).status_code == 403
    assert client.get(BASE + path).status_code in {403, 405}


def test_a_viewer_sees_no_buttons(client: Client, agent: Agent) -> None:
    make_candidate(agent)
    html = page(log_in(client, agent, "viewer"), "releases/2/")
    assert "Publish" not in html
    assert "Approve" not in html


def test_the_documents_in_use_are_shown(client: Client, agent: Agent) -> None:
    html = page(log_in(client, agent), "context/")
    assert "Returning an item" in html
    assert "release 1" in html
    assert "New draft" in html


def test_a_new_agent_is_told_what_to_do(client: Client) -> None:
    log_in(client, make_agent(), "viewer")
    for path in ("context/", "releases/", "proposals/"):
        assert 'class="empty"' in page(client, path)


def test_a_draft_is_opened_edited_and_submitted(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    assert "Release 2 is a draft" in post(client, "releases/new/")
    draft = agent.releases.get(number=2)
    seen = prompt_hash(content_of(draft))
    edited = {"prompt": "Be kind.\r\nBe brief.\r\n", "settings": '{"temperature": 0.3}'}
    post(client, "releases/2/prompt/", **edited, note="Shorter", seen=seen)
    added = {"title": "Gift cards", "body": "They never expire.", "required_facts": " code \n\n"}
    assert "“Gift cards” is saved" in post(client, "releases/2/documents/", **added)
    draft.refresh_from_db()
    content = content_of(draft)
    assert (content.prompt, draft.note) == ("Be kind.\nBe brief.\n", "Shorter")
    assert content.settings == {"temperature": 0.3}
    card = DocumentContent("gift-cards", "Gift cards", "They never expire.", "", ("code",))
    assert content.document("gift-cards") == card
    assert "is a candidate now" in post(client, "releases/2/submit/")


def test_a_document_is_changed_and_renamed(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    draft = open_draft(agent, at=NOW)
    fields = {"title": "Returns", "slug": "sending-back", "topic": "returns", "body": "60 days."}
    post(client, "releases/2/documents/returns/edit/", **fields, seen=document_hash(RETURNS))
    expected = DocumentContent("sending-back", "Returns", "60 days.", "returns")
    assert content_of(draft).documents == (expected, WASHING)


def test_a_document_is_removed(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    draft = open_draft(agent, at=NOW)
    post(client, "releases/2/documents/returns/remove/", seen=document_hash(RETURNS))
    assert content_of(draft).documents == (WASHING,)


def test_a_slug_that_is_taken_is_refused(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    draft = open_draft(agent, at=NOW)
    fields = {"title": "T", "slug": "washing", "body": "B", "seen": document_hash(RETURNS)}
    html = post(client, "releases/2/documents/returns/edit/", **fields)
    assert "Another document is called washing." in html
    assert content_of(draft).documents == (RETURNS, WASHING)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"prompt": " \n"}, "This field is required."),
        ({"settings": "{"}, "This is no JSON"),
        ({"settings": "[]"}, "names with values"),
        ({"settings": '{"temperature": 9}'}, "temperature: Input should be less than"),
        ({"prompt": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_a_form_that_does_not_fit_says_why_and_saves_nothing(
    client: Client, agent: Agent, fields: dict[str, str], said: str
) -> None:
    log_in(client, agent)
    draft = open_draft(agent, at=NOW)
    before = content_of(draft)
    given = {"prompt": "P", "settings": "{}", "note": "", "seen": prompt_hash(before)}
    assert said in post(client, "releases/2/prompt/", **(given | fields))
    assert content_of(Release.objects.get(pk=draft.pk)) == before


def test_two_people_edit_two_documents_at_once(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    draft = open_draft(agent, at=NOW)
    for document in (RETURNS, WASHING):
        fields = {"title": document.title, "slug": document.slug, "body": "New text."}
        post(
            client,
            f"releases/2/documents/{document.slug}/edit/",
            **fields,
            seen=document_hash(document),
        )
    assert {document.body for document in content_of(draft).documents} == {"New text."}


def test_an_edit_of_one_document_by_two_is_shown_and_not_overwritten(
    client: Client, agent: Agent
) -> None:
    log_in(client, agent)
    draft = open_draft(agent, at=NOW)
    theirs = make_content(replace(RETURNS, body="Within 45 days."), WASHING)
    edit_draft(draft, theirs, by=None, at=NOW)
    fields = {"title": "Returns", "slug": "returns", "body": "Within 60 days."}
    path = "releases/2/documents/returns/edit/"
    html = post(client, path, **fields, seen=document_hash(RETURNS))
    assert "was changed by somebody else" in html
    assert "<del>45</del><ins>60</ins>" in html
    assert content_of(draft).document("returns") == theirs.document("returns")
    again = document_hash(theirs.document("returns"))
    assert f'name="seen" value="{again}"' in html
    assert "is saved" in post(client, path, **fields, seen=again)


def test_a_frozen_release_is_not_edited(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    assert "its content is frozen" in page(client, "releases/1/prompt/")
    fields = {"title": "T", "slug": "returns", "body": "B", "seen": document_hash(RETURNS)}
    html = post(client, "releases/1/documents/returns/edit/", **fields)
    assert "cannot be edited: it is live" in html


def test_markdown_is_previewed_without_anything_that_runs(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    body = "# Big\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://e.example/i)"
    html = client.post(f"{BASE}context/preview/", {"body": body}).content.decode()
    assert "<h1>Big</h1>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    open_draft(agent, at=NOW)
    answer = post(client, "releases/2/documents/", title="T", body=body, preview="1")
    assert "<h1>Big</h1>" in answer
    assert content_of(agent.releases.get(number=2)).documents == (RETURNS, WASHING)


def test_a_manager_approves_and_publishes_what_has_passed(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    candidate = make_candidate(agent)
    html = page(client, "releases/2/")
    assert "It cannot be published" in html
    assert "not run" in html
    refused = post(client, "releases/2/publish/")
    assert "cannot be published without its checks: regression (not run)" in refused
    record_check(candidate, "regression", "passed", "60 of 60", at=NOW)
    assert "is approved" in post(client, "releases/2/approve/")
    assert "Release 2 is live." in post(client, "releases/2/publish/")
    assert agent.live_release() == candidate


def test_only_an_admin_is_offered_and_granted_the_override(client: Client, agent: Agent) -> None:
    make_candidate(agent)
    log_in(client, agent)
    assert "Publish without its checks" not in page(client, "releases/2/")
    assert "Only an admin" in post(client, "releases/2/publish/", reason="Now")
    log_in(client, agent, "admin")
    assert "Publish without its checks" in page(client, "releases/2/")
    assert "Release 2 is live." in post(client, "releases/2/publish/", reason="Wrong price")


def test_a_draft_is_discarded_after_a_question_and_brought_back(
    client: Client, agent: Agent
) -> None:
    log_in(client, agent)
    open_draft(agent, at=NOW)
    page = client.get(BASE + "releases/2/?confirm=discard").content.decode()
    assert "Discard draft 2?" in page and 'aria-labelledby="discard-heading" open' in page
    answer = client.post(BASE + "releases/2/discard/", {"reason": "Twice"}, follow=True)
    text = answer.content.decode()
    assert "Draft 2 is discarded" in text and "Discarded</strong>" in text and "Twice" in text
    assert "Submit as candidate" not in text
    text = client.post(BASE + "releases/2/bring-back/", follow=True).content.decode()
    assert "Release 2 is a draft again" in text and "Submit as candidate" in text


def test_labels_are_put_moved_and_removed_on_the_page(client: Client, agent: Agent) -> None:
    log_in(client, agent)
    make_candidate(agent)
    text = client.post(BASE + "releases/1/labels/", {"name": "eu"}, follow=True).content.decode()
    assert "“eu” names release 1." in text and "by manager" in text
    text = client.post(BASE + "releases/2/labels/", {"name": "eu"}, follow=True).content.decode()
    assert "“eu” names release 2. It named release 1 before." in text
    text = client.post(
        BASE + "releases/1/labels/take/", {"name": "eu"}, follow=True
    ).content.decode()
    assert "“eu” does not name release 1" in text, "it has moved on"
    assert '<option value="eu">release 2</option>' in text
    client.post(BASE + "releases/2/labels/take/", {"name": "eu"})
    assert not agent.labels.filter(until=None).exists()
    for wrong in ("", "7", "live", "a b"):
        answer = client.post(BASE + "releases/2/labels/", {"name": wrong}, follow=True)
        assert "flash error" in answer.content.decode()
    done = AuditEntry.objects.filter(action__startswith="label.").order_by("id")
    assert [(row.action, row.user and row.user.username) for row in done] == [
        ("label.put", "manager"),
        ("label.put", "manager"),
        ("label.taken", "manager"),
    ]


def test_variables_are_a_table_and_other_settings_are_json(client: Client, agent: Agent) -> None:
    settings = {"variables": {"shop": "Acme", "name": "Ada"}, "stream": True, "stop": ["a", "b"]}
    draft = open_draft(agent, at=NOW)
    edit_draft(draft, replace(content_of(draft), settings=settings), by=None, at=NOW)
    log_in(client, agent)
    text = client.get(BASE + "releases/2/").content.decode()
    assert "<code>{{shop}}</code></th><td>Acme</td>" in text
    assert "<code>true</code>" in text and "[&quot;a&quot;, &quot;b&quot;]" in text
    assert "<dt>{{name}}</dt><dd><ins>Ada</ins></dd>" in text, "the change names each variable"
    assert "{&#x27;" not in text


def test_a_rejection_needs_a_reason(client: Client, agent: Agent) -> None:
    candidate = make_candidate(agent)
    log_in(client, agent)
    assert "needs a reason" in post(client, "releases/2/reject/")
    assert "Too early" in post(client, "releases/2/reject/", reason="Too early")
    candidate.refresh_from_db()
    assert candidate.status == "rejected"


def test_the_live_release_is_rolled_back(client: Client, agent: Agent) -> None:
    agent.required_checks = ""
    agent.save()
    make_candidate(agent).publish(NOW)
    html = page(log_in(client, agent), "releases/2/")
    assert "Roll back to release 1?" in html
    assert "Release 1 is live again." in post(client, "releases/1/republish/", reason="Worse")


def test_without_javascript_a_dialog_opens_by_its_link(client: Client, agent: Agent) -> None:
    make_candidate(agent)
    html = page(log_in(client, agent), "releases/2/?confirm=publish")
    assert '<dialog id="publish" aria-labelledby="publish-heading" open>' in html


def test_a_release_shows_its_difference_to_any_other(client: Client, agent: Agent) -> None:
    make_candidate(agent)
    log_in(client, agent)
    html = page(client, "releases/2/")
    assert "<ins>" in html
    assert "release 1 (Live)" in html
    assert "There is no release to compare with" in page(client, "releases/1/")
    assert client.get(f"{BASE}releases/2/?against=77").status_code == 404
    assert client.get(f"{BASE}releases/2/?against=odd").status_code == 200


def test_the_impact_is_shown_as_an_association(client: Client, agent: Agent) -> None:
    release = agent.live_release()
    assert release is not None
    Impact.objects.create(
        release=release,
        figure="ai_answered",
        verdict="improved",
        method="t",
        before=0.281,
        after=0.369,
        difference=0.088,
        low=0.021,
        high=0.155,
        n_before=700,
        n_after=710,
        computed_at=NOW,
    )
    html = page(log_in(client, agent), "releases/1/")
    assert "28.1 % → 36.9 %" in html
    assert "+8.8 points (+2.1 to +15.5), associated with it, n 700 and 710" in html
    assert "AI answered improved" in page(client, "releases/")


def test_what_customers_wrote_is_shown_as_text(client: Client, agent: Agent) -> None:
    body = "<img src=x onerror=alert(1)> Tents weigh 2 kg"
    propose(agent, source="capture", title="<b>T</b>", body=body, at=NOW)
    html = page(log_in(client, agent), "proposals/")
    assert "<img src=x" not in html
    assert "&lt;b&gt;T&lt;/b&gt;" in html


def test_a_proposal_is_accepted_in_the_place_of_what_it_contradicts(
    client: Client, agent: Agent
) -> None:
    body = "You can return unworn items within 60 days of delivery."
    proposal, _ = propose(
        agent,
        source="capture",
        title="Returns",
        body=body,
        at=NOW,
        evidence=[{"conversation": 7, "messages": ["m1"]}],
    )
    html = page(log_in(client, agent), "proposals/")
    assert "Contradicts" in html
    assert f'id="proposal-{proposal.pk}"' in html
    assert "/acme/bot/conversations/7/" in html
    path = f"proposals/{proposal.pk}/accept/"
    html = page(client, path)
    assert '<option value="returns" selected>' in html
    assert "<del>30</del><ins>60</ins>" in html.replace("</del> <ins>", "</del><ins>")
    assert "is in release 2" in post(client, path, body=body, place="returns")
    changed = content_of(agent.releases.get(number=2)).document("returns")
    assert changed is not None
    assert changed.body == body


def test_a_proposal_is_accepted_as_edited_or_declined_with_a_reason(
    client: Client, agent: Agent
) -> None:
    log_in(client, agent)
    one, _ = propose(agent, source="capture", title="Tents", body="Tents weigh 2 kg.", at=NOW)
    two, _ = propose(agent, source="capture", title="Zips", body="Zips are metal.", at=NOW)
    assert "Say in a few words" in post(client, f"proposals/{two.pk}/decline/", reason=" ")
    assert "“Zips” is declined" in post(client, f"proposals/{two.pk}/decline/", reason="Wrong")
    assert "text is empty" in post(client, f"proposals/{one.pk}/accept/", body=" ")
    assert "text is empty" in post(client, f"proposals/{one.pk}/accept/", body="x", place="gone")
    post(client, f"proposals/{one.pk}/accept/", body="Tents weigh 3 kg.")
    added = content_of(agent.releases.get(number=2)).document("tents")
    assert added is not None
    assert added.body == "Tents weigh 3 kg."
    assert "cannot be accepted" in post(client, f"proposals/{one.pk}/accept/", body="x")
    assert "Wrong" in page(client, "proposals/?status=declined")
    assert "release 2" in page(client, "proposals/?status=accepted")


def test_a_reviewer_suggests(client: Client, agent: Agent) -> None:
    log_in(client, agent, "reviewer")
    suggestion = {"title": "Tents", "body": "Tents weigh 2 kg.", "kind": "document"}
    assert "“Tents” is proposed" in post(client, "proposals/add/", **suggestion)
    assert "says this already" in post(client, "proposals/add/", **suggestion)
    assert "needs a title" in post(client, "proposals/add/", title="x")
    assert agent.proposals.get().created_by is not None


@pytest.mark.parametrize("path", ["context/", "releases/", "releases/2/", "proposals/"])
def test_pages_take_few_queries(
    client: Client,
    agent: Agent,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        draft = open_draft(agent, at=NOW)
        edit_draft(draft, make_content(RETURNS, prompt=f"Prompt {number}"), by=None, at=NOW)
        word = "abcdefghijklmnopqrstuvwxyzäöüß"[number] * 6
        propose(agent, source="capture", title=word, body=f"{word} {word}en", at=NOW)
    log_in(client, agent)
    with django_assert_max_num_queries(30):
        page(client, path)


def test_times_are_shown_in_the_workspaces_zone(client: Client, agent: Agent) -> None:
    agent.workspace.time_zone = "Asia/Tokyo"
    agent.workspace.save(update_fields=["time_zone"])
    shown = page(log_in(client, agent), "releases/1/")
    assert "18 Nov 2026, 21:00" in shown
    assert "Times in Asia/Tokyo" in shown
