"""The form of a case: what is asked, how it goes on, and what a good answer does."""

from typing import Any

from django import forms
from pydantic import ValidationError

from accounts.faults import field_errors
from testing.forms import JsonField, LinesField, TurnsField
from testing.models import Case
from testing.schema import CaseIn

KINDS = [
    ("question", "One question and its answer"),
    ("script", "A conversation by a script"),
    ("customer", "A simulated customer"),
]
CALL = '[{"name": "find_order", "arguments": {"order": "1042"}'
GROUPS = {
    "A longer conversation: a script or a simulated customer": (
        "kind",
        "script",
        "persona",
        "goal",
        "known_facts",
        "withheld_facts",
        "max_turns",
    ),
    "Tools and what they return": (
        "recording",
        "expected_calls",
        "writing_tools",
    ),
    "Topic, document and tags": ("topic", "document_slug", "tags"),
}


def text_field(help_text: str, rows: int = 2, label: str | None = None) -> forms.CharField:
    """A text of up to 5,000 characters that may be empty."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        required=False, max_length=5000, widget=area, help_text=help_text, label=label
    )


class ShortCaseForm(forms.Form):
    """The question of a case and what a good answer does; checked as a case of a file is."""

    question = forms.CharField(
        max_length=5000, help_text="What the customer asks, in one line.", widget=forms.TextInput
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
    rubric = text_field("What else a good answer does, in words for the grader.")

    def clean(self) -> dict[str, Any]:
        """What fits the rules of a file of cases too, and is written as there."""
        given = {
            name: value for name, value in self.cleaned_data.items() if value not in (None, "")
        }
        if self.errors:
            return self.cleaned_data
        try:
            case = CaseIn.model_validate(given)
        except ValidationError as error:
            for fault in field_errors(error):
                name, _, rest = fault["field"].partition(".")
                words = fault["message"].removeprefix("Value error, ")
                text = f"{rest}: {words}" if rest else words
                self.add_error(name if name in self.fields else None, text)
            return self.cleaned_data
        return case.model_dump(include=set(self.fields))


class CaseForm(ShortCaseForm):
    """All of a case."""

    field_order = ("question", "turns", "expected_action")

    turns = TurnsField(
        required=False,
        label="Conversation",
        help_text="If the question is not the whole of it: the messages up to the one to answer.",
    )
    critical = forms.BooleanField(
        required=False, help_text="A candidate that loses a critical case fails the gate."
    )
    kind = forms.ChoiceField(choices=KINDS, required=False, label="After the first answer")
    script = LinesField(
        required=False,
        help_text="What the customer says after each answer, one message a line.",
    )
    persona = text_field("Who the simulated customer is.", label="Customer: persona")
    goal = text_field("What the simulated customer wants to reach.", label="Customer: goal")
    known_facts = LinesField(
        required=False, label="Customer: known facts", help_text="Said where it helps, one a line."
    )
    withheld_facts = LinesField(
        required=False,
        label="Customer: withheld facts",
        help_text="Said only when asked for, one a line.",
    )
    max_turns = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=50,
        initial=8,
        label="Customer: at most so many messages",
    )
    recording = JsonField(
        required=False,
        label="Recorded results",
        help_text=f'What the release\'s tools return: {CALL}, "result": {{…}}}}]',
    )
    expected_calls = JsonField(required=False, help_text=f"Calls that have to be made: {CALL}}}]")
    writing_tools = LinesField(
        required=False,
        label="Tools that change something",
        help_text="Names, one a line. A call of these that is not expected fails the case.",
    )
    topic = forms.CharField(required=False, max_length=100)
    document_slug = forms.SlugField(
        required=False, max_length=100, label="Document", help_text="The document it is about."
    )
    tags = LinesField(required=False, help_text="One a line.")

    def fieldsets(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """Heading, fields, and whether anything of it is given; the first has no heading."""
        grouped = {name for names in GROUPS.values() for name in names}
        first = [self[name] for name in self.fields if name not in grouped]
        return [("", first, True)] + [
            (heading, [self[name] for name in names], self._is_given(names))
            for heading, names in GROUPS.items()
        ]

    def _is_given(self, names: tuple[str, ...]) -> bool:
        """Whether a field has a fault, or a value that is not the usual one."""
        usual: tuple[Any, ...] = ("", "question", 8, "8", None, [])
        return any(name in self.errors or self[name].value() not in usual for name in names)
