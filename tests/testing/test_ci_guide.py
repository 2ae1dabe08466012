"""The commands of docs/ci.md, run as they stand there against a live server."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from junitparser import JUnitXml
from pytest_django.live_server_helper import LiveServer

from context.models import Agent
from testing.models import Run
from tests.make import PROMPT, RETURNS, WASHING, make_agent, make_case, make_key, make_live_release

pytestmark = [
    pytest.mark.any_database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq"),
]


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    agent = make_agent()
    make_live_release(agent)
    make_case(agent)
    return agent


def gate_sh() -> str:
    """The script of the guide."""
    guide = (settings.BASE_DIR / "docs" / "ci.md").read_text()
    found = re.search(r"```sh\n(.*?)```", guide, re.DOTALL)
    assert found
    return found[1]


def run_pipeline(
    folder: Path, server: LiveServer, key: str, *documents: object
) -> subprocess.CompletedProcess[str]:
    """Run the script with a release of these documents."""
    body = {"prompt": PROMPT, "documents": [vars(document) for document in documents]}
    (folder / "release.json").write_text(json.dumps(body))
    variables = {"AGENTOPS_URL": server.url, "AGENTOPS_AGENT": "bot", "AGENTOPS_KEY": key}
    return subprocess.run(
        ["sh", "-c", gate_sh()],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_good_release_passes_and_leaves_its_reports(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    key = make_key(agent.workspace, "read", "releases")
    ended = run_pipeline(tmp_path, live_server, key, RETURNS, WASHING)
    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "gate.json").read_text())["outcome"] == "passed"
    assert (tmp_path / "gate.md").read_text().startswith("## Release 2 may be published")
    report = JUnitXml.fromfile(str(tmp_path / "gate.xml"))
    assert report.failures == 0 and report.tests == 4
    again = run_pipeline(tmp_path, live_server, key, RETURNS, WASHING)
    assert again.returncode == 0 and Run.objects.count() == 1


def test_a_release_that_loses_a_case_fails_with_the_case_named(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    key = make_key(agent.workspace, "read", "releases")
    ended = run_pipeline(tmp_path, live_server, key, WASHING)
    assert ended.returncode == 1, ended.stderr
    text = (tmp_path / "gate.md").read_text()
    assert f"How do I return an unworn jacket?]({live_server.url}/acme/bot/tests/cases/" in text
    report = JUnitXml.fromfile(str(tmp_path / "gate.xml"))
    assert report.failures == 2


def test_a_key_that_may_not_gate_ends_with_another_code(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    ended = run_pipeline(tmp_path, live_server, make_key(agent.workspace, "read"), WASHING)
    assert ended.returncode not in (0, 1, 3)
