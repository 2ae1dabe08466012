"""What a split of traffic caused stands on the impact page, in its file and in REST."""

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from context.impacts.split import measure_rollouts
from context.models import Rollout
from context.rollouts.looks import look_at_rollouts
from tests.context.test_looks import fill
from tests.make import make_agent, make_client, make_key, make_member, make_rollout

pytestmark = pytest.mark.django_db
BASE = "/acme/bot/releases/2/impact"
DAY = timedelta(days=1)


@pytest.fixture
def rollout() -> Rollout:
    """Half of the customers for a week, a fortnight ago: fewer of the new side are handed over."""
    agent = make_agent(required_checks="", impact_figure="ai_handover")
    start = timezone.now().replace(hour=12) - 14 * DAY
    rollout = make_rollout(agent, share=50, at=start)
    for number in range(7):
        fill(rollout, agent.local_date(start + number * DAY), new=0.25, live=0.30)
        look_at_rollouts(agent, start + (number + 1) * DAY)
    look_at_rollouts(agent, start + 8 * DAY)
    measure_rollouts(agent, timezone.now())
    return rollout


def logged_in(rollout: Rollout) -> Client:
    """A client in which a manager has logged in."""
    client = Client()
    client.force_login(make_member(rollout.agent.workspace))
    return client


def test_the_page_says_what_it_caused_and_how_it_was_watched(rollout: Rollout) -> None:
    page = logged_in(rollout).get(f"{BASE}/")
    html = page.content.decode()
    assert "AI handover improved: −5.0 points (−7.3 to −2.7), caused by release 2." in html
    assert "2,800 on the new side, 2,800 on the live one: 50.0 %, as planned (p 1.00)" in html
    assert "7 at CSAT, Reopened, AI handover, which spent 5.0 %" in html
    assert "30.0 % → 25.0 %, n 2,800 customers of the live release and 2,800 of the new" in html
    assert 'href="/acme/bot/releases/2/rollout/"' in html
    assert "Without a counterpart" not in html and "It was never live" not in html
    assert html.count('scope="row" class="nowrap"') == 7
    assert len(page.context["chart"]["data"]["values"]) == 7
    assert "In the last year 1 release had a primary figure that could be tested: 1 stood" in html
    assert "AI handover improved, p &lt; 0.001, by split" in html


def test_the_split_comes_before_the_times_of_being_live(rollout: Rollout) -> None:
    rollout.release.publish(timezone.now() - 2 * DAY)
    client = logged_in(rollout)
    tabs = client.get(f"{BASE}/").content.decode().split('class="tabs"')[1].split("</nav>")[0]
    assert tabs.index("Split 50 % from") < tabs.index("Live ")
    live = client.get(f"{BASE}/?live={rollout.release.publications.get().pk}").content.decode()
    assert "nothing has been measured yet" in live


def test_the_file_holds_both_sides_of_every_day(rollout: Rollout) -> None:
    text = logged_in(rollout).get(f"{BASE}.csv?split={rollout.pk}").content.decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["figure"] for row in rows} == {"ai_handover", "csat", "reopened"}
    assert rows[0]["n_new"] == rows[0]["n_live"] == "400"
    assert (rows[0]["value_new"], rows[0]["value_live"]) == ("0.250000", "0.300000")


def test_rest_gives_the_split_of_a_release_that_was_never_live(rollout: Rollout) -> None:
    body = make_client(make_key(rollout.agent.workspace)).get(f"/api/v1/agents/bot{BASE[9:]}/")
    assert body.json()["data"] == []
    [split] = body.json()["splits"]
    assert (split["share"], split["days"], split["days_looked"]) == (50, 7, 7)
    assert split["alpha_spent"] == pytest.approx(0.05)
    assert split["split"]["new"]["customers"] == 2800
    first = split["data"][0]
    assert (first["figure"], first["role"], first["association"]) == (
        "ai_handover", "primary", "caused by",
    )  # fmt: skip
    assert (first["before"], first["after"], len(first["days"])) == (0.3, 0.25, 7)
    assert body.json()["alarms"]["seen"] == 1


def test_the_release_says_what_was_compared_and_leads_to_it(rollout: Rollout) -> None:
    html = logged_in(rollout).get("/acme/bot/releases/2/").content.decode()
    assert "Its customers against those of the live release on the same days" in html
    assert "Four weeks before" not in html
    assert f'href="{BASE}/?split={rollout.pk}&amp;figure=csat#figure"' in html
    rolled_out = logged_in_again(rollout).get("/acme/bot/releases/2/rollout/").content.decode()
    assert f'href="{BASE}/?split={rollout.pk}"' in rolled_out


def test_a_running_split_says_when_it_will_tell() -> None:
    agent = make_agent(required_checks="")
    rollout = make_rollout(agent, share=50, at=timezone.now() - DAY)
    html = logged_in(rollout).get(f"{BASE}/").content.decode()
    assert "What it causes is said here once its planned days are over" in html
    rollout.stop(timezone.now(), None)
    assert (
        "It ended before its planned days were over"
        in logged_in_again(rollout).get(f"{BASE}/").content.decode()
    )


def logged_in_again(rollout: Rollout) -> Client:
    """Somebody else."""
    client = Client()
    client.force_login(make_member(rollout.agent.workspace, username="bob"))
    return client


def test_the_page_of_a_split_needs_few_queries(
    rollout: Rollout, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = logged_in(rollout)
    with django_assert_max_num_queries(25):
        client.get(f"{BASE}/")
