"""The forms of the context pages: shape only; models and lifecycle protect the meaning."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms

from context.content import Content, DocumentContent
from context.placement import NEW_DOCUMENT
from context.release_settings import plain_settings
from context.schema import MOST_OF_TEXT


def unix_lines(text: str) -> str:
    """Line ends as they are stored; browsers send CRLF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


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


class PromptForm(forms.Form):
    """Prompt, settings and note of a draft; `seen` is the hash of what was shown."""

    prompt = TextField(help_text="What the agent is told in every conversation.")
    settings = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="JSON. Read here: model, temperature, max_output_tokens, documents_in_prompt.",
    )
    note = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why this release is made.",
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_settings(self) -> dict[str, Any]:
        """The settings as a JSON object of known shape."""
        try:
            found = json.loads(self.cleaned_data["settings"] or "{}")
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise forms.ValidationError("The settings are names with values: {…}.")
        try:
            return plain_settings(found)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    @staticmethod
    def of(content: Content, note: str, seen: str) -> "PromptForm":
        """The form with what the draft holds."""
        settings = json.dumps(content.settings, indent=2, ensure_ascii=False)
        initial = {"prompt": content.prompt, "settings": settings, "note": note, "seen": seen}
        return PromptForm(initial=initial)


class DocumentForm(forms.Form):
    """One document of a draft; `seen` is the hash of what was shown, empty for a new one."""

    title = forms.CharField(max_length=200)
    slug = forms.SlugField(
        max_length=100,
        required=False,
        help_text="The name that answers cite; made from the title if left empty.",
    )
    topic = forms.CharField(max_length=100, required=False)
    body = TextField(help_text="Markdown. One topic; short sentences are quoted best.")
    required_facts = forms.CharField(
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Facts to gather from the customer before answering, one a line.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def document(self, content: Content) -> DocumentContent:
        """The document the form describes; a slug is found in `content` where none was given."""
        data = self.cleaned_data
        facts = (line.strip() for line in data["required_facts"].splitlines())
        return DocumentContent(
            slug=data["slug"] or content.free_slug(data["title"]),
            title=data["title"],
            topic=data["topic"],
            body=data["body"],
            required_facts=tuple(fact for fact in facts if fact),
        )

    @staticmethod
    def of(document: DocumentContent, seen: str) -> "DocumentForm":
        """The form with what the document holds."""
        initial = {
            "title": document.title,
            "slug": document.slug,
            "topic": document.topic,
            "body": document.body,
            "required_facts": "\n".join(document.required_facts),
            "seen": seen,
        }
        return DocumentForm(initial=initial)


class StepForm(forms.Form):
    """The reason that goes with a step of a release's life."""

    reason = forms.CharField(required=False, max_length=2_000)


class NeededReasonForm(forms.Form):
    """A reason that must be given."""

    reason = forms.CharField(max_length=2_000)


class ProposalForm(forms.Form):
    """A person's suggestion."""

    title = forms.CharField(max_length=200)
    body = TextField()
    topic = forms.CharField(max_length=100, required=False)
    kind = forms.ChoiceField(choices=[("document", "Context"), ("prompt", "Prompt")])


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
