"""A folder that is pushed comes back byte for byte; a release that is pulled is that release."""

import json
import os
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pytest_django.live_server_helper import LiveServer

from context.editing.drafts import edit_draft, open_draft
from context.files.pushing import push_release
from context.files.reading import read_files
from context.files.sources import release_files
from context.files.texts import written
from context.models import Agent, ReleaseFile, Upkeep
from context.releases.content import Content, DocumentContent, content_hash
from tests.make import NOW, make_agent, make_key, make_live_release, make_member

TEXT = some.text(
    some.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=60
)
WORDS = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-(10**9), 10**9) | some.floats(-9, 9) | WORDS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = some.builds(
    DocumentContent,
    slug=some.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True),
    title=WORDS.filter(bool),
    body=TEXT | some.just("\n") | some.just("---\n---\n") | some.just("\n\n# A\n\n"),
    topic=WORDS,
    required_facts=some.lists(WORDS, max_size=3).map(tuple),
)
CONTENTS = some.builds(
    Content,
    prompt=TEXT | some.just("\ufeffhello"),
    settings=some.dictionaries(WORDS.map(lambda name: f"x{name}"), VALUES, max_size=3),
    documents=some.lists(DOCUMENTS, max_size=3, unique_by=lambda row: row.slug).map(tuple),
)
UPKEEP = {"owner": "ada", "expires_on": date(2027, 3, 1), "source": "https://example.com/ä"}


@given(CONTENTS, some.sampled_from([{}, UPKEEP]))
@settings(max_examples=150)
def test_what_is_written_of_any_content_reads_to_that_content(
    content: Content, upkeep: dict[str, Any]
) -> None:
    kept = {document.slug: upkeep for document in content.documents}
    texts = written(content.prompt, content.settings, content.documents, kept)
    read = read_files({path: text.encode().decode() for path, text in texts.items()})
    assert content_hash(read.content()) == content_hash(content)
    assert all(said == upkeep for said in read.upkeep().values())


# Ways to write a document that all read to the same content.
SPELLINGS: list[Callable[[str, str], str]] = [
    lambda title, body: f"---\ntitle: {title}\n---\n\n{body}",
    lambda title, body: f"---\n# who reads this?\ntitle:   '{title}'\ntopic: ''\n---\n{body}",
    lambda title, body: f'\ufeff---   \nrequired_facts: []\ntitle: "{title}"\n---\n\n{body}',
    lambda title, body: f"---\r\ntitle: {title}\r\n---\r\n\r\n" + body.replace("\n", "\r\n"),
]
BODIES = ["Text.", "Text.\n", "Text.\n\n\n", "  Ä 😀\u2028x\n\t", "a\rb\n", "---\n---\n"]
SETTINGS = [
    {},
    {"settings.toml": ""},
    {"settings.toml": "# why\r\ntemperature = 0.50 # warm\r\n\r\n[limits]\r\nb = 1\r\na = 2"},
    {"settings.json": '{"b": null,  "a": [1, 1.0, true]}'},
]


