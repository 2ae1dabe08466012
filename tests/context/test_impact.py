"""What a release is associated with, with its doubt; refused where the days do not carry it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from context.impacts.measuring import measure_impacts, newest_impacts, touched_topics
from context.impacts.year import alarms_of, years_tests
from context.models import DayLeftOut, Figure, Measurement
from context.releases.lifecycle import rollback
from tests.context.impact_material import (
    START,
    count_days,
    days_from,
    go_live,
    make_step,
    measured,
    noon,
    of,
)
from tests.make import RETURNS, WASHING, make_agent, make_content, make_live_release

pytestmark = pytest.mark.django_db
NOON = noon(START)


def test_a_clear_rise_is_an_improvement_with_its_interval() -> None:
    agent, new = make_step(0.09)
    impact = of(measured(agent))
    assert (impact.release, impact.verdict, impact.reason) == (new, "improved", "")
    assert impact.difference == pytest.approx(0.09, abs=0.01)
    assert impact.low is not None and impact.high is not None
    assert 0 < impact.low < 0.09 < impact.high
    assert (impact.days_before, impact.days_after) == (28, 7)
    assert (impact.n_before, impact.n_after) == (2800, 700)
    assert (impact.role, impact.family, impact.adjusted_p) == ("primary", 1, impact.p)
    assert impact.method == "weekday regression"
    assert impact.association == "associated with"
    assert impact.change.startswith("+9.")


def test_a_clear_fall_is_a_regression() -> None:
    agent, _ = make_step(-0.09)
    assert of(measured(agent)).verdict == "regressed"


def test_a_narrow_interval_around_nothing_is_no_clear_change() -> None:
    agent, _ = make_step(0.0)
    impact = of(measured(agent))
    assert (impact.verdict, impact.reason) == ("no_clear_change", "")


def test_a_fall_of_handovers_is_an_improvement() -> None:
    agent, _ = make_step(-0.09)
    Measurement.objects.update(figure=Figure.AI_HANDOVER)
    assert of(measured(agent), Figure.AI_HANDOVER).verdict == "improved"


def test_a_wide_interval_cannot_tell_yet_and_says_what_would() -> None:
    agent, _ = make_step(0.0, impact_points=1)
    impact = of(measured(agent))
    assert impact.verdict == "cannot_tell_yet"
    assert "1.0 points would matter: about " in impact.reason
    assert impact.difference is not None
    assert impact.needed_days is not None and impact.needed_days > 7
    assert f"{impact.needed_conversations:,} conversations an arm" in impact.reason


def test_a_wait_of_more_than_a_year_is_no_number_of_days() -> None:
    agent, _ = make_step(0.0, impact_points=0.1)
    assert "would matter: more than a year on it would tell" in of(measured(agent)).reason


def test_before_seven_whole_days_it_says_how_many_are_missing() -> None:
    agent, _ = make_step(0.09)
    impact = of(measured(agent, days=4))
    assert (impact.verdict, impact.provisional) == ("cannot_tell_yet", True)
    assert impact.reason == "4 more whole days are needed."
    assert of(measured(agent, days=7)).reason == "1 more whole day is needed."
    assert of(measured(agent)).verdict == "improved"


def test_the_first_release_has_nothing_to_be_compared_with() -> None:
    agent = make_agent(required_checks="")
    go_live(agent, START)
    impact = measured(agent, days=30)[0]
    assert impact.reason == "No release was live before it."
    assert not impact.provisional


def test_less_than_four_weeks_before_are_refused() -> None:
    agent, _ = make_step(0.09, weeks=3)
    impact = of(measured(agent))
    assert impact.verdict == "cannot_tell_yet"
    assert impact.reason == "There are 21 whole days before it; 28 are needed."
    assert not impact.provisional


def test_weekly_releases_each_have_a_step_of_their_own() -> None:
    """A publication at noon splits a day; its two halves a week apart make one day."""
    agent = make_agent(required_checks="")
    weeks = [START + timedelta(weeks=n) for n in range(-5, 2)]
    for number, first in enumerate(weeks):
        release = go_live(agent, first, prompt=f"week {number}")
        step = 0.06 * min(number, 5)
        count_days(agent, release, [first, first + timedelta(days=7)], step, n=50)
        count_days(agent, release, days_from(first + timedelta(days=1), 6), step)
    impact = of(measured(agent, days=14), number=6)
    assert impact.method == "weekday regression, a step per release"
    assert impact.verdict == "improved"
    assert impact.difference == pytest.approx(0.06, abs=0.02)
    assert (impact.n_before, impact.n_after) == (700, 700)  # on the release before it
    assert impact.last_day == START + timedelta(days=7)
    assert of(measured(agent, days=15), number=7).difference == pytest.approx(0, abs=0.02)


def test_a_release_that_was_live_for_less_than_a_week_is_never_judged() -> None:
    agent = make_agent(required_checks="")
    go_live(agent, START - timedelta(days=20), prompt="old")
    go_live(agent, START, prompt="short")
    go_live(agent, START + timedelta(days=3), prompt="next")
    rows = measured(agent, days=30)
    assert of(rows, number=2).reason == "It was live for 3 days; 7 are needed."
    short = "Release 2 before it was live for 2 whole days; 7 are needed."
    assert of(rows, number=3).reason == short
    assert not any(row.provisional for row in rows)


def test_a_day_without_conversations_is_missing_and_not_zero() -> None:
    agent, new = make_step(0.09)
    Measurement.objects.filter(release=new, date=START + timedelta(days=3)).delete()
    impact = of(measured(agent))
    assert impact.verdict == "cannot_tell_yet"
    assert "28 whole days before (28 needed), 6 after (7 needed)" in impact.reason


def test_an_empty_day_before_is_replaced_by_an_earlier_one() -> None:
    agent, _ = make_step(0.09)
    Measurement.objects.filter(date=START - timedelta(days=3)).delete()
    impact = of(measured(agent))
    assert (impact.verdict, impact.days_before) == ("improved", 28)
    assert impact.first_day == START - timedelta(days=29)


def test_a_day_that_was_left_out_does_not_count() -> None:
    agent, _ = make_step(0.09)
    outage = START - timedelta(days=3)
    Measurement.objects.filter(date=outage).update(total=0)
    spoilt = of(measured(agent))
    assert spoilt.low is not None and spoilt.low < 0.06
    DayLeftOut.objects.create(agent=agent, date=outage, reason="outage", created_at=noon(START))
    healed = of(measured(agent))
    assert healed.low is not None and healed.low > 0.06


def test_computing_again_writes_only_what_changed_and_ends_when_ripe() -> None:
    agent, new = make_step(0.09)
    assert measured(agent)
    assert measured(agent, days=9) == []
    ripe = measured(agent, days=18)
    assert [row.provisional for row in ripe if row.release == new] == [False] * len(ripe)
    Measurement.objects.update(total=0)
    assert measured(agent, days=30) == []
    assert new.impacts.filter(figure=Figure.AI_RESOLVED).count() == 2


def test_days_are_those_of_the_workspace() -> None:
    agent, _ = make_step(0.09)
    agent.workspace.time_zone = "Pacific/Auckland"
    agent.workspace.save()
    # Noon UTC is the next day in Auckland: its first seven whole days end a day later.
    assert of(measured(agent, days=7)).reason == "1 more whole day is needed."


def test_a_rollback_is_measured_as_a_change_of_its_own() -> None:
    agent, new = make_step(0.09)
    back = START + timedelta(days=28)
    count_days(agent, new, days_from(START + timedelta(days=11), 17), 0.09)
    old = rollback(agent, noon(back))
    count_days(agent, old, days_from(back + timedelta(days=1), 7))
    rows = measure_impacts(agent, noon(back + timedelta(days=8)))
    [again] = [
        row
        for row in rows
        if row.publication and row.publication.rollback and row.figure == Figure.AI_RESOLVED
    ]
    assert (again.release, again.verdict) == (old, "regressed")
    # What the release itself did is what it did when it first went live.
    assert newest_impacts(old)[Figure.AI_RESOLVED].reason == "No release was live before it."


def test_how_it_is_judged_is_fixed_when_it_goes_live() -> None:
    agent, new = make_step(0.09)
    agent.impact_figure, agent.impact_weeks = "csat", 2
    agent.save()
    impact = of(measured(agent))
    assert (impact.role, impact.verdict, impact.days_after) == ("primary", "improved", 7)
    published = go_live(agent, START + timedelta(days=11), prompt="later").publications.get()
    assert (published.primary_figure, published.days_after) == ("csat", 14)
    assert new.publications.get().primary_figure == "ai_resolved"


def test_a_hard_topic_that_grows_is_mix_and_no_regression() -> None:
    agent = make_agent(required_checks="")
    first = START - timedelta(weeks=5)
    old, new = go_live(agent, first, prompt="old"), go_live(agent, START, prompt="new")
    for topic, level, share, later in (("easy", 0.1, 80, 65), ("hard", -0.2, 20, 35)):
        count_days(agent, old, days_from(first, 35), level, n=share * 5, topic=topic)
        after = days_from(START + timedelta(days=1), 7)
        count_days(agent, new, after, level, n=later * 5, topic=topic)
    impact = of(measured(agent))
    beside = {one.kind: one for one in impact.evidence.all()}
    assert impact.verdict == "no_clear_change"
    assert beside["raw"].high is not None and beside["raw"].high < 0
    assert beside["mix"].estimate == pytest.approx(-0.045, abs=0.005)
    assert beside["standardised"].estimate == pytest.approx(0, abs=0.01)


def test_topics_of_one_side_alone_are_refused_above_a_tenth() -> None:
    agent, new = make_step(0.09)
    after = days_from(START + timedelta(days=1), 7)
    count_days(agent, new, after, n=30, topic="new topic")
    assert of(measured(agent)).verdict == "improved"
    count_days(agent, new, after, n=150, topic="newer topic")
    impact = of(measured(agent))
    assert impact.verdict == "cannot_tell_yet"
    assert "26 % of the conversations" in impact.reason
    assert impact.excluded_share == pytest.approx(1260 / 4760)


def test_untouched_topics_show_what_moved_without_the_release() -> None:
    """Everything rises by 5 points, and what the release touches by 4 more."""
    agent = make_agent(required_checks="")
    first = START - timedelta(weeks=5)
    taught = replace(RETURNS, body="Within 100 days.")
    old, new = go_live(agent, first, RETURNS, WASHING), go_live(agent, START, taught, WASHING)
    for topic, step in (("returns", 0.09), ("washing", 0.05)):
        count_days(agent, old, days_from(first, 35), n=200, topic=topic)
        count_days(agent, new, days_from(START + timedelta(days=1), 7), step, n=200, topic=topic)
    impact = of(measured(agent))
    beside = {one.kind: one for one in impact.evidence.all()}
    assert impact.difference == pytest.approx(0.07, abs=0.01)
    assert beside["untouched"].estimate == pytest.approx(0.05, abs=0.01)
    assert beside["control"].estimate == pytest.approx(0.04, abs=0.01)


def test_a_changed_prompt_leaves_no_topic_untouched() -> None:
    agent, _ = make_step(0.09)
    beside = {one.kind: one for one in of(measured(agent)).evidence.all()}
    assert beside["control"].reason == "the prompt changed, which touches every topic"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"prompt": "new"}, "the prompt changed, which touches every topic"),
        ({"tone": "formal"}, "a setting changed, which touches every topic"),
    ],
)
def test_what_touches_every_topic_leaves_no_control(changed: dict[str, str], why: str) -> None:
    agent = make_agent(required_checks="")
    old = make_live_release(agent, make_content(RETURNS), NOON)
    new = make_live_release(agent, make_content(RETURNS, **changed), NOON)
    assert touched_topics(old, new) == why


def test_a_changed_document_touches_its_topic_or_any_where_it_has_none() -> None:
    agent = make_agent(required_checks="")
    old = make_live_release(agent, make_content(RETURNS, WASHING), NOON)
    taught = replace(WASHING, body="Wash at 60 degrees.")
    new = make_live_release(agent, make_content(RETURNS, taught), NOON)
    assert touched_topics(old, new) == frozenset({WASHING.topic})
    loose = make_live_release(agent, make_content(RETURNS, replace(taught, topic="")), NOON)
    why = "a document without a topic changed, which may touch every topic"
    assert touched_topics(new, loose) == why


def test_too_few_conversations_of_touched_topics_are_no_control() -> None:
    agent = make_agent(required_checks="")
    first = START - timedelta(weeks=5)
    taught = replace(RETURNS, body="Within 100 days.")
    old, new = go_live(agent, first, RETURNS, WASHING), go_live(agent, START, taught, WASHING)
    for topic, n in (("returns", 10), ("washing", 200)):
        count_days(agent, old, days_from(first, 35), n=n, topic=topic)
        count_days(agent, new, days_from(START + timedelta(days=1), 7), n=n, topic=topic)
    control = of(measured(agent)).evidence.get(kind="control")
    words = "the topics it touched hold 5 % and 9.7 a day; 10 % and 5 a day are needed"
    assert control.reason == words


def test_the_past_weekly_changes_stand_beside() -> None:
    agent, _ = make_step(0.09, weeks=8)
    band = of(measured(agent)).evidence.get(kind="band")
    assert band.estimate == pytest.approx(0.09, abs=0.01)
    assert band.high is not None and band.high < 0.05


def test_a_day_left_out_is_in_no_past_week() -> None:
    agent, _ = make_step(0.09, weeks=8)
    outage = START - timedelta(days=17)
    Measurement.objects.filter(date=outage).update(total=100)
    DayLeftOut.objects.create(agent=agent, date=outage, reason="outage", created_at=noon(START))
    band = of(measured(agent)).evidence.get(kind="band")
    assert band.high is not None and band.high < 0.05


def test_days_without_any_spread_prove_nothing() -> None:
    agent, _ = make_step(0.09)
    Measurement.objects.update(total=0)
    impact = of(measured(agent))
    assert (impact.verdict, impact.difference) == ("cannot_tell_yet", 0)
    assert impact.reason == "All values are equal, so their spread is not known."


def test_too_few_past_weeks_have_no_band() -> None:
    agent, _ = make_step(0.09)
    Measurement.objects.filter(date__lt=START - timedelta(days=28)).delete()
    band = of(measured(agent)).evidence.get(kind="band")
    assert band.reason == "insufficient data: 3 past weekly changes, 4 are needed"


def test_guardrails_are_adjusted_together_and_say_of_how_many() -> None:
    agent, _ = make_step(0.0)
    for figure, step in ((Figure.REOPENED, 0.02), (Figure.AI_HANDOVER, 0.0)):
        rows = Measurement.objects.filter(figure=Figure.AI_RESOLVED)
        for row in rows:
            row.pk, row.figure = None, figure
            row.total += row.n * step if row.date > START else 0
            row.save()
    impact = of(measured(agent), Figure.REOPENED)
    assert impact.family == 2
    assert impact.p is not None and impact.adjusted_p is not None
    assert impact.adjusted_p == pytest.approx(min(1, 2 * impact.p), rel=0.01)


def test_the_years_alarms_stand_beside_those_that_luck_would_raise() -> None:
    agent, _ = make_step(0.09)
    measured(agent)
    measured(agent, days=30)
    found = alarms_of(years_tests(agent, noon(START + timedelta(days=30))))
    assert (found.comparisons, found.seen, found.expected) == (1, 1, 0.05)
    assert years_tests(agent, noon(START + timedelta(days=400))) == []


def test_a_trend_of_eight_weeks_is_not_taken_for_the_release() -> None:
    agent, _ = make_step(0.0, weeks=10)
    for row in Measurement.objects.all():
        row.total += row.n * 0.002 * (row.date - START).days + row.n * 0.05
        row.save()
    impact = of(measured(agent))
    assert impact.method == "weekday regression with trend"
    assert impact.verdict != "improved"
    assert impact.difference == pytest.approx(0, abs=0.01)
