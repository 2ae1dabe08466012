"""The forms of the context pages: shape only; models and lifecycle protect the meaning."""

from collections.abc import Iterable
from typing import Any

from django import forms

from context.models import Proposal, Rollout
from context.models.rollouts import LEAST_SHARE, MOST_SHARE
from context.proposals.listing import STAGES, Wanted
from context.proposals.placement import NEW_DOCUMENT
from context.schema import MOST_OF_TEXT


def unix_lines(text: str) -> str:
    """Line ends as they are stored; browsers send CRLF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def faults_of(form: forms.BaseForm) -> str:
    """What does not fit, with the label of each field, in one line."""
    found = form.errors.get_json_data()
    return " ".join(
        f"{form[name].label}: {' '.join(row['message'] for row in rows)}"
        for name, rows in found.items()
    )


class TextField(forms.CharField):
    """Text kept byte for byte but for its line ends."""

    def __init__(self, **fields: Any) -> None:
        fields.setdefault("max_length", MOST_OF_TEXT)
        super().__init__(strip=False, widget=forms.Textarea(attrs={"class": "tall"}), **fields)

    def clean(self, value: Any) -> str:
        """The text with Unix line ends; blanks alone are nothing."""
        text = unix_lines(super().clean(value))
        if self.required and not text.strip():
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return text


class DayLeftOutForm(forms.Form):
    """A day that no comparison counts, and why."""

    date = forms.DateField(
        label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(max_length=200, help_text="An outage, a holiday, a sale.")


class StepForm(forms.Form):
    """The reason that goes with a step of a release's life."""

    reason = forms.CharField(required=False, max_length=2_000)


class ProposalForm(forms.Form):
    """A person's suggestion."""

    title = forms.CharField(max_length=200)
    body = TextField()
    topic = forms.CharField(max_length=100, required=False)
    kind = forms.ChoiceField(choices=[("document", "Context"), ("prompt", "Prompt")])


class ProposalFilterForm(forms.Form):
    """What the list of proposals is narrowed to; what is no choice narrows nothing."""

    status = forms.ChoiceField(choices=[(name, name) for name in STAGES], required=False)
    source = forms.ChoiceField(choices=Proposal.Source.choices, required=False)
    topic = forms.CharField(max_length=100, required=False)
    q = forms.CharField(max_length=200, required=False)
    conflict = forms.BooleanField(required=False)
    week = forms.DateField(required=False)
    id = forms.IntegerField(min_value=1, max_value=2**53, required=False)

    def wanted(self) -> Wanted:
        """The choices that make sense."""
        self.full_clean()
        data = self.cleaned_data
        return Wanted(
            stage=data.get("status") or "open",
            source=data.get("source", ""),
            topic=data.get("topic", ""),
            words=data.get("q", "").replace("\0", ""),
            conflict=bool(data.get("conflict")),
            week=data.get("week"),
            key=data.get("id"),
        )


class DeclineForm(forms.Form):
    """Why a proposal is declined: a cause, and words where no cause says it."""

    cause = forms.ChoiceField(choices=Proposal.Cause.choices, required=False)
    reason = forms.CharField(max_length=2_000, required=False)

    def clean(self) -> dict[str, Any]:
        """Words are needed for another reason."""
        data = super().clean() or {}
        data["cause"] = data.get("cause") or Proposal.Cause.OTHER
        if data["cause"] == Proposal.Cause.OTHER and not data.get("reason"):
            raise forms.ValidationError("Say in a few words why it is declined.")
        return data


class AcceptForm(forms.Form):
    """The text of a proposal and where it goes."""

    body = TextField()
    place = forms.ChoiceField(required=False)

    def __init__(self, *arguments: Any, places: Iterable[tuple[str, str]], **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        place = self.fields["place"]
        assert isinstance(place, forms.ChoiceField)
        place.choices = list(places)

    def clean_place(self) -> str:
        """A document of its own unless another place is chosen."""
        return self.cleaned_data["place"] or NEW_DOCUMENT


class RaiseForm(StepForm):
    """A share of the customers, in percent."""

    share = forms.IntegerField(min_value=LEAST_SHARE, max_value=MOST_SHARE)

    def faults(self) -> list[str]:
        """What is wrong, each with the name of its field."""
        return [
            f"{name.capitalize()}: {fault}" for name, all_ in self.errors.items() for fault in all_
        ]


class RolloutForm(RaiseForm):
    """A share, and for how many days."""

    days = forms.TypedChoiceField(choices=Rollout.Days.choices, coerce=int)
