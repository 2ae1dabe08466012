"""Variables and sections of a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context.editing.sections import sections_of, with_section
from context.editing.variables import rendered, unknown_variables, variables_in

PROMPT = """You are {{ name }}.

# Tone
Be kind to {{ticket.customer}}, says {{name}}.

```
# no heading
```
## Refunds
Up to {{refund_limit}}.
"""


def test_variables_are_named_once_in_their_order() -> None:
    assert variables_in(PROMPT) == ["name", "refund_limit"]
    assert unknown_variables(PROMPT, {"variables": {"name": "Ada"}}) == ["refund_limit"]


def test_values_are_put_in_once_and_the_rest_is_left() -> None:
    text = rendered(PROMPT, {"variables": {"name": "{{refund_limit}}"}})
    assert text.startswith("You are {{refund_limit}}.")
    assert "{{ticket.customer}}" in text
    assert "Up to {{refund_limit}}." in text


def test_sections_are_the_headings_outside_of_code() -> None:
    found = sections_of(PROMPT)
    assert [(one.level, one.title) for one in found] == [(0, ""), (1, "Tone"), (2, "Refunds")]
    assert "".join(one.text for one in found) == PROMPT
    assert "# no heading" in found[1].text


@given(st.text(alphabet="# ab\n`-=", max_size=60))
def test_sections_joined_are_the_prompt(prompt: str) -> None:
    assert "".join(one.text for one in sections_of(prompt)) == prompt


def test_one_section_is_replaced_and_the_next_still_begins_a_line() -> None:
    after = with_section(PROMPT, 1, "# Tone\nBe brief.")
    assert [one.title for one in sections_of(after)] == ["", "Tone", "Refunds"]
    assert "Be kind" not in after
    with pytest.raises(IndexError):
        with_section(PROMPT, 3, "")
