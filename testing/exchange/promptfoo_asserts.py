"""promptfoo's assertions as what a case expects: facts, what must not be said, a rubric."""

import re
from dataclasses import dataclass, field
from typing import Any

_PLAIN = re.compile(r"[\w\s%€£,:;'\"!-]+")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LONGEST = 1000
FACTS = {"contains", "icontains", "contains-all", "icontains-all"}
LOOSE_FACTS = {"equals", "similar", "starts-with"}
STATED = {"factuality", "model-graded-factuality"}
ANY = {"contains-any", "icontains-any"}
NOT = {"not-contains", "not-icontains", "not-contains-any", "not-icontains-any"}
RUBRICS = {"llm-rubric", "model-graded-closedqa", "g-eval"}
LISTS = {"contains-all", "icontains-all", "not-contains-any", "not-icontains-any", *ANY}
_SETTINGS = (
    "threshold",
    "provider",
    "rubricPrompt",
    "transform",
    "metric",
    "config",
    "contextTransform",
)


@dataclass
class Expected:
    """What the assertions of one test came to; `variables` fill in `{{name}}`."""

    variables: dict[str, Any]
    facts: list[str] = field(default_factory=list)
    must_not: list[str] = field(default_factory=list)
    rubric: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """The fields of a case."""
        return {
            "expected_facts": list(dict.fromkeys(self.facts)),
            "must_not": list(dict.fromkeys(self.must_not)),
            "rubric": "\n".join(dict.fromkeys(self.rubric)),
        }


def in_short(value: Any) -> str:
    """A value in at most 80 characters, for people."""
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def add_assertion(expected: Expected, assertion: Any) -> None:
    """Add what one assertion asks for, or the words that say why it cannot be asked for."""
    if not isinstance(assertion, dict) or not isinstance(assertion.get("type"), str):
        expected.left_out.append(f"assert: {in_short(assertion)}")
        return
    kind = assertion["type"]
    if kind == "assert-set":
        _add_set(expected, assertion)
        return
    texts = _texts(kind, assertion.get("value"), expected.variables)
    if texts is None or not _add(expected, kind, texts):
        expected.left_out.append(f"{kind}: {in_short(assertion.get('value', ''))}")
        return
    for name in _SETTINGS:
        if name in assertion:
            expected.left_out.append(f"{kind}, {name}: {in_short(assertion[name])}")
    if assertion.get("weight", 1) != 1:
        expected.left_out.append(f"{kind}, weight: {in_short(assertion['weight'])}")


def _add(expected: Expected, kind: str, texts: list[str]) -> bool:
    """Add the texts of an assertion; false for a kind that a case cannot express."""
    listed = ", ".join(f"“{text}”" for text in texts)
    if kind in FACTS or kind in STATED:
        expected.facts += texts
    elif kind in LOOSE_FACTS:
        expected.facts += texts
        expected.left_out.append(f"{kind}: taken as a fact, other words for it pass too")
    elif kind in NOT:
        expected.must_not += texts
    elif kind in ANY:
        expected.rubric.append(f"The reply says at least one of: {listed}.")
    elif kind in RUBRICS:
        expected.rubric += texts
    elif kind in ("regex", "not-regex") and all(map(_PLAIN.fullmatch, texts)):
        (expected.facts if kind == "regex" else expected.must_not).extend(texts)
    else:
        return False
    return True


def _add_set(expected: Expected, assertion: dict[str, Any]) -> None:
    """The assertions of a set of which all have to hold; of another set none."""
    if assertion.get("threshold", 1) != 1:
        expected.left_out.append(f"assert-set, threshold {assertion['threshold']}: left out whole")
        return
    for one in assertion.get("assert") or []:
        add_assertion(expected, one)


def _texts(kind: str, value: Any, variables: dict[str, Any]) -> list[str] | None:
    """The texts of an assertion with its variables filled in; None where they cannot be had."""
    if kind in LISTS and isinstance(value, str):
        value = value.split(",")
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, (str, int, float)) for part in parts):
        return None
    texts = [_filled(str(part).strip(), variables) for part in parts]
    if any("{{" in text or text.startswith("file://") or len(text) > _LONGEST for text in texts):
        return None
    return [text for text in texts if text] or None


def _filled(text: str, variables: dict[str, Any]) -> str:
    """A text with the values of its variables."""

    def value(match: re.Match[str]) -> str:
        found = variables.get(match[1])
        return str(found) if isinstance(found, (str, int, float)) else match[0]

    return _VARIABLE.sub(value, text)
