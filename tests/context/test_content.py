"""Content has one hash, whatever the order it was given in."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context.editing.drafts import create_draft
from context.releases.content import Content, DocumentContent, content_hash, content_of
from tests.make import NOW, RETURNS, WASHING, make_agent, make_content


def test_the_order_of_documents_and_settings_does_not_change_the_hash() -> None:
    one = Content("p", {"model": "m", "temperature": 0.5}, (RETURNS, WASHING))
    other = Content("p", {"temperature": 0.5, "model": "m"}, (WASHING, RETURNS))
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize(
    "changed",
    [
        {"slug": "return"},
        {"title": "Returning items"},
        {"body": RETURNS.body + " "},
        {"topic": "refunds"},
        {"required_facts": ("order number",)},
    ],
)
def test_any_change_of_a_document_changes_the_hash(changed: dict[str, Any]) -> None:
    before = make_content(RETURNS)
    after = make_content(replace(RETURNS, **changed))
    assert content_hash(before) != content_hash(after)


@given(st.text(), st.text(), st.text())
def test_text_cannot_move_between_prompt_and_documents(a: str, b: str, c: str) -> None:
    """Two contents share a hash only when they are equal."""
    one = Content(a, {}, (DocumentContent("d", b, c),))
    other = Content(c, {}, (DocumentContent("d", b, a),))
    assert (content_hash(one) == content_hash(other)) == (one == other)


@pytest.mark.django_db
def test_what_is_stored_is_what_was_given() -> None:
    document = replace(WASHING, body="Größe 42 < 43\n\n- *dry*\n", required_facts=("size",))
    content = make_content(document, prompt="Line one\nLine two\n", model="local-1")
    release, _ = create_draft(make_agent(), content, at=NOW)
    release.refresh_from_db()
    assert content_of(release) == content
    assert content_hash(content_of(release)) == release.content_hash
