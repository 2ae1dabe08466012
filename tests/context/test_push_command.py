"""A folder becomes a draft, here or over REST; what is wrong in it is named by file and field."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.live_server_helper import LiveServer

from context.models import Release
from context.releases.content import content_of
from tests.make import make_agent, make_key, make_live_release

DOCUMENT = """---
title: Returning an item
topic: returns
required_facts: [order number, "size"]
---

You can return unworn items within 30 days.

- *Größe* 42 < 43
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with prompt, settings and one document."""
    (tmp_path / "prompt.md").write_text("Be kind.\n", encoding="utf-8")
    (tmp_path / "settings.toml").write_text('model = "local-1"\n[limits]\nrefund = 100\n')
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "returns.md").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path


def push(folder: Path, **options: Any) -> dict[str, Any]:
    """Run the command; what it says in JSON."""
    out = StringIO()
    call_command("push", str(folder), agent="bot", json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.mark.django_db
def test_a_folder_becomes_a_draft(folder: Path) -> None:
    make_agent()
    answer = push(folder, note="From git")
    assert (answer["number"], answer["status"], answer["created"]) == (1, "draft", True)
    release = Release.objects.get()
    content = content_of(release)
    assert (content.prompt, release.note) == ("Be kind.\n", "From git")
    assert content.settings == {"model": "local-1", "limits": {"refund": 100}}
    [document] = content.documents
    assert (document.slug, document.topic) == ("returns", "returns")
    assert document.required_facts == ("order number", "size")
    expected = "You can return unworn items within 30 days.\n\n- *Größe* 42 < 43\n"
    assert document.body == expected


@pytest.mark.django_db
def test_pushing_again_makes_nothing_new(folder: Path) -> None:
    make_agent()
    first, again = push(folder), push(folder, submit=True)
    assert (again["created"], again["content_hash"]) == (False, first["content_hash"])
    assert again["status"] == "candidate"
    assert Release.objects.count() == 1


@pytest.mark.django_db
def test_submitting_what_was_overtaken_says_so(folder: Path) -> None:
    agent = make_agent()
    assert push(folder)["warning"] == ""
    make_live_release(agent)
    said = push(folder, submit=True)
    assert said["status"] == "candidate"
    assert said["warning"].startswith("Release 2 went live since release 1 was made")


@pytest.mark.django_db
def test_windows_line_ends_are_the_same_content(folder: Path) -> None:
    make_agent()
    push(folder)
    path = folder / "context" / "returns.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert not push(folder)["created"]


@pytest.mark.django_db(transaction=True)
def test_it_pushes_over_rest(folder: Path, live_server: LiveServer) -> None:
    agent = make_agent()
    key = make_key(agent.workspace, "releases", "read")
    first = push(folder, url=live_server.url, key=key)
    again = push(folder, url=live_server.url, key=key, submit=True)
    assert (first["number"], first["created"], first["status"]) == (1, True, "draft")
    assert again["status"] == "candidate"
    assert content_of(Release.objects.get()).documents[0].slug == "returns"


@pytest.mark.django_db(transaction=True)
def test_what_the_server_refuses_is_said(folder: Path, live_server: LiveServer) -> None:
    agent = make_agent()
    with pytest.raises(CommandError, match="lacks the scope 'releases'"):
        push(folder, url=live_server.url, key=make_key(agent.workspace, "read"))
    with pytest.raises(CommandError, match="unknown or revoked"):
        push(folder, url=live_server.url, key="ao_wrong")
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://127.0.0.1:9", "k", "127.0.0.1:9"),
        ("ftp://x", "k", "does not begin with"),
        ("http://x", "", "--key"),
    ],
)
def test_what_cannot_be_reached_is_said(folder: Path, url: str, key: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        push(folder, url=url, key=key)


def write(name: str, text: str) -> Callable[[Path], int]:
    """A change of one file of the folder."""
    return lambda folder: (folder / name).write_bytes(text.encode("latin-1"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (write("prompt.md", ""), "prompt.md: String should have at least 1 character"),
        (write("prompt.md", "caf\xe9"), "prompt.md is not UTF-8"),
        (write("settings.toml", "model ="), "settings.toml: Invalid value"),
        (write("settings.toml", "temperature = 9"), "settings.toml: .*temperature"),
        (write("settings.toml", "since = 2026-11-01"), "since: a date, which JSON cannot hold"),
        (write("settings.toml", "x = nan"), "x: not a finite number"),
        (write("context/a.md", "No front matter"), "context/a.md: begins with front matter"),
        (write("context/a.md", "---\ntitle: [\n---\nx"), "context/a.md: front matter is no YAML"),
        (write("context/a.md", "---\ntopic: t\n---\nx"), "context/a.md: title: Field required"),
        (write("context/a.md", "---\ntitle: no\n---\nx"), "context/a.md: title: .*valid string"),
        (write("context/a.md", "---\ntitle: T\n---\n"), "context/a.md: body: String should"),
        (write("context/a b.md", "---\ntitle: T\n---\nx"), "context/a b.md: slug: String should"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_is_named(folder: Path, change: Callable[[Path], int], said: str) -> None:
    make_agent()
    change(folder)
    with pytest.raises(CommandError, match=said):
        push(folder)
    assert not Release.objects.exists()


@pytest.mark.django_db
def test_all_that_is_wrong_is_named_at_once(folder: Path) -> None:
    make_agent()
    (folder / "prompt.md").unlink()
    (folder / "context" / "returns.md").write_text("x")
    with pytest.raises(CommandError) as error:
        push(folder)
    assert str(error.value).splitlines() == [
        "context/returns.md: begins with front matter between two lines of ---.",
        "prompt.md is missing.",
    ]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no folder"):
        push(tmp_path / "gone")
