"""Test data: one `make_*` function a thing, each with defaults that make sense together."""

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from accounts.models import ApiKey, Member, Role, Scope, User, Workspace
from context.editing.drafts import create_draft
from context.models import Agent, Release, Rollout
from context.releases.content import Content, DocumentContent
from context.rollouts.starting import start_rollout
from testing.cases.adding import add_case
from testing.cases.suites import suite_of
from testing.models import Case, Suite

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
PROMPT = "You are the support agent of a shop. Answer only from the documents."
RETURNS = DocumentContent(
    slug="returns",
    title="Returning an item",
    topic="returns",
    body="You can return unworn items within 30 days of delivery for a full refund.",
)
WASHING = DocumentContent(
    slug="washing",
    title="Washing a down jacket",
    topic="washing",
    body="Wash down jackets at 30 degrees and tumble dry them on low heat.",
)


def make_workspace(slug: str = "acme", **fields: Any) -> Workspace:
    """A workspace in UTC."""
    return Workspace.objects.create(slug=slug, name=fields.pop("name", slug.title()), **fields)


def make_user(username: str = "ada") -> User:
    """A person who can log in with `PASSWORD`."""
    return User.objects.create_user(username, password=PASSWORD)


def make_member(workspace: Workspace, username: str = "ada", role: str = Role.ADMIN) -> User:
    """A person with a role in the workspace."""
    user = User.objects.filter(username=username).first() or make_user(username)
    Member.objects.create(workspace=workspace, user=user, role=role)
    return user


def make_agent(workspace: Workspace | None = None, slug: str = "bot", **fields: Any) -> Agent:
    """An agent whose draws are always the same; a new workspace unless one is given."""
    fields.setdefault("sampling_secret", "5" * 64)
    return Agent.objects.create(
        workspace=workspace or make_workspace(), slug=slug, name=slug.title(), **fields
    )


def make_content(*documents: DocumentContent, prompt: str = PROMPT, **settings: Any) -> Content:
    """A prompt with documents: about returns, unless others are given."""
    return Content(prompt=prompt, settings=settings, documents=documents or (RETURNS,))


def make_live_release(
    agent: Agent, content: Content | None = None, at: datetime = NOW, by: User | None = None
) -> Release:
    """A release that is live without any required check."""
    required, agent.required_checks = agent.required_checks, ""
    agent.save(update_fields=["required_checks"])
    release, _ = create_draft(agent, content or make_content(), at=at, by=by)
    release.submit(at, by)
    release.publish(at, by)
    agent.required_checks = required
    agent.save(update_fields=["required_checks"])
    release.refresh_from_db()
    return release


def make_key(workspace: Workspace, *scopes: str, by: User | None = None) -> str:
    """The secret of a key with these scopes, or with all."""
    return ApiKey.issue(workspace, "test", list(scopes or Scope.values), by)[1]


def make_client(key: str) -> Client:
    """An HTTP client that sends the key."""
    return Client(headers={"Authorization": f"Bearer {key}"})


def make_chat(external_id: str = "c-1", *texts: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """A conversation as a client sends it; `texts` are (author, text), a minute apart."""
    texts = texts or (
        ("customer", "Hi, how do I return an unworn jacket?"),
        ("ai", "You can return unworn items within 30 days of delivery for a full refund."),
        ("customer", "Thanks, that helps!"),
    )
    messages = [
        {
            "external_id": f"{external_id}-{number}",
            "author": author,
            "text": text,
            "sent_at": f"2026-11-17T10:{number:02d}:00Z",
        }
        for number, (author, text) in enumerate(texts)
    ]
    return {
        "external_id": external_id,
        "source": "test",
        "channel": "chat",
        "opened_at": "2026-11-17T10:00:00Z",
        "messages": messages,
    } | fields


def make_case(
    agent: Agent, question: str = "How do I return an unworn jacket?", **fields: Any
) -> Case:
    """An approved regression case; without an expectation, the fact of the returns document.

    `kind` is that of its suite, `kind_of_case` its own.
    """
    kind = fields.pop("kind", Suite.Kind.REGRESSION)
    fields["kind"] = fields.pop("kind_of_case", Case.Kind.QUESTION)
    fields.setdefault("status", Case.Status.APPROVED)
    expectations = {"expected_action", "expected_facts", "must_not", "rubric", "expected_calls"}
    if not expectations & fields.keys():
        fields["expected_facts"] = [RETURNS.body]
    return add_case(suite_of(agent, kind, NOW), question=question, at=NOW, **fields)


def make_candidate(agent: Agent, content: Content, at: datetime = NOW) -> Release:
    """A submitted release."""
    release, _ = create_draft(agent, content, at=at)
    release.submit(at)
    return release


def make_rollout(
    agent: Agent, share: int = 20, prompt: str = "The new prompt", at: datetime = NOW
) -> Rollout:
    """A running rollout of a new release, beside the live one or a first one."""
    if agent.live_release() is None:
        make_live_release(agent, at=at)
    candidate = make_candidate(agent, make_content(prompt=prompt), at)
    return start_rollout(candidate, share, 7, at, None, "try it")
