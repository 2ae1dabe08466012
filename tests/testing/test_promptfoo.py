"""promptfoo's test files become cases, and what a case has no place for is named."""

from typing import Any

import pytest

from accounts.models import Workspace
from testing.exchange.bringing import checked
from testing.exchange.entries import Entry, UnreadableFile
from testing.exchange.formats import read

CONFIG = """\
prompts: [file://prompt.txt]
providers: [openai:gpt-4o]
defaultTest:
  vars: {language: en}
  assert:
    - type: not-icontains
      value: as an AI
tests:
  - description: Returns within a month
    vars:
      question: How long can I return a jacket?
    assert:
      - type: icontains
        value: 30 days
      - type: llm-rubric
        value: Is friendly about {{language}}
        threshold: 0.8
      - type: javascript
        value: output.length < 500
      - {type: regex, value: "\\\\d+ days"}
      - {type: cost, threshold: 0.01}
    threshold: 0.5
    metadata: {topic: returns, owner: ada, tags: [policy], critical: true, nested: {a: 1}}
    options: {transform: output.trim()}
  - vars: {query: [Where is it?, Is it lost?]}
    assert:
      - type: assert-set
        assert:
          - {type: contains-all, value: [tracking, link]}
      - {type: contains-any, value: "soon, tomorrow"}
      - {type: factuality, value: Parcels take 3 days.}
      - {type: equals, value: Soon.}
  - vars: {a: one, b: two}
  - file://more.yaml
"""


def entries_of(text: str, form: str = "yaml") -> list[Entry]:
    return read(text.encode(), form)


def body_of(entry: Entry) -> dict[str, Any]:
    body: dict[str, Any] = checked(entry, Workspace()).body
    return body


def test_a_configuration_becomes_cases() -> None:
    first, second, third, *_ = entries_of(CONFIG)
    body = body_of(first)
    assert (body["key"], body["status"]) == ("returns-within-a-month", "draft")
    assert body["question"] == "How long can I return a jacket?"
    assert body["expected_facts"] == ["30 days"] and body["must_not"] == ["as an AI"]
    assert body["rubric"] == "Is friendly about en"
    assert (body["topic"], body["critical"]) == ("returns", True)
    assert body["tags"] == ["owner: ada", "policy"]
    assert [body_of(one)["question"] for one in (second, third)] == ["Where is it?", "Is it lost?"]
    body = body_of(second)
    assert body["expected_facts"] == ["tracking", "link", "Parcels take 3 days.", "Soon."]
    assert body["rubric"] == "The reply says at least one of: “soon”, “tomorrow”."


def test_what_a_case_has_no_place_for_is_named() -> None:
    first, second, *_ = entries_of(CONFIG)
    assert first.left_out == [
        "vars.language: en",
        "llm-rubric, threshold: 0.8",
        "javascript: output.length < 500",
        r"regex: \d+ days",
        "cost: ",
        "metadata.nested: {'a': 1}",
        "threshold 0.5: here every assertion has to hold",
        "options: {'transform': 'output.trim()'}",
    ]
    assert second.left_out == [
        "vars.language: en",
        "equals: taken as a fact, other words for it pass too",
    ]


def test_tests_that_are_no_case_are_errors_with_their_line() -> None:
    *_, unclear, file = entries_of(CONFIG)
    line = CONFIG.split("\n").index("  - vars: {a: one, b: two}") + 1
    assert (
        unclear.place == f"line {line}"
        and "no variable holds the question" in unclear.errors[0]["message"]
    )
    assert file.place == f"line {line + 1}" and "file://more.yaml" in file.errors[0]["message"]


def test_tests_in_another_file_are_asked_for() -> None:
    with pytest.raises(UnreadableFile, match="stand in file://tests.csv"):
        entries_of("prompts: [x]\ntests: file://tests.csv\n")


def test_a_list_of_tests_without_a_configuration_is_known_by_its_look() -> None:
    [entry] = entries_of("- vars: {question: How?}\n  assert: [{type: contains, value: so}]\n")
    assert body_of(entry)["expected_facts"] == ["so"]


def test_a_csv_of_tests_becomes_cases() -> None:
    text = (
        "question,city,__expected1,__expected2,__description,__metadata:tags[],__threshold\n"
        'How far?,Rome,contains: 5 km,"grade: names {{city}}",Far,"a,b",\n'
        "How long?,,Two days,fn: output.ok,,,0.5\n"
        'Which?,,"contains-any(0.5): red, blue",not-contains: green,,,\n'
    )
    first, second, third = entries_of(text, "csv")
    body = body_of(first)
    assert (body["key"], body["tags"]) == ("far", ["a", "b"])
    assert (body["expected_facts"], body["rubric"]) == (["5 km"], "names Rome")
    assert first.left_out == ["vars.city: Rome"]
    assert body_of(second)["expected_facts"] == ["Two days"] and second.place == "line 3"
    assert "javascript: output.ok" in second.left_out
    assert "threshold 0.5: here every assertion has to hold" in second.left_out
    assert body_of(third)["must_not"] == ["green"]
    assert "contains-any, threshold: 0.5" in third.left_out


def test_descriptions_that_are_not_unique_name_no_case() -> None:
    test = "- description: Same\n  vars: {question: How%d?}\n  assert: []\n"
    first, second = entries_of(test % 1 + test % 2)
    assert body_of(first)["key"] != body_of(second)["key"]
    assert first.left_out == ["description: Same"]


@pytest.mark.parametrize(
    "test", ["vars: 3", "vars: {question: {a: 1}}", "vars: {question: file://q}"]
)
def test_odd_tests_are_errors(test: str) -> None:
    [entry] = entries_of(f"- {test}\n  assert: [3, {{type: contains, value: {{a: 1}}}}]\n")
    assert entry.errors
