"""`publish` and `rollback` do what the pages do."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from context.editing.drafts import create_draft
from context.models import Agent, Release
from context.releases.checks import record_check
from tests.make import NOW, make_agent, make_content, make_live_release, make_member

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """Run a command on the agent; its JSON."""
    out = StringIO()
    call_command(name, *arguments, agent="bot", json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def make_candidate(agent: Agent) -> Release:
    """A submitted release."""
    release, _ = create_draft(agent, make_content(prompt="New"), at=NOW)
    release.submit(NOW)
    return release


def test_publish_makes_it_live_and_again_is_harmless() -> None:
    candidate = make_candidate(make_agent())
    record_check(candidate, "regression", "passed", "", at=NOW)
    for _ in range(2):
        assert run("publish", 1) == {"number": 1, "status": "live"}
    assert candidate.publications.count() == 1


def test_publish_refuses_without_its_checks() -> None:
    make_candidate(make_agent())
    with pytest.raises(CommandError, match=r"regression \(not run\)"):
        run("publish", 1)


def test_an_override_needs_an_admin() -> None:
    agent = make_agent()
    make_candidate(agent)
    make_member(agent.workspace, "max", role="manager")
    make_member(agent.workspace, "ada", role="admin")
    for by in ("", "max"):
        with pytest.raises(CommandError, match="Only an admin"):
            run("publish", 1, override_reason="Now", by=by)
    assert run("publish", 1, override_reason="Now", by="ada")["status"] == "live"


def test_rollback_goes_back_one_or_to_the_one_named() -> None:
    agent = make_agent()
    for prompt in "abc":
        make_live_release(agent, make_content(prompt=prompt))
    assert run("rollback") == {"number": 2, "status": "live"}
    assert run("rollback", to=1)["number"] == 1
    with pytest.raises(CommandError, match="no earlier release"):
        run("rollback")


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (("publish", 9), {}, "has no release 9"),
        (("publish", 1), {"by": "nobody"}, "no user 'nobody'"),
        (("rollback",), {"to": 9}, "has no release 9"),
    ],
)
def test_what_does_not_exist_is_said(
    arguments: tuple[Any, ...], options: dict[str, Any], said: str
) -> None:
    make_live_release(make_agent())
    with pytest.raises(CommandError, match=said):
        run(*arguments, **options)
