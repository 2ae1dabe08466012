"""Forms of the test pages; lists are one entry a line, a conversation is one message a line."""

import re
from typing import Any

from django import forms

from context.models import Agent, Release
from testing.models import Case
from testing.regrading import MOST, SAMPLE
from testing.runner import MOST_TRIALS

_TURN = re.compile(r"^\s*(customer|ai)\s*:\s*(.*)$", re.IGNORECASE)
LINES = {"expected_facts", "must_not", "required_facts", "tags"}


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """Show a list one entry a line."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The lines that are not empty."""
        text = super().clean(value)
        return [line.strip() for line in text.splitlines() if line.strip()]


class TurnsField(forms.CharField):
    """A conversation: lines that begin with `customer:` or `ai:`, others go on with the message."""

    widget = forms.Textarea(attrs={"rows": 5, "placeholder": "customer: …\nai: …\ncustomer: …"})

    def prepare_value(self, value: Any) -> Any:
        """Show turns one a line."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{turn['author']}: {turn['text']}" for turn in value)

    def clean(self, value: Any) -> Any:
        """The turns; an error when they do not begin with an author or end with the customer."""
        turns: list[dict[str, str]] = []
        for line in super().clean(value).splitlines():
            if match := _TURN.match(line):
                turns.append({"author": match[1].lower(), "text": match[2].strip()})
            elif turns:
                turns[-1]["text"] = f"{turns[-1]['text']}\n{line}".strip()
            elif line.strip():
                raise forms.ValidationError("Begin every message with “customer:” or “ai:”.")
        if turns and turns[-1]["author"] != "customer":
            raise forms.ValidationError("The last message must be the customer's.")
        return [turn for turn in turns if turn["text"]]


class CaseForm(forms.Form):
    """A case: what is asked, and what a good answer does."""

    question = forms.CharField(
        max_length=5000, help_text="What the customer asks, in one line.", widget=forms.TextInput
    )
    turns = TurnsField(
        required=False,
        label="Conversation",
        help_text="If the question is not the whole of it: the messages up to the one to answer.",
    )
    expected_action = forms.ChoiceField(
        choices=[("", "any"), *((a.value, a.label) for a in Case.Action if a.value)], required=False
    )
    expected_facts = LinesField(
        required=False,
        help_text="One a line. Their numbers must stand in the reply; a grader judges the words.",
    )
    must_not = LinesField(
        required=False, label="Must not say", help_text="One a line, found in any letter case."
    )
    required_facts = LinesField(
        required=False,
        help_text="Names of facts that a snooze must ask for, or a handover must have, one a line.",
    )
    rubric = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What else a good answer does, in words for the grader.",
    )
    critical = forms.BooleanField(
        required=False, help_text="A candidate that loses a critical case fails the gate."
    )
    topic = forms.CharField(required=False, max_length=100)
    document_slug = forms.SlugField(
        required=False, max_length=100, label="Document", help_text="The document it is about."
    )
    tags = LinesField(required=False)


class ReleaseField(forms.ModelChoiceField):
    """A release by its number."""

    def label_from_instance(self, obj: Any) -> str:
        """The number with the status."""
        return f"Release {obj.number} ({obj.get_status_display()})"


class RunForm(forms.Form):
    """Which release is asked, and how often each case."""

    release = ReleaseField(Release.objects.none(), to_field_name="number", empty_label=None)
    trials = forms.IntegerField(min_value=1, max_value=MOST_TRIALS, initial=3)

    def __init__(self, agent: Agent, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["release"]
        assert isinstance(field, ReleaseField)
        field.queryset = agent.releases.exclude(status=Release.Status.DRAFT)
        field.initial = field.queryset.order_by("-number").first()


class RegradeForm(forms.Form):
    """How many grades of a run are asked for again."""

    sample = forms.IntegerField(min_value=1, max_value=MOST, initial=SAMPLE)
