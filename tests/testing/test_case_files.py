"""Files of cases: what goes out comes in as it was, and what cannot be read is named."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from testing.cases.content import cleaned
from testing.cases.suites import suite_of
from testing.exchange.bringing import bring, checked, exported, plan
from testing.exchange.entries import Entry, UnreadableFile
from testing.exchange.formats import FORMATS, MOST_BYTES, format_of, read, write
from tests.make import NOW, make_agent, make_case

TEXT = st.text(max_size=40)
ANY_TEXT = TEXT | st.sampled_from(
    [
        "=1+1",
        "'=x",
        "''-5",
        "[not json",
        '["json"]',
        "a\nb",
        "a\r\nb",
        "a\u2028b\x85c",
        "null",
        "no",
    ]
)
FACTS = st.lists(ANY_TEXT.filter(lambda text: text.strip("\0").strip()), max_size=3)
JSON_TEXT = ANY_TEXT.map(lambda text: text.replace("\0", "").strip() or "x")
VALUE = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | JSON_TEXT
CALL = st.fixed_dictionaries(
    {"name": st.just("find_order"), "arguments": st.dictionaries(JSON_TEXT, VALUE, max_size=2)}
)
CALLS = st.lists(CALL.map(lambda call: call | {"result": '{"id": 1}'}), max_size=2)
CONTENT = st.fixed_dictionaries(
    {"question": ANY_TEXT.filter(lambda text: text.strip("\0").strip())},
    optional={
        "turns": st.lists(
            st.fixed_dictionaries(
                {
                    "author": st.just("customer"),
                    "text": ANY_TEXT.filter(lambda text: text.strip("\0").strip()),
                }
            ),
            max_size=2,
        ),
        "expected_action": st.sampled_from(["", "answer", "snooze", "handover", "close", "ignore"]),
        "expected_facts": FACTS,
        "must_not": FACTS,
        "required_facts": FACTS,
        "rubric": ANY_TEXT,
        "critical": st.booleans(),
        "tags": FACTS,
        "topic": ANY_TEXT,
        "script": FACTS,
        "persona": ANY_TEXT,
        "goal": ANY_TEXT,
        "known_facts": FACTS,
        "withheld_facts": FACTS,
        "kind": st.sampled_from(["question", "script", "customer"]),
        "max_turns": st.integers(1, 50),
        "recording": CALLS,
        "expected_calls": st.lists(CALL, max_size=2),
        "writing_tools": st.lists(st.just("cancel_order"), max_size=1),
    },
)


def entries_of(text: str, form: str) -> list[Entry]:
    return read(text.encode("utf-8"), form)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=150)
@given(content=CONTENT)
def test_what_is_written_is_read_as_it_was(form: str, content: dict[str, Any]) -> None:
    entry = checked(Entry("line 1", content), Workspace(slug="acme"))
    if entry.errors:  # what is no case is not exported either
        return
    [again] = entries_of("".join(write([entry.body], form)), form)
    assert checked(again, Workspace(slug="acme")).body == entry.body
    assert cleaned(entry.body, Workspace(slug="acme")).items() <= entry.body.items()


@pytest.mark.django_db
@pytest.mark.parametrize("form", FORMATS)
def test_an_export_brought_in_again_changes_nothing(form: str) -> None:
    agent = make_agent()
    case = make_case(
        agent,
        "=Where is my order?",
        turns=[{"author": "customer", "text": "Where is it?\nOrder 1042"}],
        expected_action="answer",
        must_not=["lost", "-gone"],
        tags=["shipping", "größe"],
        critical=True,
    )
    make_case(agent, "Draft", status="draft")
    make_case(agent, "Gone").retire(NOW)
    suite, other = case.suite, suite_of(agent, "questions", NOW)
    standing = suite.cases.exclude(status="retired")
    text = "".join(write(exported(standing), form))
    entries = [checked(entry, agent.workspace) for entry in entries_of(text, form)]
    assert [one.status for one in plan(suite, entries)] == ["unchanged", "unchanged"]
    assert [one.status for one in bring(other, plan(other, entries), NOW)] == ["created", "created"]
    copy = other.cases.get(key=case.key)
    assert copy.content() == case.content() and copy.status == "approved"
    assert "".join(write(exported(other.cases.order_by("id")), form)) == text


def test_a_cell_that_a_spreadsheet_would_run_is_guarded() -> None:
    body = checked(Entry("", {"question": "=HYPERLINK(1)", "key": "a"}), Workspace()).body
    text = "".join(write([body], "csv"))
    assert ",'=HYPERLINK(1)," in text
    assert entries_of(text, "csv")[0].body["question"] == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    "text",
    [
        'question;expected_facts;critical\r\nHow?;"One.\nTwo.";yes\r\n',
        'sep=;\r\nquestion;expected_facts;critical\r\nHow?;"[""One."", ""Two.""]";1\r\n',
        '\ufeffquestion\texpected_facts\tcritical\nHow?\t"One.\n\nTwo."\tTRUE\n',
    ],
)
def test_what_spreadsheets_write_is_understood(text: str) -> None:
    [entry] = entries_of(text, "csv")
    body = checked(entry, Workspace()).body
    assert (body["expected_facts"], body["critical"]) == (["One.", "Two."], True)


def test_a_spreadsheets_utf_16_is_read() -> None:
    [entry] = read("question\tkey\nHöhe?\ta\n".encode("utf-16"), "csv")
    assert entry.body == {"question": "Höhe?", "key": "a"}


@pytest.mark.parametrize(
    ("data", "form", "words"),
    [
        (b"question\nok\nGr\xfc\xdfe\n", "csv", "Line 3 is not in UTF-8"),
        (b"q,a\nx,y\n", "csv", "one of them “question”"),
        (b"question,topics\nx,y\n", "csv", "Unknown columns: topics. Known are: key"),
        (b"question,key,key\nx,y,z\n", "csv", "Columns named twice: key"),
        (b'question\n"open\n', "csv", "is no CSV"),
        (b"", "csv", "name the columns"),
        (b"question\n", "csv", "no case in the file"),
        (b"\n\n", "jsonl", "no case in the file"),
        (b"[1", "yaml", "This is no YAML: line 2"),
        (b"", "yaml", "has to be a list"),
        (b"a: 1", "yaml", "has to be a list"),
        (b"- !!python/object/apply:os.system ['id']", "yaml", "This is no YAML"),
        (b"[" * 20_000, "yaml", "YAML|nested"),
        (b"x" * (MOST_BYTES + 1), "jsonl", "larger than 20 MB"),
        (b"{}\n" * 10_001, "jsonl", "more than 10,000 cases"),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10))
                for c in range(98, 107)
            ),
            "yaml",
            "too many values",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, form: str, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(data, form)


def test_bad_lines_are_named_by_their_number() -> None:
    lines = ['{"question": "Good?"}', "", "not json", "[" * 100_000, '{"question": NaN}']
    faults = [(one.place, one.errors) for one in entries_of("\n".join(lines), "jsonl")]
    assert [place for place, _ in faults] == ["line 1", "line 3", "line 4", "line 5"]
    assert [bool(errors) for _, errors in faults] == [False, True, True, True]
    rows = entries_of('question,key\nOne?,a\n"Two\nlines?",b\nThree?,c,d\n', "csv")
    assert [row.place for row in rows] == ["line 2", "line 3", "line 5"]
    assert rows[2].errors[0]["message"] == "has 3 cells, the head names 2 columns"
    items = entries_of("# ours\n- question: One?\n- question: no\n  rubric: kind\n", "yaml")
    assert [item.place for item in items] == ["line 2", "line 3"]
    assert checked(items[1], Workspace()).errors[0]["field"] == "question"


def test_a_half_character_is_replaced_before_it_is_stored() -> None:
    [entry] = entries_of(json.dumps({"question": "a\ud800b"}), "jsonl")
    assert entry.body["question"] == "a\ufffdb"


def test_the_format_stands_in_the_name() -> None:
    assert [format_of(name) for name in ("a.jsonl", "B.CSV", "c.yml")] == ["jsonl", "csv", "yaml"]
    with pytest.raises(UnreadableFile, match="say which format"):
        format_of("cases.xlsx")
