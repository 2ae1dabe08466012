"""Two people's changes of one release, put together; what both changed is left to a person."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context.editing.combining import Undecided, merge, resolved
from context.editing.three_way import is_conflict, merged, sentences_of, three_way
from context.releases.content import Content
from tests.make import RETURNS, WASHING, make_content

TEXT = "Unworn items go back within 30 days. Refunds take 5 days.\nShipping back is free.\n"
words = st.lists(st.sampled_from(["A. ", "B.\n", "C! ", "\n", "D", "E? "]), max_size=12)
texts = words.map("".join)


@given(texts)
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences_of(text)) == text


@given(texts, texts, texts)
def test_the_stretches_hold_all_three_texts(base: str, mine: str, theirs: str) -> None:
    found = three_way(base, mine, theirs)
    assert "".join(one.base for one in found) == base
    assert "".join(one.mine for one in found) == mine
    assert "".join(one.theirs for one in found) == theirs


@given(texts, texts)
def test_a_change_of_one_side_alone_is_taken(base: str, changed: str) -> None:
    assert merged(three_way(base, changed, base)) == changed
    assert merged(three_way(base, base, changed)) == changed
    assert not is_conflict(three_way(base, changed, changed))


@given(texts, texts, texts)
def test_the_sides_may_be_swapped(base: str, mine: str, theirs: str) -> None:
    one, other = three_way(base, mine, theirs), three_way(base, theirs, mine)
    assert is_conflict(one) == is_conflict(other)
    if not is_conflict(one):
        assert merged(one) == merged(other)


def test_changes_of_different_sentences_are_merged() -> None:
    mine = TEXT.replace("30 days", "60 days")
    theirs = TEXT.replace("is free", "costs 4 €")
    found = three_way(TEXT, mine, theirs)
    assert not is_conflict(found)
    assert merged(found) == TEXT.replace("30 days", "60 days").replace("is free", "costs 4 €")


def test_different_changes_of_one_sentence_are_a_conflict() -> None:
    found = three_way(TEXT, TEXT.replace("30 days", "60 days"), TEXT.replace("30 days", "14 days"))
    [stretch] = [one for one in found if one.origin == "conflict"]
    assert stretch.mine.startswith("Unworn items go back within 60 days.")
    assert stretch.theirs.startswith("Unworn items go back within 14 days.")


BASE = make_content(RETURNS, WASHING, greeting="Hi", limit=1)


def changed(**bodies: str) -> Content:
    """The base with other bodies by slug."""
    content = BASE
    for document in BASE.documents:
        if document.slug in bodies:
            content = content.with_document(replace(document, body=bodies[document.slug]))
    return content


def test_what_only_one_side_changed_is_taken_from_it() -> None:
    mine = changed(returns="Within 60 days.")
    theirs = changed(washing="Cold only.").with_prompt("Be kind.")
    parts = merge(BASE, mine, theirs)
    assert {part.key: part.state for part in parts} == {
        "document.returns": "mine",
        "document.washing": "theirs",
        "prompt": "theirs",
    }
    after = resolved(mine, parts, {})
    assert after.prompt == "Be kind."
    assert [document.body for document in after.documents] == ["Within 60 days.", "Cold only."]


def test_a_conflict_waits_for_a_person() -> None:
    mine, theirs = changed(returns="Within 60 days."), changed(returns="Within 14 days.")
    parts = merge(BASE, mine, theirs)
    with pytest.raises(Undecided, match="returns"):
        resolved(mine, parts, {})
    for choice, text in [
        ("mine", "Within 60 days."),
        ("theirs", "Within 14 days."),
        ("text:Within 30: or 60 days.", "Within 30: or 60 days."),
    ]:
        document = resolved(mine, parts, {"document.returns": choice}).document("returns")
        assert document is not None
        assert document.body == text


def test_removed_here_and_changed_there_is_a_conflict() -> None:
    mine, theirs = BASE.without_document("returns"), changed(returns="Within 14 days.")
    [part] = merge(BASE, mine, theirs)
    assert part.state == "conflict"
    assert resolved(mine, [part], {part.key: "mine"}).document("returns") is None
    assert resolved(mine, [part], {part.key: "theirs"}).document("returns") is not None
    assert resolved(mine, [part], {part.key: "text:New."}).document("returns") is not None


def test_settings_are_merged_one_by_one() -> None:
    mine = replace(BASE, settings={"greeting": "Hello", "limit": 1, "new": True})
    theirs = replace(BASE, settings={"greeting": "Hi", "limit": 2})
    after = resolved(mine, merge(BASE, mine, theirs), {})
    assert after.settings == {"greeting": "Hello", "limit": 2, "new": True}


def test_the_same_change_of_both_is_none() -> None:
    both = changed(returns="Within 60 days.")
    [part] = merge(BASE, both, both)
    assert part.state == "mine"
    assert resolved(both, [part], {}) == both


def test_titles_at_odds_are_a_conflict_even_if_the_texts_merge() -> None:
    mine = BASE.with_document(replace(RETURNS, title="Returns"))
    theirs = BASE.with_document(replace(RETURNS, title="Sending back"))
    [part] = merge(BASE, mine, theirs)
    assert part.state == "conflict"
