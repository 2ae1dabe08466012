"""The forms of the report's settings: when it is written, who gets it, how it looks."""

from typing import Any

from django import forms

from accounts.models import Branding
from agentops.forms import WEEKDAYS
from agentops.report.look import LARGEST_LOGO, LogoRefused, clean_logo, colour_fault
from context.models import Agent, ReportRecipient


class WhenForm(forms.ModelForm):
    """The weekday and hour of the report."""

    class Meta:
        model = Agent
        fields = ("report_weekday", "report_hour")
        labels = {"report_weekday": "Day", "report_hour": "Hour"}
        help_texts = {
            "report_hour": "Hour of that day in the workspace's time zone, 0 to 23, from which on "
            "last week is told and mailed."
        }
        widgets = {"report_weekday": forms.Select(choices=list(enumerate(WEEKDAYS)))}


class RecipientForm(forms.ModelForm):
    """A new address, or a changed choice of an address that is listed."""

    class Meta:
        model = ReportRecipient
        fields = ("address", "weekly", "alerts")
        labels = {
            "address": "E-mail address",
            "weekly": "The weekly report",
            "alerts": "Alerts of figures outside of their usual range",
        }

    def clean(self) -> dict[str, Any]:
        """Refuse an address that would get nothing."""
        cleaned = super().clean() or {}
        if not cleaned.get("weekly") and not cleaned.get("alerts"):
            self.add_error("weekly", "Choose at least one of the two.")
        return cleaned

    def clean_address(self) -> str:
        """One spelling an address: it is unique per agent."""
        return str(self.cleaned_data["address"]).strip().lower()


class LookForm(forms.ModelForm):
    """Name, colour, logo and foot of a workspace's reports."""

    picture = forms.FileField(
        required=False,
        label="Logo",
        help_text=f"A PNG of at most {LARGEST_LOGO // 1024} KB. SVG is refused: it can hold "
        "scripts.",
        widget=forms.FileInput(attrs={"accept": "image/png"}),
    )
    remove = forms.BooleanField(required=False, label="Remove the logo")

    class Meta:
        model = Branding
        fields = ("name", "colour", "footer")
        labels = {"name": "Name on reports", "footer": "Line at the foot"}
        help_texts = {
            "name": "The workspace's name if left empty.",
            "colour": "As #rrggbb, dark enough for white text on it. Ours if left empty.",
        }

    def clean_colour(self) -> str:
        """A colour one can read."""
        colour = str(self.cleaned_data["colour"]).strip().lower()
        if colour and (fault := colour_fault(colour)):
            raise forms.ValidationError(fault)
        return colour

    def clean_picture(self) -> bytes | None:
        """The picture as it is kept; None where none was sent."""
        given = self.cleaned_data.get("picture")
        if given is None:
            return None
        try:
            return clean_logo(given.read(LARGEST_LOGO + 1))
        except LogoRefused as refused:
            raise forms.ValidationError(str(refused)) from None

    def keep(self) -> None:
        """Write the look, with the new picture or without the old one."""
        look: Branding = self.save(commit=False)
        if self.cleaned_data["picture"]:
            look.logo = self.cleaned_data["picture"]
        elif self.cleaned_data["remove"]:
            look.logo = None
        look.save()
