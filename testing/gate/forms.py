"""The form of the gate's rules; shares are shown and given in percent, margins in points."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from context.models import Agent
from testing.forms import LinesField
from testing.models import GateRules, Suite
from testing.models.rules import LEAST_MARGIN, MOST_MARGIN, MOST_TRIALS, OnContradiction


class PercentField(forms.DecimalField):
    """A share between 0 and 1, shown and given times a hundred."""

    def prepare_value(self, value: Any) -> Any:
        """0.05 as 5; what a person typed stays."""
        return f"{100 * value:g}" if isinstance(value, float | int) else value

    def clean(self, value: Any) -> float | None:
        """5 as 0.05."""
        number = super().clean(value)
        return None if number is None else float(number) / 100


def percent(most: float = 100, least: float = 0, **given: Any) -> PercentField:
    """A field for a share, with its limits in percent."""
    return PercentField(min_value=least, max_value=most, decimal_places=2, **given)


def margin(**given: Any) -> PercentField:
    """A field for a margin in points."""
    return percent(100 * MOST_MARGIN, 100 * LEAST_MARGIN, **given)


class GateForm(forms.Form):
    """What the gate asks of releases, and which suites decide."""

    required_kinds = forms.MultipleChoiceField(
        choices=[(kind.value, str(kind.label).capitalize()) for kind in Suite.Kind],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Checks a release needs before it is published",
    )
    other_checks = forms.CharField(
        required=False,
        max_length=200,
        label="Checks of other systems it needs",
        help_text="Names separated by spaces.",
    )
    margin = margin(
        label="Margin in points",
        help_text="The loss of pass rate that may stay possible. A suite may have its own.",
    )
    cases_for_an_interval = forms.IntegerField(
        min_value=2,
        max_value=100_000,
        label="Cases for an interval",
        help_text="With fewer cases none may be lost. From here on the interval decides, and a "
        "single loss does not.",
    )
    trials = forms.IntegerField(
        min_value=1,
        max_value=MOST_TRIALS,
        label="Trials",
        help_text="How often the gate asks each case.",
    )
    least_trials = forms.IntegerField(
        min_value=1,
        max_value=MOST_TRIALS,
        label="Least trials",
        help_text="A run that asked less often does not count.",
    )
    most_ungraded = percent(
        label="Ungraded cases allowed, in percent",
        help_text="With more of them a check stays undecided. A critical case has to be graded.",
    )
    targeted_share = percent(
        label="Cases on changed documents that must pass, in percent",
        help_text="Of the context check.",
    )
    contradictions = forms.ChoiceField(
        choices=OnContradiction.choices,
        label="An open contradiction that the live release does not have",
        help_text="Of the context check: two documents that cannot both be right.",
    )
    critical_tags = LinesField(
        required=False,
        label="Critical tags",
        help_text="One a line. A case with one of them is critical: to lose it fails the check.",
    )

    def __init__(self, agent: Agent, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(agent)
        super().__init__(*args, **kwargs)
        self.suites = list(agent.suites.order_by("id"))
        for suite in self.suites:
            self.fields[f"decides_{suite.pk}"] = forms.BooleanField(
                required=False, initial=suite.decides, label=f"{suite.name} decides"
            )
            self.fields[f"margin_{suite.pk}"] = margin(
                required=False, initial=suite.margin, label=f"Margin of {suite.name} in points"
            )
            attrs = self.fields[f"margin_{suite.pk}"].widget.attrs
            attrs["placeholder"] = f"{100 * kwargs['initial']['margin']:g}"

    def plain_fields(self) -> list[forms.BoundField]:
        """The fields that do not belong to a suite."""
        return [self[name] for name in self.fields if name in self.base_fields]

    def suite_rows(self) -> list[tuple[Suite, forms.BoundField, forms.BoundField]]:
        """Each suite with its two fields."""
        return [(s, self[f"decides_{s.pk}"], self[f"margin_{s.pk}"]) for s in self.suites]

    def given(self) -> dict[str, Any]:
        """What was typed, in the shape of `rules.rules_of`."""
        data = dict(self.cleaned_data)
        kinds, others = data.pop("required_kinds"), data.pop("other_checks").split()
        suites = [
            {
                "id": suite.pk,
                "decides": data.pop(f"decides_{suite.pk}"),
                "margin": data.pop(f"margin_{suite.pk}"),
            }
            for suite in self.suites
        ]
        return data | {"required_checks": [*kinds, *others], "suites": suites}

    def add_errors(self, error: ValidationError) -> None:
        """Put what the rules refused on the field it is about."""
        for name, texts in error.message_dict.items():
            self.add_error(
                {"required_checks": "other_checks"}.get(name, name) if name != "suites" else None,
                texts,
            )


def _initial(agent: Agent) -> dict[str, Any]:
    """The rules as they are."""
    rules, required = GateRules.of(agent), agent.required_checks.split()
    numbers = {field.name: getattr(rules, field.name) for field in GateRules._meta.fields}
    kinds = [name for name in required if name in Suite.Kind.values]
    return numbers | {
        "required_kinds": kinds,
        "other_checks": " ".join(name for name in required if name not in kinds),
        "critical_tags": list(agent.critical_tags.values_list("tag", flat=True)),
    }
