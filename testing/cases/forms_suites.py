"""Forms of a suite's page: what is done to many cases, a file of cases, and the suite itself."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.members import active_members
from accounts.models import Role, User
from testing.exchange.formats import MOST_BYTES, READABLE
from testing.models import Case, CaseBatch, Suite


def member_named(suite: Suite, name: str) -> User | None:
    """The member of this name; nobody for an empty one, and an error for a stranger."""
    if not name:
        return None
    members = active_members(suite.agent.workspace, Role.VIEWER).select_related("user")
    member = members.filter(user__username=name).first()
    if member is None:
        raise forms.ValidationError(f"{name} is not a member here.")
    return member.user


class OwnForm(forms.Form):
    """Whom to ask about a case, and why it passes and fails by turns."""

    owner = forms.CharField(required=False)
    flaky_reason = forms.CharField(required=False, max_length=300)

    def __init__(self, suite: Suite, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suite = suite

    def clean_owner(self) -> User | None:
        """The member of this name; nobody for an empty one."""
        return member_named(self.suite, self.cleaned_data["owner"])


class SuiteForm(forms.Form):
    """A suite of one's own; of one that is there, the kind stays."""

    name = forms.CharField(max_length=100)
    kind = forms.ChoiceField(
        choices=[
            ("regression", "regression: what worked must go on working"),
            ("questions", "new questions: what customers newly ask"),
            ("context", "new context: what a changed document has to do"),
        ],
        help_text="Which check of a release this suite counts in.",
    )
    description = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What these cases are for, in a sentence or two.",
    )

    def __init__(self, *args: Any, made: Suite | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if made is not None:
            del self.fields["kind"]


class ActionForm(forms.Form):
    """One thing to do to chosen cases of a suite, or to all that match, with what it needs."""

    action = forms.ChoiceField(
        choices=[one for one in CaseBatch.Action.choices if one[0] != "import"]
    )
    case = forms.ModelMultipleChoiceField(Case.objects.none(), required=False)
    every = forms.BooleanField(required=False)
    tag = forms.CharField(required=False, max_length=100)
    reason = forms.CharField(required=False, max_length=300)
    owner = forms.CharField(required=False)
    target = forms.ModelChoiceField(Suite.objects.none(), required=False)

    def __init__(self, suite: Suite, matching: QuerySet[Case], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suite, self.matching = suite, matching
        cases, target = self.fields["case"], self.fields["target"]
        assert isinstance(cases, forms.ModelMultipleChoiceField)
        assert isinstance(target, forms.ModelChoiceField)
        cases.queryset = suite.cases.select_related("owner").order_by("id")
        others = suite.agent.suites.filter(archived_at=None).exclude(pk=suite.pk)
        target.queryset = others

    def clean_owner(self) -> User | None:
        """The member of this name; nobody for an empty one."""
        return member_named(self.suite, self.cleaned_data["owner"])

    def clean(self) -> dict[str, Any]:
        """What the action needs is there; the rest is left out of the way."""
        data: dict[str, Any] = self.cleaned_data
        chosen, every = data.pop("case", Case.objects.none()), data.pop("every", False)
        data["cases"] = list(self.matching.select_related("owner") if every else chosen)
        if not data["cases"] and "case" not in self.errors:
            raise forms.ValidationError("Choose at least one case.")
        needs = {
            "tag": "tag",
            "untag": "tag",
            "flaky": "reason",
            "move": "target",
            "copy": "target",
        }
        field = needs.get(data.get("action", ""))
        words = {
            "tag": "Name a tag.",
            "reason": "Say why it is flaky.",
            "target": "Choose a suite.",
        }
        if field and not data.get(field):
            raise forms.ValidationError(words[field])
        for name in ("tag", "reason", "target"):
            if name != field:
                data[name] = None if name == "target" else ""
        return data


class ImportForm(forms.Form):
    """A file of cases."""

    file = forms.FileField(
        help_text="JSON lines, CSV or YAML as the export writes them, or promptfoo's tests. "
        "You see what it does before anything changes.",
        error_messages={"required": "Choose a file of cases."},
    )
    form = forms.ChoiceField(
        label="Format",
        required=False,
        choices=[("", "by the file's name"), *((name, name) for name in READABLE)],
    )

    def clean_file(self) -> Any:
        """Refused before it is read when it is too large."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"At most {MOST_BYTES // 1024 // 1024} MB; split the file.")
        return file
