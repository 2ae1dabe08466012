"""Payloads come in: stored, merged, found unchanged, or refused by name."""

import copy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from context.models import Measurement
from conversations.ingest import ingest
from conversations.models import Conversation, HandoverBrief, Message, Outcome
from tests.make import NOW, make_agent, make_chat, make_live_release, make_workspace

pytestmark = pytest.mark.django_db

WRITES = ("INSERT", "UPDATE", "DELETE", "COPY")


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that change something."""
    return [q["sql"] for q in queries.captured_queries if q["sql"].startswith(WRITES)]


def stored(external_id: str = "c-1") -> Conversation:
    """The conversation of this id."""
    return Conversation.objects.get(external_id=external_id)


def test_a_conversation_is_stored_with_its_messages_signals_and_outcome() -> None:
    agent = make_agent()
    payload = make_chat(tags=["ai_answered", "ai_close"], closed_at="2026-11-17T10:30:00Z")
    payload |= {"csat": {"score": 5, "scored_at": "2026-11-17T11:00:00Z"}, "topic": "returns"}
    payload |= {"cost_usd": 0.0123, "language": "en", "tier": "L1", "customer_ref": "k-7"}
    [result] = ingest(agent, [payload], now=NOW)
    row = stored()
    assert (result.status, result.id, result.errors) == ("created", row.pk, [])
    assert row.outcome == Outcome.AI_RESOLVED
    assert (row.csat_score, row.topic, row.tier, row.language) == (5, "returns", "L1", "en")
    assert (str(row.cost_usd), row.customer_ref) == ("0.012300", "k-7")
    assert row.message_count == 3
    assert [m.position for m in row.messages.all()] == [0, 1, 2]
    assert row.ai_answered_at == row.messages.get(position=1).sent_at
    assert row.warnings == []


def test_the_same_payload_twice_writes_nothing() -> None:
    agent = make_agent()
    payloads = [make_chat(f"c-{number}") for number in range(5)]
    ingest(agent, payloads, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        results = ingest(agent, copy.deepcopy(payloads), now=NOW)
    assert {result.status for result in results} == {"unchanged"}
    assert all(result.id for result in results)
    assert writes(queries) == []


def test_a_payload_that_adds_nothing_to_a_later_one_writes_nothing() -> None:
    agent = make_agent()
    first = make_chat()
    ingest(agent, [first], now=NOW)
    ingest(agent, [make_chat(topic="returns")], now=NOW)
    before = stored()
    with CaptureQueriesContext(connection) as queries:
        [result] = ingest(agent, [first], now=NOW)
    assert result.status == "unchanged"
    assert writes(queries) == []
    assert stored().digest == before.digest
    assert stored().topic == "returns"


def test_three_bad_rows_of_a_thousand_are_named_and_the_others_stored() -> None:
    agent = make_agent()
    payloads: list[Any] = [make_chat(f"c-{number}") for number in range(1000)]
    payloads[10]["opened_at"] = "yesterday"
    payloads[500]["messages"][1]["author"] = "robot"
    payloads[999] = "not an object"
    results = ingest(agent, payloads, now=NOW)
    assert [result.index for result in results] == list(range(1000))
    bad = {result.index: result for result in results if result.status == "error"}
    assert list(bad) == [10, 500, 999]
    assert bad[10].errors[0]["field"] == "opened_at"
    assert bad[10].external_id == "c-10"
    assert bad[500].errors[0]["field"] == "messages.1.author"
    assert Conversation.objects.count() == 997
    assert Message.objects.count() == 997 * 3


def test_the_number_of_queries_does_not_grow_with_the_list() -> None:
    agent = make_agent()
    ingest(agent, [make_chat("warm-up")], now=NOW)
    with CaptureQueriesContext(connection) as ten:
        ingest(agent, [make_chat(f"a-{number}") for number in range(10)], now=NOW)
    with CaptureQueriesContext(connection) as hundred:
        ingest(agent, [make_chat(f"b-{number}") for number in range(100)], now=NOW)
    assert len(ten) == len(hundred)


def test_one_list_may_speak_of_a_conversation_twice() -> None:
    agent = make_agent()
    first, second = make_chat(), make_chat(csat={"score": 2})
    results = ingest(agent, [first, second], now=NOW)
    assert [result.status for result in results] == ["created", "updated"]
    assert stored().csat_score == 2


def test_a_late_csat_and_late_messages_merge() -> None:
    agent = make_agent()
    ingest(agent, [make_chat()], now=NOW)
    late = {
        "external_id": "c-1",
        "source": "test",
        "channel": "chat",
        "opened_at": "2026-11-17T10:00:00Z",
        "csat": {"score": 4},
        "messages": [
            {
                "external_id": "late",
                "author": "human",
                "text": "One more thing from me.",
                "sent_at": "2026-11-17T10:01:30Z",
            }
        ],
    }
    [result] = ingest(agent, [late], now=NOW)
    row = stored()
    assert result.status == "updated"
    assert row.csat_score == 4
    assert row.message_count == 4
    names = [message.external_id for message in row.messages.all()]
    assert names == ["c-1-0", "c-1-1", "late", "c-1-2"]
    assert [message.position for message in row.messages.all()] == [0, 1, 2, 3]
    assert row.human_replied_at is not None


def test_an_edited_message_is_overwritten() -> None:
    agent = make_agent()
    payload = make_chat()
    ingest(agent, [payload], now=NOW)
    payload["messages"][2]["text"] = "Thanks a lot!"
    ingest(agent, [payload], now=NOW)
    assert stored().messages.get(position=2).text == "Thanks a lot!"
    assert Message.objects.count() == 3


def test_null_leaves_what_is_stored_but_an_empty_closing_time_opens_again() -> None:
    agent = make_agent()
    closed: dict[str, Any] = {
        "closed_at": "2026-11-17T10:30:00Z",
        "topic": "returns",
        "csat": {"score": 3},
    }
    ingest(agent, [make_chat(**closed)], now=NOW)
    nulls: dict[str, Any] = {"topic": None, "csat": None, "tags": None, "signals": None}
    ingest(agent, [make_chat(**nulls)], now=NOW)
    assert (stored().topic, stored().csat_score) == ("returns", 3)
    assert stored().closed_at is not None
    ingest(agent, [make_chat(closed_at=None)], now=NOW)
    assert stored().closed_at is None


def test_messages_out_of_order_are_sorted_and_noted() -> None:
    payload = make_chat()
    payload["messages"].reverse()
    ingest(make_agent(), [payload], now=NOW)
    names = [message.external_id for message in stored().messages.all()]
    assert names == ["c-1-0", "c-1-1", "c-1-2"]
    assert "out of order" in stored().warnings[0]


def test_unknown_times_are_reconstructed_in_order_and_noted() -> None:
    payload = make_chat()
    for message in payload["messages"]:
        del message["sent_at"]
    ingest(make_agent(), [payload], now=NOW)
    row = stored()
    times = [message.sent_at for message in row.messages.all()]
    assert times[0] == row.opened_at
    assert times == sorted(set(times))
    assert [message.external_id for message in row.messages.all()] == ["c-1-0", "c-1-1", "c-1-2"]
    assert "3 of 3 messages had no time" in row.warnings[0]


def test_a_message_without_a_time_stays_after_the_one_before_it() -> None:
    payload = make_chat()
    payload["messages"][1]["sent_at"] = None
    ingest(make_agent(), [payload], now=NOW)
    first, second, _ = stored().messages.all()
    assert second.external_id == "c-1-1"
    assert (second.sent_at - first.sent_at).total_seconds() == 0.001


def test_a_late_message_without_a_time_goes_last_and_keeps_its_place() -> None:
    agent = make_agent()
    ingest(agent, [make_chat()], now=NOW)
    late = make_chat(messages=[{"external_id": "late", "author": "ai", "text": "Any news?"}])
    ingest(agent, [late], now=NOW)
    ingest(agent, [late | {"topic": "returns"}], now=NOW)
    names = [message.external_id for message in stored().messages.all()]
    assert names == ["c-1-0", "c-1-1", "c-1-2", "late"]


def test_times_a_little_ahead_are_stored_and_noted() -> None:
    payload = make_chat(opened_at="2026-11-18T13:00:00Z", messages=[])
    [result] = ingest(make_agent(), [payload], now=NOW)
    assert result.status == "created"
    assert "in the future" in stored().warnings[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opened_at", "2026-11-20T10:00:00Z"),
        ("closed_at", "2027-01-01T00:00:00Z"),
        ("opened_at", "1970-01-01T00:00:00Z"),
        ("opened_at", "2026-11-17T10:00:00"),
        ("opened_at", "0001-01-01T00:00:00Z"),
        ("opened_at", None),
        ("external_id", 7),
        ("external_id", ""),
        ("external_id", "x" * 201),
        ("source", None),
        ("channel", 3),
        ("release", 0),
        ("release", "7"),
        ("release", 99),
        ("tags", "ai_close"),
        ("tags", [1]),
        ("csat", {"score": 6}),
        ("csat", {"score": "5"}),
        ("csat", {"score": 4.5}),
        ("cost_usd", -1),
        ("cost_usd", "NaN"),
        ("messages", {}),
        ("messages", [{"external_id": "1", "author": "ai", "text": None}]),
        ("messages", [{"external_id": "1", "author": "ai", "text": "a", "public": 1}]),
        ("messages", [{"author": "ai", "text": "a"}]),
        ("signals", {"ai_closed": "yes"}),
        ("signals", {"ai_closed": 1}),
        ("closedAt", "2026-11-17T10:00:00Z"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    [result] = ingest(make_agent(), [make_chat(**{field: value})], now=NOW)
    assert result.status == "error"
    assert result.errors[0]["field"].split(".")[0] == field
    assert result.errors[0]["message"]
    assert not Conversation.objects.exists()
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("payload", [None, 7, "text", [], True, {}, {"external_id": {}}])
def test_what_is_no_conversation_at_all_is_an_error_of_its_own(payload: Any) -> None:
    [result] = ingest(make_agent(), [payload], now=NOW)
    assert result.status == "error"
    assert result.errors


def test_two_messages_of_one_id_are_refused() -> None:
    payload = make_chat()
    payload["messages"][2]["external_id"] = "c-1-0"
    [result] = ingest(make_agent(), [payload], now=NOW)
    assert result.errors == [{"field": "messages.2.external_id", "message": "'c-1-0' is repeated"}]


def test_control_characters_are_removed_and_noted_and_markup_stays_text() -> None:
    payload = make_chat("c-1", ("customer", "a\x00b\x1b[31m <script>alert(1)</script> \ud83d\tc\n"))
    ingest(make_agent(), [payload], now=NOW)
    assert stored().messages.get().text == "ab[31m <script>alert(1)</script> \tc\n"
    assert stored().warnings == ["Control characters were removed."]


def test_control_characters_alone_are_no_id() -> None:
    [result] = ingest(make_agent(), [make_chat("\x00\ud83d")], now=NOW)
    assert (result.status, result.external_id) == ("error", "")
    assert result.errors[0]["field"] == "external_id"


def test_an_empty_message_is_stored_and_is_no_reply() -> None:
    ingest(make_agent(), [make_chat("c-1", ("customer", "Hello?"), ("ai", "  "))], now=NOW)
    assert stored().message_count == 2
    assert stored().ai_answered_at is None


def test_personal_data_is_masked_before_it_is_stored() -> None:
    agent = make_agent()
    text = "I am eve@example.com, call +1 212 555 0123, card 4111 1111 1111 1111."
    payload = make_chat("c-1", ("customer", text))
    payload |= {"tags": ["vip", "eve@example.com"], "customer_ref": "eve@example.com"}
    ingest(agent, [payload], now=NOW)
    row = stored()
    assert row.messages.get().text == "I am [email], call [phone], card [card]."
    assert row.tags == ["vip", "[email]"]
    assert row.customer_ref.startswith("customer-")
    ingest(agent, [payload | {"external_id": "c-2"}], now=NOW)
    assert stored("c-2").customer_ref == row.customer_ref


def test_a_workspace_may_keep_what_it_does_not_mask() -> None:
    workspace = make_workspace(mask_emails=False)
    ingest(make_agent(workspace), [make_chat("c-1", ("customer", "eve@example.com"))], now=NOW)
    assert stored().messages.get().text == "eve@example.com"


def test_a_conversation_is_bound_to_the_release_named() -> None:
    agent = make_agent()
    release = make_live_release(agent)
    ingest(agent, [make_chat(release=release.number)], now=NOW)
    assert stored().release == release


def test_without_a_name_it_is_the_release_live_when_it_was_opened() -> None:
    agent = make_agent()
    release = make_live_release(agent)
    after = make_chat("after", opened_at="2026-11-18T12:30:00Z", messages=[])
    ingest(agent, [make_chat("before"), after], now=NOW)
    assert stored("before").release is None
    assert stored("after").release == release


def test_two_sources_may_use_the_same_id() -> None:
    agent = make_agent()
    ingest(agent, [make_chat(), make_chat(source="other")], now=NOW)
    assert Conversation.objects.filter(external_id="c-1").count() == 2
    assert Message.objects.count() == 6


def test_a_handover_leaves_the_row_of_its_brief() -> None:
    agent = make_agent()
    handed_over = make_chat(tags=["ai_handover"])
    ingest(agent, [handed_over, make_chat("c-2")], now=NOW)
    assert HandoverBrief.objects.get().conversation == stored("c-1")
    ingest(agent, [handed_over | {"csat": {"score": 1}}], now=NOW)
    assert HandoverBrief.objects.count() == 1


def test_spam_is_kept_and_counted_in_no_figure() -> None:
    ingest(make_agent(), [make_chat(tags=["Spam"])], now=NOW)
    assert stored().spam
    assert not Measurement.objects.exists()


def test_a_conversation_moved_to_another_day_leaves_no_count_behind() -> None:
    agent = make_agent()
    ingest(agent, [make_chat()], now=NOW)
    ingest(agent, [make_chat(opened_at="2026-11-16T10:00:00Z")], now=NOW)
    days = Measurement.objects.filter(figure="conversations").values_list("date", "total")
    assert [(str(day), total) for day, total in days] == [("2026-11-16", 1.0)]


def test_a_chat_of_two_hundred_messages_comes_in_whole() -> None:
    texts = [("customer" if n % 2 else "ai", f"message {n}") for n in range(59)]
    payload = make_chat("c-1", *texts)
    payload["messages"] += [
        {"external_id": f"tool-{n}", "author": "tool", "public": False, "text": '{"a": [1, 2]}'}
        for n in range(141)
    ]
    ingest(make_agent(), [payload], now=NOW)
    assert stored().message_count == 200
