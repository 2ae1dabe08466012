"""The client class of docs/clients/ against a live server: ETag, last copy, threads, a split."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from context.models import Agent
from tests.make import NOW, make_agent, make_content, make_key, make_live_release, make_rollout
from tests.services.web import free_port, kill, running_web

pytestmark = pytest.mark.django_db(transaction=True)


def client_class() -> Any:
    """The class, read from the file that people copy."""
    path = settings.BASE_DIR / "docs" / "clients" / "live_release.py"
    spec = importlib.util.spec_from_file_location("live_release", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.LiveRelease


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    agent = make_agent(required_checks="")
    make_live_release(agent, make_content(prompt="Be kind."))
    return agent


def make_live(url: str, agent: Agent, folder: Path, **options: Any) -> Any:
    """A client that asks each time."""
    key = make_key(agent.workspace, "read")
    return client_class()(url, agent.slug, key, folder, **{"every": 0, "timeout": 60, **options})


def test_it_gives_the_live_release_and_follows_a_new_one(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    live = make_live(live_server.url, agent, tmp_path)
    first = live.get()
    assert (first["number"], first["prompt"]) == (1, "Be kind.")
    assert live.get() is first  # 304: the copy in memory
    make_live_release(agent, make_content(prompt="Be brief."))
    assert (live.get()["number"], live.get()["prompt"]) == (2, "Be brief.")


def test_it_does_not_ask_more_often_than_it_was_told(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    live = make_live(live_server.url, agent, tmp_path, every=3600)
    live.get()
    make_live_release(agent, make_content(prompt="Be brief."))
    assert live.get()["number"] == 1


def test_it_goes_on_with_the_last_copy_when_the_server_is_killed_and_after_a_restart(
    agent: Agent, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running_web(port) as server:
        live = make_live(url, agent, tmp_path)
        assert live.get()["number"] == 1
        kill(server)
        with ThreadPoolExecutor(8) as threads:
            numbers = list(threads.map(lambda _: live.get()["number"], range(40)))
        assert numbers == [1] * 40
        assert live.failing_since is not None
        assert "going on with the last copy" in caplog.text
        restarted = make_live(url, agent, tmp_path)
        assert restarted.get()["prompt"] == "Be kind."
    make_live_release(agent, make_content(prompt="Be brief."))
    with running_web(port):
        assert restarted.get()["number"] == 2
        assert restarted.failing_since is None


def test_without_any_copy_it_says_that_nobody_answers(agent: Agent, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        make_live(f"http://127.0.0.1:{free_port()}", agent, tmp_path).get()


def test_a_broken_copy_on_disk_is_asked_for_again(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "agentops-bot-live.json").write_text('{"etag": "x", "rel')
    assert make_live(live_server.url, agent, tmp_path).get()["number"] == 1


def test_a_revoked_key_does_not_silence_the_agent(
    agent: Agent, live_server: LiveServer, tmp_path: Path
) -> None:
    live = make_live(live_server.url, agent, tmp_path)
    live.get()
    agent.workspace.api_keys.update(revoked_at=NOW)
    assert live.get()["number"] == 1
    assert live.failing_since is not None


def test_it_splits_customers_as_the_server_does(live_server: LiveServer, tmp_path: Path) -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50)
    live = make_live(live_server.url, agent, tmp_path, every=3600)
    for number in range(20):
        side = rollout.arm_of(f"customer-{number}")
        found = live.for_customer(f"customer-{number}")
        assert found["number"] == (2 if side == "new" else 1)
    assert live.for_customer("")["number"] == 1


def test_many_threads_share_one(agent: Agent, live_server: LiveServer, tmp_path: Path) -> None:
    live = make_live(live_server.url, agent, tmp_path)
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: live.get()["number"], range(40)))
    assert numbers == [1] * 40
