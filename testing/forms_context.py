"""The form on which a drafted case is put right before it is approved."""

from django import forms

from testing.forms import CaseForm


class DraftForm(CaseForm):
    """The few fields of a draft; what is left out of the form stays as it was drafted."""

    turns = None  # type: ignore[assignment]
    critical = None  # type: ignore[assignment]
    topic = None  # type: ignore[assignment]
    document_slug = None  # type: ignore[assignment]
    tags = None  # type: ignore[assignment]
    question = forms.CharField(
        max_length=5000,
        help_text="As a customer would ask, in one line.",
        widget=forms.TextInput(attrs={"data-key": "e", "data-key-label": "Edit the question"}),
    )
