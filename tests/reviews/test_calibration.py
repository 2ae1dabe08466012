"""Calibration: the same conversations for several people, blind, and what they see differently."""

import csv
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from context.models import Agent
from reviews.agreement.figures import agreement
from reviews.calibrations.differences import differences_of
from reviews.calibrations.draw import chosen_by_draw
from reviews.calibrations.rules import record_rule, rules_of
from reviews.calibrations.sessions import (
    CalibrationRefused,
    Plan,
    add_participant,
    end_session,
    remove_participant,
    start_session,
)
from reviews.desk.checking import InvalidVerdict, asked_of
from reviews.judging.planning import current_judge
from reviews.models import (
    CalibrationRule,
    CalibrationSession,
    Opinion,
    QueueItem,
    Verdict,
)
from reviews.quality.labels import labels
from reviews.queue.sampling import build_queue
from reviews.team.opinions import NotAsked, asked_in, submit_opinion, take_opinion_back
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import (
    DAY,
    QUEUE_DAY,
    in_parallel,
    make_queue,
    make_reviewer,
    make_reviews,
    make_verdict,
)

pytestmark = pytest.mark.django_db
Status = CalibrationSession.Status


@pytest.fixture
def agent() -> Agent:
    return make_agent()


@pytest.fixture
def ada(agent: Agent) -> User:
    return make_reviewer(agent, "ada")


@pytest.fixture
def ben(agent: Agent) -> User:
    return make_reviewer(agent, "ben")


@pytest.fixture
def boss(agent: Agent) -> User:
    return make_reviewer(agent, "boss", Role.MANAGER)


@pytest.fixture
def session(agent: Agent, ada: User, ben: User, boss: User) -> CalibrationSession:
    """Three conversations for ada and ben."""
    make_reviews(agent, [5, 3, 1])
    return started(agent, boss, [ada, ben])


def started(agent: Agent, by: User, people: list[User], **plan: Any) -> CalibrationSession:
    return start_session(agent, Plan("Refunds", people, **plan), by=by, at=NOW)


def answer(session: CalibrationSession, user: User, **others: str) -> None:
    """All that is asked of a person, passed but for `others`."""
    for opinion in asked_in(session, user).filter(submitted_at=None):
        hand_in(opinion, **others)


def hand_in(opinion: Opinion, note: str = "", **others: str) -> None:
    asked = asked_of(opinion.scorecard, opinion.conversation)
    given = {one.key: {"verdict": others.get(one.key, "pass"), "quote": "30 days"} for one in asked}
    found = Opinion.objects.select_related("entry__session", "dispute").get(pk=opinion.pk)
    submit_opinion(found, given, at=NOW, note=note)


def test_everybody_is_asked_for_the_same_conversations(
    session: CalibrationSession, ada: User, ben: User
) -> None:
    asked = [
        list(asked_in(session, who).values_list("conversation", flat=True)) for who in (ada, ben)
    ]
    assert asked[0] == asked[1]
    assert len(asked[0]) == 3


def test_the_draw_is_reproducible_and_spread_over_the_grades(
    agent: Agent, ada: User, ben: User
) -> None:
    make_reviews(agent, [5] * 30 + [4] * 10 + [3] * 10 + [2] * 5 + [1] * 2)
    first = chosen_by_draw(agent, [ada, ben], 20, "seed", NOW)
    assert chosen_by_draw(agent, [ada, ben], 20, "seed", NOW) == first
    assert chosen_by_draw(agent, [ada, ben], 20, "other", NOW) != first
    assert Counter(one.reason for one in first) == {
        "grade 1": 2, "grade 2": 5, "grade 3": 5, "grade 4": 4, "grade 5": 4,
    }  # fmt: skip
    later = NOW + timedelta(days=40)
    assert chosen_by_draw(agent, [ada, ben], 20, "seed", later) == []


