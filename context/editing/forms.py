"""The forms of the two editors: shape only; models and lifecycle protect the meaning."""

import json
from typing import Any

from django import forms

from accounts.members import active_members
from accounts.models import Role, Workspace
from context.editing.variables import VARIABLES, values_of
from context.forms import TextField
from context.models import Upkeep
from context.releases.content import Content, DocumentContent
from context.releases.settings import plain_settings
from context.schema import web_address

WHY = "Why it is changed; kept in the history."


def why_field() -> forms.CharField:
    """The reason of one step."""
    return forms.CharField(required=False, max_length=500, help_text=WHY)


class PromptForm(forms.Form):
    """Prompt or one section of it, variables, settings and note of a draft; `seen` is the hash of
    what was shown.
    """

    prompt = TextField()
    variables = forms.CharField(
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One a line: shop = Acme Outdoor. The prompt names them as {{shop}}.",
    )
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
    why = why_field()
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_variables(self) -> dict[str, str]:
        """The values by name."""
        values: dict[str, str] = {}
        for line in self.cleaned_data["variables"].splitlines():
            name, sign, value = (part.strip() for part in line.partition("="))
            if line.strip() and not sign:
                raise forms.ValidationError(f"“{line[:60]}” is no line such as shop = Acme.")
            if name in values:
                raise forms.ValidationError(f"{name} is given twice.")
            if line.strip():
                values[name] = value
        return values

    def clean_settings(self) -> dict[str, Any]:
        """The settings as a JSON object of known shape."""
        try:
            found = json.loads(self.cleaned_data["settings"] or "{}")
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise forms.ValidationError("The settings are names with values: {…}.")
        if VARIABLES in found:
            raise forms.ValidationError("The variables have a field of their own.")
        return self._of_known_shape(found)

    def clean(self) -> dict[str, Any]:
        """The settings with the variables among them."""
        data = super().clean() or {}
        if data.get("variables") and "settings" in data:
            try:
                data["settings"] |= plain_settings({VARIABLES: data["variables"]})
            except ValueError as error:
                self.add_error("variables", str(error))
        return data

    def _of_known_shape(self, found: dict[str, Any]) -> dict[str, Any]:
        try:
            return plain_settings(found)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    @staticmethod
    def of(content: Content, prompt: str, note: str, seen: str) -> "PromptForm":
        """The form with what the draft holds; `prompt` is the whole or a section."""
        plain = {name: value for name, value in content.settings.items() if name != VARIABLES}
        lines = (f"{name} = {value}" for name, value in values_of(content.settings).items())
        settings = json.dumps(plain, indent=2, ensure_ascii=False) if plain else ""
        initial = {
            "prompt": prompt,
            "variables": "\n".join(lines),
            "settings": settings,
            "note": note,
            "seen": seen,
        }
        return PromptForm(initial=initial)


class UpkeepForm(forms.Form):
    """Owner, last day and source of a document."""

    owner = forms.ChoiceField(required=False, help_text="Who looks after it.")
    expires_on = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="After it the document no longer holds.",
    )
    source = forms.CharField(
        required=False, max_length=500, help_text="The address that it comes from."
    )

    def __init__(self, *arguments: Any, workspace: Workspace, **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        members = active_members(workspace, Role.VIEWER).order_by("user__username")
        names = list(members.values_list("user__username", flat=True))
        known = self.initial.get("owner")
        if known and known not in names:  # an account that is no longer in use
            names.append(known)
        owner.choices = [("", "nobody"), *((name, name) for name in names)]

    def clean_source(self) -> str:
        """An address that a page may open."""
        try:
            return web_address(self.cleaned_data["source"])
        except ValueError as error:
            raise forms.ValidationError(f"It {error}.") from None

    def upkeep(self) -> dict[str, Any]:
        """What is said of the document."""
        return {name: self.cleaned_data[name] or None for name in ("owner", "expires_on", "source")}

    @staticmethod
    def initial_of(row: Upkeep | None) -> dict[str, Any]:
        """What is known."""
        if row is None:
            return {}
        owner = row.owner.username if row.owner else ""
        return {"owner": owner, "expires_on": row.expires_on, "source": row.source}


class DocumentForm(UpkeepForm):
    """One document of a draft; `seen` is the hash of what was shown, empty for a new one."""

    title = forms.CharField(max_length=200)
    slug = forms.SlugField(
        max_length=100,
        required=False,
        help_text="The name that answers cite; made from the title if left empty.",
    )
    topic = forms.CharField(
        max_length=100, required=False, widget=forms.TextInput(attrs={"list": "topics"})
    )
    body = TextField(help_text="Markdown. One topic; short sentences are quoted best.")
    required_facts = forms.CharField(
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Facts to gather from the customer before answering, one a line.",
    )
    why = why_field()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = (
        "title",
        "topic",
        "body",
        "required_facts",
        "slug",
        "owner",
        "expires_on",
        "source",
        "why",
    )

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
    def of(
        document: DocumentContent, seen: str, row: Upkeep | None, workspace: Workspace
    ) -> "DocumentForm":
        """The form with what the document holds."""
        initial = {
            "title": document.title,
            "slug": document.slug,
            "topic": document.topic,
            "body": document.body,
            "required_facts": "\n".join(document.required_facts),
            "seen": seen,
        }
        known = UpkeepForm.initial_of(row)
        return DocumentForm(initial=initial | known, workspace=workspace)
