"""The form of a webhook: shape only, and whether its address may be posted to."""

from django import forms

from context.models import Event
from context.webhooks.posting import fault_of

CHOICES = [(event.value, f"{event.value}: {event.label}") for event in Event if event != "test"]


class WebhookForm(forms.Form):
    """Where to, and what it is told."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text="Each event is a signed POST to this address.",
    )
    events = forms.MultipleChoiceField(
        choices=CHOICES,
        widget=forms.CheckboxSelectMultiple,
        initial=[event for event, _ in CHOICES],
        label="It is told when",
    )

    def clean_url(self) -> str:
        """The address, unless it may not be posted to."""
        url: str = self.cleaned_data["url"].strip()
        if fault := fault_of(url):
            raise forms.ValidationError(f"The address {fault}.")
        return url
