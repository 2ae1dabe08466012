"""The forms of the settings page."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.models import Member, Role, Scope, User, Workspace
from context.models import Agent

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@cache
def time_zone_names() -> list[str]:
    """Every zone this machine's tz database knows, for the list under the field."""
    return sorted(available_timezones())


class LoopForm(forms.ModelForm):
    """The settings of one agent's management loop."""

    class Meta:
        model = Agent
        fields = (
            "name",
            "language",
            "review_hour",
            "test_weekday",
            "test_hour",
            "queue_capacity",
            "double_review_share",
            "judge_hidden",
            "review_mode",
            "canary_size",
            "stale_after_months",
            "daily_budget_usd",
            "run_budget_usd",
            "judge_least_sensitivity",
            "judge_least_specificity",
            "judge_least_labels",
            "rollout_guardrails",
            "impact_figure",
            "impact_weeks",
            "impact_points",
            "impact_csat",
        )
        labels = {
            "language": "Language of the customers",
            "review_hour": "Review hour",
            "test_weekday": "Day of the weekly tests",
            "test_hour": "Hour of the weekly tests",
            "queue_capacity": "Conversations a day for people",
            "double_review_share": "Share reviewed by two people",
            "judge_hidden": "Hide the judge until a reviewer has decided",
            "review_mode": "How the night's reviews are asked",
            "canary_size": "Conversations in the canary",
            "stale_after_months": "Months after which an unchanged document is stale",
            "daily_budget_usd": "Daily cap in US dollars",
            "run_budget_usd": "Cap of one run (tests or reviews) in US dollars",
            "judge_least_sensitivity": "Least share of failures the judge finds",
            "judge_least_specificity": "Least share of passes the judge lets pass",
            "judge_least_labels": "Least verdicts that measure the judge",
            "rollout_guardrails": "Figures that stop a rollout",
            "impact_figure": "Figure a release is judged by",
            "impact_weeks": "Weeks on a release that are compared",
            "impact_points": "Change of a share that matters, in points",
            "impact_csat": "Change of CSAT that matters",
        }
        help_texts = {
            "language": "A code such as en or de; it chooses the word lists for anger and risk.",
            "review_hour": "Hour of the workspace's day, 0 to 23, at which last night's "
            "conversations are judged and the queue is drawn.",
            "test_hour": "Hour of that day, 0 to 23, from which on they start. A candidate is "
            "tested at once when it is submitted; what is asked of it is set under Tests.",
            "queue_capacity": "The queue is never longer than what your reviewers can do.",
            "double_review_share": "0.1 is one in ten; their agreement is what a score can reach.",
            "judge_hidden": "Who has seen the judge's answer tends to agree with it. Holds for "
            "queues drawn from now on.",
            "review_mode": "With OpenAI a batch costs half as much. Its results may take up to a "
            "day, and the queue is drawn when they are there; what it leaves out is asked live.",
            "canary_size": "Judged conversations that the judge is asked again every night, a call "
            "each, to see whether it has drifted. 0 switches it off.",
            "stale_after_months": "It is listed under Context, Hygiene. 0 lists none.",
            "daily_budget_usd": "Reviews, briefs and captures stop at the cap; what was skipped "
            "is listed and can be caught up.",
            "judge_least_sensitivity": "0.6 is 60 %. A judge whose whole interval lies below is "
            "suspended: what it graded decides no check. 0 asks for nothing.",
            "judge_least_specificity": "The same for passes.",
            "judge_least_labels": "With fewer a version of the judge is not measured yet: it "
            "gates, and the checks say so.",
            "rollout_guardrails": "Harm to one of them, beyond noise, gives a staged rollout's "
            "customers back: csat, reopened, ai_handover, ai_resolved, ai_answered, separated by "
            "spaces. Holds for rollouts started from now on.",
            "impact_figure": "The one figure tested alone at 5 %; all others count as side "
            "effects. Holds for releases published from now on.",
            "impact_weeks": "Whole weeks, without another release in them, against the four weeks "
            "before. Holds for releases published from now on.",
            "impact_points": "An interval wider than this on both sides is answered with "
            "“cannot tell yet”.",
            "impact_csat": "The same for CSAT.",
        }
        widgets = {
            "test_weekday": forms.Select(choices=list(enumerate(WEEKDAYS))),
        }


class WorkspaceForm(forms.ModelForm):
    """Name, time zone and masking of a workspace."""

    class Meta:
        model = Workspace
        fields = ("name", "time_zone", "mask_emails", "mask_phones", "mask_cards")
        labels = {
            "mask_emails": "Mask e-mail addresses",
            "mask_phones": "Mask telephone numbers",
            "mask_cards": "Mask card and account numbers",
        }
        help_texts = {
            "time_zone": "Decides where days and weeks begin. It holds for new conversations.",
        }
        widgets = {
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
        }


class KeyForm(forms.Form):
    """A new API key: its name and what it may do."""

    name = forms.CharField(max_length=100, help_text="Where the key will be used.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, f"{scope.value}: {scope.label}") for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
        label="It may",
    )


class MemberForm(forms.Form):
    """Add a person to the workspace, or change a member's role.

    A user name that nobody has makes a new account, which needs a first password.
    """

    username = forms.CharField(max_length=150, label="User name")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.REVIEWER)
    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        label="First password",
        help_text="Only for a person who has no account here yet.",
    )

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean(self) -> dict[str, Any]:
        """Refuse a new account without a good password, and a workspace left without an admin."""
        cleaned = super().clean() or {}
        name, password = cleaned.get("username", ""), cleaned.get("password", "")
        user = User.objects.filter(username=name).first()
        if name and user is None:
            self.check_password(name, password)
        if user and cleaned.get("role") != Role.ADMIN and is_last_admin(self.workspace, user):
            self.add_error("role", "The workspace needs at least one admin.")
        return cleaned

    def check_password(self, name: str, password: str) -> None:
        """Put what is wrong with a new account's password on its field."""
        try:
            User.username_validator(name)
        except forms.ValidationError as error:
            self.add_error("username", error)
        if not password:
            self.add_error("password", f"{name} has no account yet and needs a first password.")
            return
        try:
            validate_password(password, User(username=name))
        except forms.ValidationError as error:
            self.add_error("password", error)


def is_last_admin(workspace: Workspace, user: User) -> bool:
    """Whether nobody else could manage the workspace's members if this user could not."""
    admins = Member.objects.filter(workspace=workspace, role=Role.ADMIN)
    return list(admins.values_list("user_id", flat=True)[:2]) == [user.pk]
