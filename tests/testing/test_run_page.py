"""The page of a run: which cases, in which order, how many at a time, and what it says without."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import Role
from context.models import Agent
from testing.cases.suites import suite_of
from testing.comparing.cases import CaseComparison, Trials
from testing.comparing.comparison import Comparison
from testing.models import Case, Result, Run
from testing.runs.page import CASES_A_PAGE, filter_counts, listing
from testing.runs.runner import start_run, work_results
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
QUERIES = 22


def row(number: int, candidate: int, baseline: int, **fields: Any) -> CaseComparison:
    case = Case(pk=number, key=f"case-{number}", question=f"Question {number}?", **fields)
    return CaseComparison(case, Trials(candidate, 3, 3), Trials(baseline, 3, 3))


COMPARISON = Comparison(
    3, True, (row(1, 3, 3), row(2, 0, 3), row(3, 3, 1, topic="sizes"), row(4, 2, 3))
)


def shown(**asked: str) -> list[int]:
    return [found.case.pk for found in listing(COMPARISON, asked).rows]


def test_a_filter_shows_its_cases_and_what_is_unknown_shows_all() -> None:
    assert shown(show="regressed") == [2, 4] and shown(show="fixed") == [3]
    assert shown(show="lost") == [2] and shown(show="flaky") == [3, 4]
    assert shown(show="nothing") == shown() == [1, 2, 3, 4]
    assert dict((name, count) for name, _, count in filter_counts(COMPARISON)) == {
        "all": 4, "regressed": 2, "fixed": 1, "lost": 1, "flaky": 2, "ungraded": 0,
    }  # fmt: skip


def test_cases_are_found_by_words_and_put_in_order() -> None:
    assert shown(q="QUESTION 3") == [3] and shown(q="sizes") == [3] and shown(q="no such") == []
    assert shown(sort="worst") == [2, 4, 1, 3] and shown(sort="best") == [3, 1, 4, 2]
    assert shown(sort="by magic") == [1, 2, 3, 4]


def test_pages_hold_so_many_and_a_wrong_number_leads_to_one_there_is() -> None:
    many = Comparison(3, True, tuple(row(number, 3, 3) for number in range(60)))
    second = listing(many, {"page": "2"})
    assert (second.page, second.pages, second.found) == (2, 3, 60)
    assert [found.case.pk for found in second.rows] == list(range(CASES_A_PAGE, 2 * CASES_A_PAGE))
    assert (second.previous, second.next) == (1, 3)
    assert listing(many, {"page": "99"}).page == 3 and listing(many, {"page": "x"}).page == 1
    assert listing(many, {"page": "0"}).previous is None
    assert listing(many, {"show": "ungraded"}).next_filter == "all"


@pytest.fixture
def agent() -> Agent:
    agent = make_agent()
    make_live_release(agent)
    make_candidate(agent, make_content(RETURNS, WASHING))
    return agent


@pytest.fixture
def viewer(agent: Agent, client: Client) -> Client:
    client.force_login(make_member(agent.workspace, "vera", Role.VIEWER))
    return client


def run_of(agent: Agent, cases: int, *, baseline: bool = True) -> Run:
    """A run in which every case is graded, with texts of its own on each release."""
    suite = suite_of(agent, "regression", NOW)
    for number in range(cases):
        make_case(agent, f"How do I return item {number}?")
    live = agent.live_release() if baseline else None
    run = start_run(suite, agent.releases.get(number=2), at=NOW, baseline=live, trials=1)
    told = {"state": "done", "passed": True, "answer_model": "m", "grade_model": "g"}
    run.results.filter(release=run.release).update(reply="Within 60 days.", **told)
    run.results.exclude(release=run.release).update(reply="Within 30 days.", **told)
    return run


def page(client: Client, run: Run, query: str = "") -> str:
    return client.get(f"/acme/bot/tests/runs/{run.pk}/{query}").content.decode()


def end(run: Run) -> Run:
    work_results(run, lambda: NOW)
    return run


def test_a_page_costs_the_same_with_many_cases(
    agent: Agent, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    run = end(run_of(agent, 70))
    with django_assert_max_num_queries(QUERIES) as queries:
        first = page(viewer, run)
    assert first.count("data-case>") == CASES_A_PAGE and "70 cases, page 1 of 3" in first
    assert not any("reply" in query["sql"] for query in queries.captured_queries)
    last = page(viewer, run, "?show=all&sort=worst&page=3")
    assert last.count("data-case>") == 20
    assert "show=fixed&amp;sort=worst" in last.replace(escape("&"), "&amp;")


def test_numbers_of_both_releases_stand_with_their_difference(agent: Agent, viewer: Client) -> None:
    run = run_of(agent, 3)
    run.results.filter(release=run.release).update(answer_usd="0.002", latency_ms=300)
    run.results.exclude(release=run.release).update(answer_usd="0.001", latency_ms=100)
    text = page(viewer, end(run))
    assert "$2.00" in text and "$1.00" in text and "+$1.00" in text
    assert "300 ms" in text and "+200 ms on average" in text
    assert "Grader noise is not measured" in text


def test_the_answers_are_laid_side_by_side_with_the_words_that_changed(
    agent: Agent, viewer: Client
) -> None:
    run = end(run_of(agent, 1))
    case = run.results.all()[0].case_id
    text = viewer.get(f"/acme/bot/tests/runs/{run.pk}/cases/{case}/").content.decode()
    assert "Within <del>30</del><ins>60</ins> days." in text
    run.results.update(reply="Within 30 days.")
    text = viewer.get(f"/acme/bot/tests/runs/{run.pk}/cases/{case}/").content.decode()
    assert "both said the same" in text and "<ins>" not in text


def test_a_run_without_a_baseline_says_so(agent: Agent, viewer: Client) -> None:
    run = end(run_of(agent, 2, baseline=False))
    text = page(viewer, run)
    assert "There is no baseline to compare with." in text and "Paired difference" not in text
    assert "Nothing was live when this run started" in page(viewer, run, "?show=regressed")


def test_a_run_under_way_says_that_its_numbers_move(agent: Agent, viewer: Client) -> None:
    run = run_of(agent, 3)
    first = run.results.all()[0]
    Result.objects.filter(case=first.case_id).update(state="pending", passed=None)
    text = page(viewer, run)
    assert "the numbers move until the run has ended" in text
    run.results.update(state="pending", passed=None)
    assert "The first numbers come when a case is graded" in page(viewer, run)


def test_a_run_in_which_nothing_was_graded_says_so(agent: Agent, viewer: Client) -> None:
    run = run_of(agent, 3)
    run.results.update(state="failed", passed=None, error="no answer")
    text = page(viewer, end(run))
    assert "No case was graded in every trial" in text and "no answer" in text
    assert page(viewer, run, "?show=ungraded").count("data-case>") == 3


def test_a_run_of_no_case_and_a_search_for_nothing_have_words(agent: Agent, viewer: Client) -> None:
    run = end(run_of(agent, 2))
    assert "holds all of these words" in page(viewer, run, "?q=zebra")
    run.results.all().delete()
    assert "No case was asked" in page(viewer, run)


def test_the_results_leave_as_csv_and_json_lines(agent: Agent, viewer: Client) -> None:
    run = run_of(agent, 2)
    run.results.update(reason="=1+1")
    end(run)
    address = f"/acme/bot/tests/runs/{run.pk}/results"
    lines = list(csv.DictReader(io.StringIO(b"".join(viewer.get(f"{address}.csv")).decode())))
    assert len(lines) == 4 and lines[0]["reason"] == "'=1+1" and lines[0]["passed"] == "true"
    rows = [json.loads(one) for one in b"".join(viewer.get(f"{address}.jsonl")).splitlines()]
    assert {one["release"] for one in rows} == {1, 2} and rows[0]["question"].startswith("How do I")
    assert viewer.get(f"{address}.xml").status_code == 404


def test_rest_gives_the_same_numbers_and_filtered_results(agent: Agent) -> None:
    run = run_of(agent, 3)
    lost = run.results.filter(release=run.release)[0]
    Result.objects.filter(pk=lost.pk).update(passed=False)
    end(run)
    client = make_client(make_key(agent.workspace))
    base = f"/api/v1/agents/bot/runs/{run.pk}/"
    found = client.get(base).json()["comparison"]
    assert found["difference"]["value"] == pytest.approx(-1 / 3)
    assert set(found["difference"]) == {"value", "low", "high", "n", "p", "method", "reason"}
    assert found["claim"] == {"p": 1.0, "adjusted_p": 1.0, "suites": 1, "is_clear": False}
    assert found["pass_hat_k"][0]["candidate"]["value"] == pytest.approx(2 / 3)
    assert found["outlook"]["cases_needed"] > 100 and found["lost"] == [lost.case.key]
    assert found["costs"]["candidate"]["trials"] == 3

    def results(query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = client.get(f"{base}results/?{query}").json()["data"]
        return rows

    assert {one["key"] for one in results("show=regressed")} == {lost.case.key}
    assert [one["id"] for one in results("passed=false")] == [lost.pk]
    assert len(results("release=1")) == 3 and len(results(f"key={lost.case.key}")) == 2
    assert results("passed=none") == [] and len(results("state=done&limit=2")) == 2
    bad = client.get(f"{base}results/?show=everything")
    assert bad.status_code == 422 and bad.json()["errors"][0]["field"] == "show"
    assert client.get(f"{base}results.csv").status_code == 200
    assert client.get(f"{base}results.xml").status_code == 404