@pytest.mark.django_db
@given(some.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_spelling_that_is_pushed_comes_back_to_the_last_byte(data: some.DataObject) -> None:
    agent = Agent.objects.first() or make_agent()
    slugs = data.draw(some.sets(some.sampled_from(["a", "b-2", "C_3"]), max_size=3))
    files = {"prompt.md": data.draw(some.sampled_from(["\ufeffBe kind.", "Be\r\nbrief.\r\n"]))}
    files |= data.draw(some.sampled_from(SETTINGS))
    for slug in slugs:
        spelling = data.draw(some.sampled_from(SPELLINGS))
        files[f"context/{slug}.md"] = spelling("Title", data.draw(some.sampled_from(BODIES)))
    pushed = read_files(files).model_copy(update={"files": files})
    release, _ = push_release(agent, pushed, NOW)
    assert release_files(release) == dict(sorted(files.items()))
    again, made = push_release(agent, read_files(release_files(release)), NOW)
    assert (again, made) == (release, False)


DOCUMENT = "---\ntopic: returns   # the usual\ntitle: Returning\n---\n\nWithin 30 days.\n"


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent without releases."""
    return make_agent()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that nobody would write as we do, with a file that is not ours."""
    found = tmp_path / "here"
    (found / "context").mkdir(parents=True)
    (found / "prompt.md").write_text("Be kind.")
    (found / "settings.toml").write_text("# cold\ntemperature = 0.0\n")
    (found / "context" / "returns.md").write_text(DOCUMENT)
    (found / "README.md").write_text("Ours.")
    return found


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file and its bytes."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def run(name: str, folder: Path, **options: Any) -> dict[str, Any]:
    """Run push or pull; what it says in JSON."""
    out = StringIO()
    call_command(name, str(folder), agent="bot", json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def exit_code(folder: Path, **options: Any) -> int:
    """That of pull --check."""
    try:
        run("pull", folder, check=True, **options)
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    except CommandError as error:
        return error.returncode
    return 0


def test_a_pushed_folder_is_pulled_into_an_empty_one(
    agent: Agent, folder: Path, tmp_path: Path
) -> None:
    run("push", folder, label=["staging"])
    there = tmp_path / "there"
    assert run("pull", there, release="staging")["number"] == 1
    assert files_below(there) == {
        path: content for path, content in files_below(folder).items() if path != "README.md"
    }
    assert exit_code(there, release="newest") == 0


def test_what_no_release_holds_is_not_overwritten_unless_forced(agent: Agent, folder: Path) -> None:
    make_live_release(agent)
    before = files_below(folder)
    with pytest.raises(CommandError, match="prompt.md, settings.toml: changed here"):
        run("pull", folder)
    assert files_below(folder) == before
    run("push", folder)
    assert run("pull", folder)["differences"] == {
        "context/returns.md": "changed",
        "prompt.md": "changed",
        "settings.toml": "added",
    }
    assert sorted(files_below(folder)) == ["README.md", "context/returns.md", "prompt.md"]
    (folder / "prompt.md").write_text("Changed by hand.")
    (folder / "context" / "new.md").write_text("no front matter")
    with pytest.raises(CommandError, match="context/new.md, prompt.md: changed here"):
        run("pull", folder)
    run("pull", folder, force=True)
    assert exit_code(folder) == 0


def test_a_check_tells_drift_by_its_exit_code_and_writes_nothing(
    agent: Agent, folder: Path
) -> None:
    assert exit_code(folder) == 2
    run("push", folder)
    assert exit_code(folder, release="1") == 0
    (folder / "context" / "returns.md").write_text(DOCUMENT.replace("30", "14"))
    before = files_below(folder)
    assert exit_code(folder, release="newest") == 1
    assert exit_code(folder, release="git:unknown") == 2
    assert files_below(folder) == before
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("pull", str(folder), agent="bot", release="1", check=True, stdout=said)
    assert said.getvalue() == "context/returns.md differs\n1 file differs from release 1.\n"


def test_what_a_draft_leaves_alone_stays_as_it_was_written(agent: Agent, folder: Path) -> None:
    run("push", folder)
    parent = agent.releases.get()
    draft = open_draft(agent, at=NOW, parent=parent)
    content = Content("Be brief.", {"temperature": 0.0}, ())
    document = DocumentContent("returns", "Returning", "Within 30 days.\n", "returns")
    edit_draft(draft, content.with_document(document), None, NOW)
    files = release_files(draft)
    assert files["prompt.md"] == "Be brief."
    assert files["settings.toml"] == "# cold\ntemperature = 0.0\n"
    assert files["context/returns.md"] == DOCUMENT
    edit_draft(draft, content.with_document(document), None, NOW)
    changed = DocumentContent("returns", "Returning", "Within 14 days.\n", "returns")
    edit_draft(draft, content.with_document(changed), None, NOW)
    expected = "---\ntitle: Returning\ntopic: returns\n---\n\nWithin 14 days.\n"
    assert release_files(draft)["context/returns.md"] == expected


def test_front_matter_carries_the_upkeep_and_follows_it(agent: Agent, folder: Path) -> None:
    make_member(agent.workspace, "rita")
    path = folder / "context" / "returns.md"
    path.write_text(DOCUMENT.replace("topic", "owner: rita\nexpires_on: 2027-03-01\ntopic", 1))
    run("push", folder)
    release = agent.releases.get()
    assert release_files(release)["context/returns.md"] == path.read_text()
    Upkeep.objects.update(expires_on=date(2027, 9, 1))
    assert "expires_on: 2027-09-01" in release_files(release)["context/returns.md"]


def test_files_written_as_we_write_them_are_not_kept_twice(agent: Agent, folder: Path) -> None:
    run("push", folder)
    assert ReleaseFile.objects.count() == 2
    release = agent.releases.get()
    release.files.all().delete()
    run("pull", folder, release="1", force=True)
    run("push", folder)
    assert ReleaseFile.objects.count() == 0


def test_a_document_below_the_folder_of_documents_is_named(agent: Agent, folder: Path) -> None:
    (folder / "context" / "old").mkdir()
    (folder / "context" / "old" / "a.md").write_text(DOCUMENT)
    with pytest.raises(CommandError, match="context/old/a.md: documents stand in context/ itself"):
        run("push", folder)


@pytest.mark.django_db(transaction=True)
def test_it_pulls_and_checks_over_rest(
    live_server: LiveServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = make_agent()
    monkeypatch.setitem(os.environ, "AGENTOPS_KEY", "")
    there: dict[str, Any] = {"url": live_server.url, "key": make_key(agent.workspace)}
    run("push", folder, label=["git:4f2a91c"], **there)
    copy = tmp_path / "copy"
    run("pull", copy, release="git:4f2a91c", **there)
    assert (copy / "context" / "returns.md").read_text() == DOCUMENT
    assert exit_code(copy, release="newest", **there) == 0
    (copy / "prompt.md").write_text("Mine.")
    assert exit_code(copy, release="1", **there) == 1
    with pytest.raises(CommandError, match="prompt.md: changed here"):
        run("pull", copy, release="1", **there)
    assert exit_code(copy, release="7", **there) == 2
    assert exit_code(copy, **there) == 2
    # Back to what was pushed before: the label moves back, though the request is the same as once.
    run("push", copy, label=["git:4f2a91c"], **there)
    run("push", folder, label=["git:4f2a91c"], **there)
    assert run("pull", tmp_path / "last", release="git:4f2a91c", **there)["number"] == 1