def test_a_fifth_is_known_to_be_hard_and_nothing_is_read_that_the_queue_still_needs(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    agent.queue_capacity = 8
    agent.save(update_fields=["queue_capacity"])
    make_reviews(agent, [5] * 30)
    queue = build_queue(agent, QUEUE_DAY, NOW)
    hard = [make_verdict(agent, boss, grounded="fail").conversation_id for _ in range(3)]
    read = make_verdict(agent, ada).conversation_id
    chosen = {one.conversation: one.reason for one in chosen_by_draw(agent, [ada], 10, "s", NOW)}
    assert list(chosen.values()).count("known to be hard") == 2
    assert sum(one in hard for one in chosen) == 2
    assert read not in chosen
    waits = queue.items.filter(state="open").values_list("conversation", flat=True)
    assert not set(waits) & set(chosen)


def test_conversations_can_be_chosen_by_hand(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    make_reviews(agent, [5, 4, 3])
    session = started(agent, boss, [ada, ben], picked=["1117-2", "1117-0", "1117-2"])
    names = session.conversations.values_list("conversation__external_id", "reason")
    assert list(names) == [("1117-2", "chosen by hand"), ("1117-0", "chosen by hand")]
    with pytest.raises(CalibrationRefused, match="No such conversation: 9-9"):
        started(agent, boss, [ada, ben], picked=["1117-1", "9-9"])
    build_queue(agent, QUEUE_DAY, NOW)
    with pytest.raises(CalibrationRefused, match="Still to be decided"):
        started(agent, boss, [ada, ben], picked=["1117-1"])


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        ({"name": " "}, "name"),
        ({"people": ["ada"]}, "two people"),
        ({"people": ["ada", "ben", "vic"]}, "vic"),
        ({"size": 51}, "50"),
        ({"size": 0}, "50"),
    ],
)
def test_a_session_that_makes_no_sense_is_not_started(
    agent: Agent, ada: User, ben: User, boss: User, plan: dict[str, Any], fault: str
) -> None:
    make_reviews(agent, [5] * 3)
    make_reviewer(agent, "vic", Role.VIEWER)
    names = plan.pop("people", ["ada", "ben"])
    people = list(User.objects.filter(username__in=names).order_by("username"))
    with pytest.raises(CalibrationRefused, match=fault):
        start_session(agent, Plan(**({"name": "x", "people": people} | plan)), by=boss, at=NOW)
    assert not CalibrationSession.objects.exists()


