"""The form on which a drafted case is put right before it is approved."""

from django import forms

from testing.cases.forms import ShortCaseForm


class DraftForm(ShortCaseForm):
    """The few fields of a draft; what is left out of the form stays as it was drafted."""

    question = forms.CharField(
        max_length=5000,
        help_text="As a customer would ask, in one line.",
        widget=forms.TextInput(attrs={"data-key": "e", "data-key-label": "Edit the question"}),
    )
