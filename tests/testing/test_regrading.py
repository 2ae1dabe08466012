"""Grader noise is measured by asking again about a sample; what the run says stays as it was."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Role
from agentops.schedule import wake_workers
from context.models import Agent
from llm.calls import BudgetExhausted
from testing.cases.suites import suite_of
from testing.comparing.comparison import compare
from testing.comparing.grader_noise import noise_of, spread
from testing.comparing.regrading import drawn, price_of, start_regrade, work_regrades
from testing.models import Regrade, Run, SecondGrade
from testing.refusals import Refused
from testing.runs.runner import start_run, work_results
from tests.llm.material import serving
from tests.make import (
    NOW,
    RETURNS,
    WASHING,
    make_agent,
    make_candidate,
    make_case,
    make_client,
    make_content,
    make_key,
    make_live_release,
    make_member,
)

pytestmark = pytest.mark.django_db
PAGE = "/acme/bot/tests/runs/{}/grader/"


def clock() -> Any:
    return NOW


@pytest.fixture
def run() -> Run:
    """A finished run of ten cases on two releases: 5 graded on the live one, 10 on the other."""
    agent = make_agent()
    live = make_live_release(agent)
    candidate = make_candidate(agent, make_content(RETURNS, WASHING))
    for number in range(5):
        make_case(agent, f"How do I return an unworn jacket? My order is {number}.")
        make_case(
            agent,
            f"How do I wash my down jacket? My order is {number}.",
            expected_facts=["Wash down jackets and tumble dry them."],
        )
    run = start_run(suite_of(agent, "regression", NOW), candidate, at=NOW, baseline=live, trials=1)
    work_results(run, clock)
    return run


def stored(run: Run) -> list[Any]:
    return list(run.results.order_by("pk").values())


def test_a_steady_grader_turns_nothing_and_the_run_stays(run: Run) -> None:
    before = stored(run)
    regrade = start_regrade(run, at=NOW, sample=8)
    work_regrades(regrade, clock)
    assert regrade.state == Run.State.DONE and regrade.finished_at == NOW
    assert regrade.progress()["done"] == 8 == regrade.sample
    noise = noise_of(regrade)
    assert (noise.to_fail, noise.to_pass, noise.ungraded) == (0, 0, 0)
    assert noise.flip_rate.estimate == 0 and (noise.flip_rate.high or 0) > 0.1
    assert noise.of_difference == 0 and (noise.most_of_difference or 0) > 0
    assert "turned 0 of 8 grades" in noise.sentence
    assert stored(run) == before


def test_a_grader_that_always_turns_is_seen_with_what_it_does_to_the_difference(
    run: Run, settings: Any
) -> None:
    with serving(grade_noise=1) as url:
        settings.OPENAI_BASE_URL = url
        regrade = start_regrade(run, at=NOW, sample=100)
        work_regrades(regrade, clock)
    noise = noise_of(regrade)
    assert noise.flip_rate.estimate == 1
    assert noise.to_fail == regrade.progress()["done"] > 0
    assert noise.of_rate == pytest.approx(spread([1 / 10] * 10, 1.0))
    assert "and the difference within ±" in noise.sentence
    assert compare(run).candidate_passes == [1] * 10


def test_the_sample_follows_its_seed_and_takes_from_every_release_and_verdict(run: Run) -> None:
    first, again, other = (drawn(run, 6, seed) for seed in (1, 1, 2))
    assert [row.result_id for row in first] == [row.result_id for row in again]
    assert {row.result_id for row in first} != {row.result_id for row in other}
    strata = {(row.result.release_id, row.first_passed): row.stratum_size for row in first}
    assert sum(strata.values()) == run.results.exclude(grade_model="").filter(
        same_answer_as=None
    ).count()  # fmt: skip


def test_a_grade_shared_by_both_releases_does_not_weigh_in_their_difference() -> None:
    assert spread([0.0, 0.0], 0.5) == 0
    assert spread([0.1], 0.02) == pytest.approx(1.959964 * 0.1 * 0.1)


def test_two_samples_differ_and_only_one_is_under_way_at_a_time(run: Run) -> None:
    first = start_regrade(run, at=NOW, sample=3)
    with pytest.raises(Refused, match="being re-graded already"):
        start_regrade(run, at=NOW, sample=3)
    work_regrades(first, clock)
    assert start_regrade(run, at=NOW, sample=3).seed != first.seed


def test_it_is_cancelled_resumed_and_worked_by_whoever_is_woken(run: Run) -> None:
    regrade = start_regrade(run, at=NOW, sample=4)
    regrade.cancel(NOW)
    work_regrades(None, clock)
    assert regrade.progress()["pending"] == 4
    with pytest.raises(Refused, match="cancelled"):
        regrade.cancel(NOW)
    regrade.resume()
    assert wake_workers(NOW) >= 1
    work_regrades(None, clock)
    regrade.refresh_from_db()
    assert regrade.state == Run.State.DONE and regrade.progress()["done"] == 4
    with pytest.raises(Refused, match="nothing to resume"):
        regrade.resume()


def test_a_grader_that_fails_is_no_flip_and_is_asked_again(run: Run, settings: Any) -> None:
    with serving(malformed=1) as url:
        settings.OPENAI_BASE_URL = url
        regrade = start_regrade(run, at=NOW, sample=4)
        work_regrades(regrade, clock)
    assert regrade.progress()["failed"] == 4 and "not every grade was given" in regrade.stop_reason
    assert noise_of(regrade).flip_rate.is_refused
    assert "Grader noise cannot be told" in noise_of(regrade).sentence
    settings.OPENAI_BASE_URL = ""
    regrade.resume()
    work_regrades(regrade, clock)
    assert regrade.progress()["done"] == 4 and regrade.stop_reason == ""


def test_the_price_is_known_and_over_the_cap_nothing_starts(
    run: Run, settings: Any, tmp_path: Any
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["local-1"]\ninput = 1000\noutput = 1000\n')
    settings.MODEL_PRICES_FILE = str(prices)
    assert price_of(run, 4) > price_of(run, 2) > 0
    run.suite.agent.run_budget_usd = Decimal("0.01")
    with pytest.raises(BudgetExhausted, match="cap for a run is"):
        start_regrade(run, at=NOW)
    assert not Regrade.objects.exists() and not SecondGrade.objects.exists()


def test_what_cannot_be_graded_again_is_refused(run: Run) -> None:
    with pytest.raises(Refused, match="1 to 1000"):
        start_regrade(run, at=NOW, sample=0)
    run.results.update(grade_model="")
    with pytest.raises(Refused, match="assertions decided every trial"):
        start_regrade(run, at=NOW)
    run.state = Run.State.RUNNING
    with pytest.raises(Refused, match="under way"):
        start_regrade(run, at=NOW)


def test_the_command_says_the_price_and_what_came_of_it(run: Run, capsys: Any) -> None:
    call_command("regrade", "--agent", "bot", "--run", str(run.pk), "--sample", "5")
    assert "turned 0 of 5 grades" in capsys.readouterr().out
    call_command("regrade", "--agent", "bot", "--run", str(run.pk), "--estimate")
    assert "At most $" in capsys.readouterr().err
    assert Regrade.objects.count() == 1
    with pytest.raises(CommandError, match="no run 0"):
        call_command("regrade", "--agent", "bot", "--run", "0")


def test_it_is_started_followed_and_listed_over_rest(run: Run) -> None:
    agent: Agent = run.suite.agent
    client = make_client(make_key(agent.workspace))
    base = "/api/v1/agents/bot"
    started = client.post(
        f"{base}/runs/{run.pk}/regrades/", {"sample": 4}, content_type="application/json"
    )
    assert started.status_code == 202
    work_regrades(None, clock)
    found = client.get(f"{base}/regrades/{started.json()['id']}/").json()
    assert found["state"] == "done" and found["flip_rate"]["value"] == 0
    assert found["progress"]["done"] == 4 and "turned 0 of 4" in found["sentence"]
    assert len(client.get(f"{base}/runs/{run.pk}/regrades/").json()["data"]) == 1
    again = client.post(f"{base}/regrades/{found['id']}/cancel/")
    assert again.status_code == 409
    bad = client.post(
        f"{base}/runs/{run.pk}/regrades/", {"sample": 0}, content_type="application/json"
    )
    assert bad.status_code == 422


def test_a_manager_starts_it_on_a_page_and_a_viewer_reads_it(run: Run, client: Client) -> None:
    agent = run.suite.agent
    client.force_login(make_member(agent.workspace, role=Role.MANAGER))
    page = PAGE.format(run.pk)
    assert b"grades cost at most" in client.get(page, {"sample": 3}).content
    client.post(f"{page}start/", {"sample": 3})
    assert b"of 3 grades" in client.get(page).content
    client.post(f"{page}cancel/")
    client.post(f"{page}resume/")
    work_regrades(None, clock)
    assert b"turned 0 of 3 grades" in client.get(page).content
    assert "Choose a sample" in client.post(
        f"{page}start/", {"sample": 0}, follow=True
    ).content.decode()  # fmt: skip
    client.force_login(make_member(agent.workspace, "vera", Role.VIEWER))
    seen = client.get(page).content
    assert b"turned 0 of 3 grades" in seen and b"Start" not in seen
    assert client.post(f"{page}start/", {"sample": 3}).status_code == 403