def test_without_reviewed_conversations_nothing_is_started(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    with pytest.raises(CalibrationRefused, match="four weeks"):
        started(agent, boss, [ada, ben])


def test_answers_count_in_no_figure_and_in_no_queue(
    agent: Agent, ada: User, ben: User, boss: User
) -> None:
    make_queue(agent, [5] * 5)
    for _ in range(5):
        make_verdict(agent, boss)
    judge = current_judge(agent, NOW)
    before = labels(agent, DAY, DAY), agreement(agent, DAY, DAY, judge)
    session = started(agent, boss, [ada, ben])
    answer(session, ada, policy="fail")
    answer(session, ben)
    assert Opinion.objects.filter(submitted_at__isnull=False).count() == 10
    assert (labels(agent, DAY, DAY), agreement(agent, DAY, DAY, judge)) == before
    assert Verdict.objects.count() == 5
    assert set(QueueItem.objects.values_list("state", flat=True)) == {"done"}


def test_the_session_closes_with_the_last_answer(
    session: CalibrationSession, ada: User, ben: User
) -> None:
    answer(session, ada)
    session.refresh_from_db()
    assert session.status == Status.OPEN
    answer(session, ben)
    session.refresh_from_db()
    assert (session.status, session.ended_by) == (Status.CLOSED, None)


def test_an_answer_can_be_changed_while_the_session_is_open(
    session: CalibrationSession, ada: User, ben: User
) -> None:
    opinion = asked_in(session, ada)[0]
    hand_in(opinion, note="so so", policy="fail")
    opinion = Opinion.objects.select_related("entry__session", "dispute").get(pk=opinion.pk)
    again = take_opinion_back(opinion)
    assert (again.submitted_at, again.passed) == (None, None)
    assert again.draft["verdict-policy"] == "fail"
    assert again.draft["note"] == "so so"
    answer(session, ada)
    answer(session, ben)
    done = Opinion.objects.select_related("entry__session", "dispute").get(pk=opinion.pk)
    with pytest.raises(NotAsked):
        take_opinion_back(done)


def test_an_answer_that_does_not_fit_is_not_taken(session: CalibrationSession, ada: User) -> None:
    opinion = asked_in(session, ada).select_related("entry__session", "dispute")[0]
    with pytest.raises(InvalidVerdict):
        submit_opinion(opinion, {"policy": {"verdict": "pass"}}, at=NOW)
    assert Opinion.objects.get(pk=opinion.pk).submitted_at is None


def test_people_join_late_and_are_taken_out(
    agent: Agent, session: CalibrationSession, ada: User, ben: User, boss: User
) -> None:
    cleo = make_reviewer(agent, "cleo")
    answer(session, ada)
    add_participant(session, cleo, by=boss, at=NOW)
    assert asked_in(session, cleo).count() == 3
    hand_in(asked_in(session, ben)[0])
    remove_participant(session, ben, by=boss, at=NOW)
    assert asked_in(session, ben).count() == 1
    session.refresh_from_db()
    assert session.status == Status.OPEN
    remove_participant(session, cleo, by=boss, at=NOW)
    session.refresh_from_db()
    assert session.status == Status.CLOSED
    assert {len(one.opinions) for one in differences_of(session).conversations} == {1}
    with pytest.raises(CalibrationRefused, match="ended"):
        add_participant(session, ben, by=boss, at=NOW)


def test_who_was_taken_out_can_come_back(
    session: CalibrationSession, ben: User, boss: User
) -> None:
    hand_in(asked_in(session, ben)[0])
    remove_participant(session, ben, by=boss, at=NOW)
    with pytest.raises(CalibrationRefused, match="does not take part"):
        remove_participant(session, ben, by=boss, at=NOW)
    add_participant(session, ben, by=boss, at=NOW)
    assert asked_in(session, ben).filter(submitted_at=None).count() == 2


def test_nothing_is_handed_in_after_the_end(
    session: CalibrationSession, ada: User, boss: User
) -> None:
    end_session(session, Status.CANCELLED, by=boss, at=NOW)
    with pytest.raises(NotAsked):
        hand_in(asked_in(session, ada)[0])
    with pytest.raises(CalibrationRefused):
        end_session(session, Status.CLOSED, by=boss, at=NOW)


def test_differences_are_sorted_by_disagreement_with_the_judge_beside(
    agent: Agent, session: CalibrationSession, ada: User, ben: User, boss: User
) -> None:
    cleo = make_reviewer(agent, "cleo")
    add_participant(session, cleo, by=boss, at=NOW)
    worst = asked_in(session, ada)[1]
    for user in (ada, ben, cleo):
        for opinion in asked_in(session, user):
            differs = opinion.entry_id == worst.entry_id and user == ada
            hand_in(opinion, note="hm" if differs else "", policy="fail" if differs else "pass")
    session.refresh_from_db()
    found = differences_of(session)
    first = found.conversations[0]
    assert first.entry.pk == worst.entry_id
    assert [one.criterion.key for one in first.differing] == ["policy"]
    one = first.differing[0]
    assert one.disagreement == pytest.approx(2 / 3)
    assert [(a.parent.reviewer.username, a.verdict, a.quote) for a in one.answers] == [
        ("ada", "fail", "30 days"), ("ben", "pass", "30 days"), ("cleo", "pass", "30 days"),
    ]  # fmt: skip
    assert one.judge is not None
    assert one.judge.verdict == "pass"
    policy = next(row for row in found.criteria if row.name == "Policy, safety, privacy")
    assert (policy.same, policy.pairs, policy.judge_same, policy.judge_pairs) == (7, 9, 8, 9)
    # Three raters, three units, one fail among nine: Do = 2/9, De = 2/9, so alpha is 0.
    assert policy.alpha == pytest.approx(0.0)
    tone = next(row for row in found.criteria if row.name == "Language and tone")
    assert (tone.alpha, tone.share) == (None, 1.0)
    assert [row.name for row in found.people] == ["ada and ben", "ada and cleo", "ben and cleo"]
    assert [row.same for row in found.people] == [26, 26, 27]


def test_what_the_group_agreed_on_stays_on_record(
    agent: Agent, session: CalibrationSession, ada: User, ben: User
) -> None:
    entry = session.conversations.all()[0]
    with pytest.raises(CalibrationRefused, match="closed"):
        record_rule(session, entry.pk, "policy", "fail", "x", by=ada, at=NOW)
    answer(session, ada, policy="fail")
    answer(session, ben)
    session.refresh_from_db()
    for answered, rule in (("pass", "A name is fine."), ("fail", "A street is an address.")):
        record_rule(session, entry.pk, "policy", answered, rule, by=ada, at=NOW)
    for wrong in (
        (entry.pk, "policy", "maybe"),
        (entry.pk, "nothing", "pass"),
        (0, "policy", "na"),
    ):
        with pytest.raises(CalibrationRefused):
            record_rule(session, *wrong, "x", by=ada, at=NOW)
    assert CalibrationRule.objects.count() == 2
    assert [one.rule for one in rules_of(agent)] == ["A street is an address."]
    found = next(one for one in differences_of(session).conversations if one.entry == entry)
    agreed = found.differing[0].agreed
    assert agreed is not None
    assert (agreed.answer, len(found.differing[0].rules)) == ("fail", 2)


@pytest.mark.django_db(transaction=True)
def test_the_last_two_answers_at_once_close_the_session() -> None:
    agent = make_agent()
    boss = make_reviewer(agent, "boss", Role.MANAGER)
    people = [make_reviewer(agent, "ada"), make_reviewer(agent, "ben")]
    make_reviews(agent, [5])
    session = started(agent, boss, people)
    in_parallel(2, lambda number: answer(session, people[number]))
    session.refresh_from_db()
    assert session.status == Status.CLOSED


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(agent: Agent, name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def text(user: User, address: str) -> str:
    response = of(user).get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_session_over_plain_forms(agent: Agent, ada: User, ben: User, boss: User) -> None:
    make_reviews(agent, [5, 4])
    form = {
        "name": "Refunds",
        "person": ["ada", "ben"],
        "picked": "1117-0\r\n1117-1",
        "due_on": "2026-11-30",
    }
    page = of(boss).post(url(agent, "start-calibration"), form, follow=True).content.decode()
    assert "Started." in page
    session = CalibrationSession.objects.get()
    assert str(session.due_on) == "2026-11-30"
    assert "0 of 2" in text(ada, url(agent, "calibrations"))
    opinion = asked_in(session, ada)[0]
    page = text(ada, url(agent, "opinion", opinion.pk))
    assert "it says so" not in page
    assert "1 of 2" in page
    asked = asked_of(opinion.scorecard, opinion.conversation)
    given = {f"verdict-{one.key}": "pass" for one in asked} | {"note": "<fine>"}
    answered = of(ada).post(url(agent, "submit-opinion", opinion.pk), given)
    following = asked_in(session, ada)[1]
    assert answered.headers["Location"] == url(agent, "opinion", following.pk)
    answer(session, ada)
    answer(session, ben, policy="fail")
    page = text(ada, url(agent, "calibration", session.pk))
    assert "when the last answer was in" in page
    assert "&lt;fine&gt;" in page
    rule = {"entry": opinion.entry_id, "criterion": "policy", "answer": "pass", "rule": "=1+1"}
    of(ben).post(url(agent, "calibration-rule", session.pk), rule)
    assert "=1+1" in text(ada, url(agent, "calibrations"))
    answered = of(ada).get(url(agent, "differences", session.pk))
    rows = list(csv.DictReader(StringIO(b"".join(answered.streaming_content).decode())))  # type: ignore[attr-defined]
    assert len(rows) == 2 * 2 * 9
    policy = [row for row in rows if row["criterion"] == "policy" and row["agreed"]]
    assert [(row["person"], row["answer"], row["agreed"], row["rule"]) for row in policy] == [
        ("ada", "pass", "pass", "'=1+1"), ("ben", "fail", "pass", "'=1+1"),
    ]  # fmt: skip


def test_who_takes_part_sees_neither_judge_nor_verdicts_until_they_have_answered(
    agent: Agent, session: CalibrationSession, ada: User
) -> None:
    opinion = asked_in(session, ada)[0]
    panel = url(agent, "panel", opinion.conversation_id)
    assert "is hidden until you have decided" in text(ada, panel)
    hand_in(opinion)
    assert "is hidden until you have decided" not in text(ada, panel)


def test_who_may_do_what_with_a_session(
    agent: Agent, session: CalibrationSession, ada: User, ben: User, boss: User
) -> None:
    cleo = make_reviewer(agent, "cleo")
    for name in ("calibration-people", "end-calibration"):
        assert of(ada).post(url(agent, name, session.pk)).status_code == 403
    assert of(ada).post(url(agent, "start-calibration")).status_code == 403
    viewer = make_reviewer(agent, "vic", Role.VIEWER)
    assert of(viewer).get(url(agent, "calibration", session.pk)).status_code == 403
    assert "shown when the session is closed" in text(ada, url(agent, "differences", session.pk))
    opinion = asked_in(session, ada)[0]
    assert of(ben).get(url(agent, "opinion", opinion.pk)).status_code == 404
    of(boss).post(url(agent, "calibration-people", session.pk), {"person": "cleo", "do": "add"})
    assert asked_in(session, cleo).count() == 3
    of(boss).post(url(agent, "end-calibration", session.pk), {"do": "close"})
    session.refresh_from_db()
    assert (session.status, session.ended_by) == (Status.CLOSED, boss)
    outsider = make_reviewer(agent, "dan")
    rule = {"entry": session.conversations.all()[0].pk, "criterion": "policy", "answer": "pass"}
    of(outsider).post(url(agent, "calibration-rule", session.pk), rule)
    assert not CalibrationRule.objects.exists()
    other = make_agent(make_workspace("other"), "other")
    stranger = make_reviewer(other, "eve", Role.MANAGER)
    assert of(stranger).get(url(other, "calibration", session.pk)).status_code == 404
    assert of(stranger).post(url(other, "end-calibration", session.pk)).status_code == 404


def test_the_pages_cost_a_fixed_number_of_queries(
    agent: Agent,
    session: CalibrationSession,
    ada: User,
    ben: User,
    boss: User,
    django_assert_num_queries: Any,
) -> None:
    client = of(boss)
    with django_assert_num_queries(12):
        client.get(url(agent, "calibrations"))
    answer(session, ada, policy="fail")
    answer(session, ben)
    make_reviews(agent, [5] * 9, DAY - timedelta(days=1))
    cleo = make_reviewer(agent, "cleo")
    second = started(agent, boss, [ada, ben, cleo])
    with django_assert_num_queries(12):
        client.get(url(agent, "calibrations"))
    with django_assert_num_queries(16):
        client.get(url(agent, "calibration", session.pk))
    for user in (ada, ben, cleo):
        answer(second, user, policy="fail" if user == ben else "pass")
    with django_assert_num_queries(16):
        client.get(url(agent, "calibration", second.pk))
