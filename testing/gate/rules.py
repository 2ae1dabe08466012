"""Reading and changing the rules of an agent's gate: the same for the page and for REST.

A change is checked as a whole, put on record with what it was before, and decides the checks of
the releases on their way anew. Checks of before keep the rules they were decided by.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from context.models import Agent, Check
from testing.gate.checks import decide_again
from testing.models import CriticalTag, GateRules, Suite
from testing.models.rules import critical_tags

ACTION = "gate.rules_changed"
NUMBERS = (
    *("margin", "cases_for_an_interval", "trials", "least_trials"),
    *("most_ungraded", "targeted_share", "contradictions"),
)


def subject_of(agent: Agent) -> str:
    """What the audit trail calls the gate of an agent."""
    return f"gate of {agent.slug}"


def rules_of(agent: Agent) -> dict[str, Any]:
    """Everything that is set: the numbers, the required checks, critical tags and the suites."""
    rules = GateRules.of(agent)
    return {name: getattr(rules, name) for name in NUMBERS} | {
        "required_checks": agent.required_checks.split(),
        "critical_tags": sorted(critical_tags(agent)),
        "suites": [
            {"id": suite.pk, "name": suite.name, "kind": suite.kind}
            | {"decides": suite.decides, "margin": suite.margin}
            for suite in agent.suites.order_by("id")
        ],
    }


@transaction.atomic
def change_rules(
    agent: Agent,
    given: Mapping[str, Any],
    at: datetime,
    *,
    by: User | None = None,
    api_key: ApiKey | None = None,
) -> list[Check]:
    """Set what is `given`, in the shape of `rules_of`, and return the checks decided anew by it.

    What is left out stays. Raises ValidationError, by field, and changes nothing then.
    """
    agent.hold()
    agent.refresh_from_db(fields=["required_checks"])
    before = rules_of(agent)
    _set_numbers(agent, given)
    _set_suites(agent, given.get("suites", ()))
    _set_required(agent, given.get("required_checks"))
    if "critical_tags" in given:
        _set_tags(agent, given["critical_tags"])
    changed = _changes(before, rules_of(agent))
    if not changed:
        return []
    detail = "; ".join(changed)
    subject = subject_of(agent)
    record(agent.workspace, ACTION, subject, at=at, user=by, api_key=api_key, detail=detail)
    return decide_again(agent, at, "the rules of the gate changed")


def _set_numbers(agent: Agent, given: Mapping[str, Any]) -> None:
    rules = GateRules.of(agent)
    numbers = {name: given[name] for name in NUMBERS if name in given}
    if not numbers:
        return
    for name, value in numbers.items():
        setattr(rules, name, value)
    rules.full_clean(validate_unique=False)
    rules.save()


def _set_suites(agent: Agent, given: Any) -> None:
    """Whether suites decide, and by which margin."""
    suites = {suite.pk: suite for suite in agent.suites.all()}
    for one in given:
        suite = suites.get(one["id"])
        if suite is None:
            raise ValidationError({"suites": f"There is no suite {one['id']} of this agent."})
        for name in ("decides", "margin"):
            if name in one:
                setattr(suite, name, one[name])
        try:
            suite.full_clean(validate_unique=False)
        except ValidationError as error:
            raise ValidationError({"suites": f"{suite.name}: {' '.join(error.messages)}"}) from None
        suite.save(update_fields=["decides", "margin"])


def _set_required(agent: Agent, names: list[str] | None) -> None:
    """The required checks; each of a suite's kind needs a suite that decides it."""
    required = agent.required_checks.split() if names is None else list(dict.fromkeys(names))
    for name in required:
        try:
            validate_slug(name)
        except ValidationError:
            text = f"{name!r} is no name of a check: letters, numbers, - and _ only."
            raise ValidationError({"required_checks": text}) from None
    suites = list(agent.suites.all())
    for kind in set(required) & set(Suite.Kind.values):
        own = [suite.decides for suite in suites if suite.kind == kind]
        if own and not any(own):
            text = f"{kind} is required, so one of its suites has to decide."
            raise ValidationError({"suites": text})
    agent.required_checks = " ".join(required)
    agent.clean_fields(exclude=_all_but_required())
    agent.save(update_fields=["required_checks"])


def _all_but_required() -> set[str]:
    return {field.name for field in Agent._meta.fields if field.name != "required_checks"}


def _set_tags(agent: Agent, tags: list[str]) -> None:
    wanted = {tag.strip() for tag in tags if tag.strip()}
    if long := next((tag for tag in wanted if len(tag) > 100), None):
        raise ValidationError({"critical_tags": f"“{long[:40]}…” has more than 100 characters."})
    rows = CriticalTag.objects.filter(agent=agent)
    rows.exclude(tag__in=wanted).delete()
    known = set(rows.values_list("tag", flat=True))
    CriticalTag.objects.bulk_create(
        [CriticalTag(agent=agent, tag=tag) for tag in sorted(wanted - known)]
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs, in words: "margin 0.05 → 0.03"."""
    plain = (*NUMBERS, "required_checks", "critical_tags")
    found = [
        f"{name.replace('_', ' ')} {_said(before[name])} → {_said(after[name])}"
        for name in plain
        if before[name] != after[name]
    ]
    for old, new in zip(before["suites"], after["suites"], strict=True):
        if old["decides"] != new["decides"]:
            found.append(f"{new['name']} {'decides' if new['decides'] else 'is only shown'}")
        if old["margin"] != new["margin"]:
            margins = f"{_said(old['margin'])} → {_said(new['margin'])}"
            found.append(f"margin of {new['name']} {margins}")
    return found


def _said(value: Any) -> str:
    """A value for people: nothing set is said so."""
    if isinstance(value, list):
        return " ".join(value) or "none"
    return "the agent's" if value is None else str(value)
