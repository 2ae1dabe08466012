"""Forms of the test pages; lists are one entry a line, a conversation is one message a line."""

import json
import re
from typing import Any

from django import forms

from context.models import Agent, Release
from context.models.release_status import UNFROZEN
from testing.comparing.regrading import MOST, SAMPLE
from testing.exchange.cells import is_line
from testing.runs.runner import MOST_TRIALS

_TURN = re.compile(r"^\s*(customer|ai)\s*:\s*(.*)$", re.IGNORECASE)


def in_json(value: Any) -> str:
    """A value as a person edits it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def parsed(text: str) -> Any:
    """The value of a JSON text; None when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class LinesField(forms.CharField):
    """A list of texts, one a line; a JSON list where a text has lines of its own."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """Show a list one entry a line."""
        if not isinstance(value, list):
            return value
        return "\n".join(value) if all(map(is_line, value)) else in_json(value)

    def clean(self, value: Any) -> Any:
        """The lines that are not empty."""
        text = super().clean(value)
        if text.lstrip().startswith("["):
            found = parsed(text)
            if isinstance(found, list) and all(isinstance(part, str) for part in found):
                return found
        return [line.strip() for line in text.split("\n") if line.strip()]


class JsonField(forms.CharField):
    """A list of objects as JSON; empty for none."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """Show it indented."""
        return (in_json(value) if value else "") if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The list; an error with the line on which it is no JSON."""
        text = super().clean(value)
        if not text.strip():
            return []
        try:
            found = json.loads(text)
        except RecursionError:
            raise forms.ValidationError("This is nested too deeply.") from None
        except ValueError as error:
            raise forms.ValidationError(f"This is no JSON: {error}.") from None
        if not isinstance(found, list):
            raise forms.ValidationError("This has to be a list: [ … ].")
        return found


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
        not_run = (*UNFROZEN, Release.Status.REJECTED)
        field.queryset = agent.releases.exclude(status__in=not_run)
        field.initial = field.queryset.order_by("-number").first()


class RegradeForm(forms.Form):
    """How many grades of a run are asked for again."""

    sample = forms.IntegerField(min_value=1, max_value=MOST, initial=SAMPLE)
