"""The scripts of docs/context-as-code.md, run as they stand there against a live server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from context.editing.drafts import edit_draft, open_draft
from context.files.sources import release_files
from context.models import Agent
from context.releases.content import content_of
from tests.make import NOW, make_agent, make_case, make_key, make_live_release, make_member

pytestmark = [
    pytest.mark.any_database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not all(map(shutil.which, ("curl", "jq", "git"))), reason="curl, jq and git"
    ),
]
DOCS = settings.BASE_DIR / "docs"
GUIDE = (DOCS / "context-as-code.md").read_text()


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    agent = make_agent()
    make_live_release(agent)
    make_case(agent)
    return agent


@pytest.fixture
def repository(tmp_path: Path, agent: Agent) -> Path:
    """A git repository with the scripts, the live release as files, and the program beside it."""
    found = tmp_path / "repository"
    program = tmp_path / "agentops"
    found.mkdir()
    program.mkdir()
    manage = f'#!/bin/sh\nshift\nexec {sys.executable} {settings.BASE_DIR}/manage.py "$@"\n'
    (program / "run").write_text(manage)
    (program / "run").chmod(0o755)
    for name, text in re.findall(r"`(\w+\.sh)`: [^\n]*\n\n```sh\n(.*?)```", GUIDE, re.DOTALL):
        (found / name).write_text(text)
    gate = re.search(r"```sh\n(.*?)```", (DOCS / "ci.md").read_text(), re.DOTALL)
    assert gate
    (found / "gate.sh").write_text(gate[1])
    live = agent.live_release()
    assert live
    (found / "agent" / "context").mkdir(parents=True)
    for path, content in release_files(live).items():
        (found / "agent" / path).write_text(content)
    for arguments in (["init", "-q"], ["add", "agent"]):
        subprocess.run(["git", *arguments], cwd=found, check=True)
    return found


def run(
    script: str, repository: Path, server: LiveServer, key: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of the guide."""
    given = {
        "AGENTOPS": str(repository.parent / "agentops"),
        "AGENTOPS_URL": server.url,
        "AGENTOPS_AGENT": "bot",
        "AGENTOPS_KEY": key,
        "COMMIT": "4f2a91c",
        "NOTE": "Say it shorter",
    }
    return subprocess.run(
        ["sh", script],
        cwd=repository,
        env=os.environ | given | variables,
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_a_change_goes_from_push_to_gate_to_live_and_drift_is_seen(
    agent: Agent, repository: Path, live_server: LiveServer
) -> None:
    admin = make_member(agent.workspace, "ada", Role.ADMIN)
    key = make_key(agent.workspace, "read", "releases", by=admin)
    prompt = repository / "agent" / "prompt.md"
    prompt.write_text(prompt.read_text() + "\nBe brief.\n")
    early = run("publish.sh", repository, live_server, key)
    assert early.returncode != 0  # nothing has this label yet
    pushed = run("push.sh", repository, live_server, key)
    assert (pushed.returncode, pushed.stdout.strip()) == (0, "2"), pushed.stderr
    refused = run("publish.sh", repository, live_server, key)
    assert refused.returncode == 1 and "regression" in refused.stdout
    gated = run("gate.sh", repository, live_server, key, NUMBER="2")
    assert gated.returncode == 0, gated.stderr
    for _ in range(2):
        published = run("publish.sh", repository, live_server, key)
        assert published.returncode == 0, published.stdout + published.stderr
    live = agent.live_release()
    assert live and (live.number, live.note) == (2, "Say it shorter")
    same = run("drift.sh", repository, live_server, key)
    assert same.returncode == 0, same.stderr
    draft = open_draft(agent, at=NOW)
    edit_draft(draft, content_of(draft).with_prompt("Be kind."), None, NOW)
    draft.submit(NOW)
    draft.publish(NOW, admin, "urgent")
    drifted = run("drift.sh", repository, live_server, key)
    assert drifted.returncode == 1 and "prompt.md differs" in drifted.stdout
    assert prompt.read_text() == "Be kind."


def test_the_workflow_is_yaml_and_runs_the_scripts_of_the_guide() -> None:
    found = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    workflow = yaml.safe_load(found[1])
    assert set(workflow["jobs"]) == {"gate", "drift"}
    scripts = set(re.findall(r"sh (\w+\.sh)", found[1]))
    assert scripts == {"push.sh", "gate.sh", "publish.sh", "drift.sh"}
