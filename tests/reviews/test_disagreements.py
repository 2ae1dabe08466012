"""Where a person and the judge differ: the list, its filters, and marking who was wrong."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from context.models import Agent
from reviews.agreement.disagreements import disagreements, filtered, loaded, shown
from reviews.agreement.marks import AlreadyMarked, mark_disagreement, undo_mark
from reviews.desk.verdicts import NotYours, record_verdict, withdraw
from reviews.disputes.opening import open_dispute
from reviews.models import CriterionVerdict, DisagreementMark
from reviews.queue.claims import claim_next
from tests.make import NOW, make_agent, make_workspace
from tests.reviews.material import DAY, answers, make_queue, make_reviewer, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    """Of four conversations ada fails the tone of two, and passes what the judge failed in one."""
    agent = make_agent(queue_capacity=4)
    make_queue(agent, [5, 5, 5, 1])
    ada = make_reviewer(agent)
    missed = 0
    while (item := claim_next(agent, ada, NOW)) is not None:
        alarm = item.stratum.name == "grade-1"
        tone = "fail" if not alarm and missed < 2 else "pass"
        missed += tone == "fail"
        record_verdict(item, ada, answers(item, tone=tone), at=NOW, note="too curt")
    return agent


@pytest.fixture
def ada(agent: Agent) -> User:
    return User.objects.get(username="ada")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(agent: Agent, name: str = "disagreements", *args: object) -> str:
    return reverse(f"reviews:{name}", args=[agent.workspace.slug, agent.slug, *args])


def keys(agent: Agent, criterion: str = "", direction: str = "", state: str = "all") -> list[str]:
    rows = filtered(disagreements(agent), criterion, direction, state)
    return sorted(rows.values_list("criterion__key", flat=True))


def first(agent: Agent) -> CriterionVerdict:
    row = disagreements(agent).filter(criterion__key="tone").order_by("pk").first()
    assert row is not None
    return row


def marked(agent: Agent, by: User, **given: str) -> DisagreementMark:
    rows = loaded(disagreements(agent).filter(pk=first(agent).pk))
    (found,) = shown(agent, list(rows))
    return mark_disagreement(found, given.pop("blame", "judge"), by, NOW, **given)


def test_every_differing_answer_is_listed_and_no_other(agent: Agent) -> None:
    assert keys(agent) == ["grounded", "tone", "tone"]
    assert keys(agent, direction="missed") == ["tone", "tone"]
    assert keys(agent, direction="false_alarm") == ["grounded"]
    assert keys(agent, criterion="tone") == ["tone", "tone"]
    assert keys(agent, criterion="critical") == ["grounded"]


def test_a_withdrawn_verdict_is_no_disagreement(agent: Agent, ada: User) -> None:
    withdraw(first(agent).parent, ada, NOW)
    assert keys(agent) == ["grounded", "tone"]


def test_a_conversation_somebody_is_still_to_read_is_not_shown() -> None:
    agent = make_agent(queue_capacity=4, double_review_share=1.0)
    ada, ben = make_reviewer(agent), make_reviewer(agent, "ben")
    make_queue(agent, [5, 5])
    make_verdict(agent, ada, tone="fail")
    assert keys(agent) == []
    make_verdict(agent, ben)
    assert keys(agent) == ["tone"]


def test_a_disputed_verdict_is_not_shown_before_the_second_opinion(agent: Agent, ada: User) -> None:
    dispute = open_dispute(first(agent).parent, make_reviewer(agent, "ben"), "unsure", NOW)
    assert keys(agent) == ["grounded", "tone"]
    dispute.drop(ada, "settled", NOW)
    assert keys(agent) == ["grounded", "tone", "tone"]


def test_a_mark_keeps_the_words_in_short_and_masked(agent: Agent, ada: User) -> None:
    mark = marked(agent, ada, lesson="Ask jo@example.com \0 first.\n" + "x" * 300)
    assert mark.lesson.startswith("Ask [email] first. xxx")
    assert len(mark.lesson) == 200
    assert mark.quote == "within 30 days"  # the judge's, as ada quoted nothing
    assert keys(agent, state="open") == ["grounded", "tone"]
    assert keys(agent, state="judge") == ["tone"]
    assert keys(agent, state="person") == []


def test_without_words_the_lesson_is_the_right_answer(agent: Agent, ada: User) -> None:
    assert marked(agent, ada).lesson == ""
    page = client_of(ada).get(f"{url(agent)}?day={DAY}&state=judge").content.decode()
    assert "Language and tone: fail, not pass" in page


def test_an_answer_is_marked_once_and_again_after_an_undo(agent: Agent, ada: User) -> None:
    mark = marked(agent, ada)
    with pytest.raises(AlreadyMarked):
        marked(agent, ada, blame="person")
    undo_mark(mark, ada, NOW)
    with pytest.raises(AlreadyMarked):
        undo_mark(mark, ada, NOW)
    assert marked(agent, ada, blame="person").blame == "person"
    mark.refresh_from_db()
    assert mark.undone_by == ada
    assert DisagreementMark.objects.count() == 2


def test_only_ones_own_mark_or_a_manager_takes_it_back(agent: Agent, ada: User) -> None:
    mark = marked(agent, ada)
    with pytest.raises(NotYours):
        undo_mark(mark, make_reviewer(agent, "ben"), NOW)
    undo_mark(mark, make_reviewer(agent, "max", Role.MANAGER), NOW)
    assert keys(agent, state="judge") == []


def test_the_plain_page_marks_and_takes_back(agent: Agent, ada: User) -> None:
    client, query = client_of(ada), f"day={DAY}&criterion=tone&state=open"
    page = client.get(f"{url(agent)}?{query}").content.decode()
    assert page.count('class="disagreement"') == 2
    assert "too curt" in page and "within 30 days" in page and "it says so" in page
    answer = first(agent)
    given = {"blame": "judge", "lesson": "Curt is a failure.", "query": query}
    response = client.post(url(agent, "mark", answer.pk), given)
    assert response.headers["Location"] == f"{url(agent)}?day={DAY}&criterion=tone&state=open"
    assert client.get(response.headers["Location"]).content.decode().count('disagreement"') == 2
    page = client.get(f"{url(agent)}?day={DAY}&state=judge").content.decode()
    assert "Curt is a failure." in page
    client.post(url(agent, "unmark", answer.pk))
    assert keys(agent, state="judge") == []


def test_a_script_gets_the_row_back(agent: Agent, ada: User) -> None:
    answer = first(agent)
    response = client_of(ada).post(
        url(agent, "mark", answer.pk), {"blame": "person"}, headers={"HX-Request": "true"}
    )
    text = response.content.decode()
    assert text.strip().startswith('<li class="disagreement marked"')
    assert "person was wrong" in text
    assert url(agent, "item", answer.parent.item_id) in text


def test_marking_an_answer_that_agrees_is_not_found(agent: Agent, ada: User) -> None:
    same = CriterionVerdict.objects.exclude(pk__in=disagreements(agent).values("pk")).first()
    assert same is not None
    assert client_of(ada).post(url(agent, "mark", same.pk)).status_code == 404


def test_another_agents_answer_is_not_found(agent: Agent) -> None:
    other = make_agent(make_workspace("other"))
    eve = make_reviewer(other, "eve")
    assert client_of(eve).post(url(other, "mark", first(agent).pk)).status_code == 404
    assert not DisagreementMark.objects.exists()


def test_a_viewer_reads_and_does_not_mark(agent: Agent) -> None:
    client = client_of(make_reviewer(agent, "vic", Role.VIEWER))
    page = client.get(f"{url(agent)}?day={DAY}")
    assert page.status_code == 200 and "Judge error" not in page.content.decode()
    assert client.post(url(agent, "mark", first(agent).pk)).status_code == 403


def test_a_list_of_any_length_costs_the_same_queries(
    agent: Agent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = loaded(disagreements(agent))
    with django_assert_num_queries(3):
        assert len(shown(agent, list(rows))) == 3


def test_the_table_leads_to_what_it_counts(agent: Agent, ada: User) -> None:
    page = client_of(ada).get(f"{url(agent, 'agreement')}?day={DAY}").content.decode()
    found = [part.split('"')[0] for part in page.split('href="')]
    link = next(one for one in found if "criterion=tone" in one and "direction=missed" in one)
    listed = client_of(ada).get(link.replace("&amp;", "&")).content.decode()
    assert listed.count('class="disagreement"') == 2
    assert f"day={DAY}" in link and "judge=1" in link


def test_a_period_before_them_lists_none(agent: Agent, ada: User) -> None:
    page = client_of(ada).get(f"{url(agent)}?day={DAY - timedelta(days=1)}").content.decode()
    assert "No disagreement here" in page
