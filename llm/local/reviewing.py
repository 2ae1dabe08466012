"""The task `conversation_review`: a heuristic for each criterion, a quote for each verdict."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llm.local import conduct, substance
from llm.local.capturing import new_facts
from llm.local.case_file import CaseFile, read_case_file
from llm.local.finding import NOT_APPLICABLE, Finding
from llm.local.text import content_stems, overlap

Heuristic = Callable[[CaseFile], Finding]

HEURISTICS: Mapping[str, Heuristic] = {
    "resolved": substance.resolved,
    "grounded": substance.grounded,
    "policy": conduct.policy,
    "action": conduct.action,
    "handover": substance.handover,
    "gathering": conduct.gathering,
    "instructions": conduct.instructions,
    "next_step": conduct.next_step,
    "tone": conduct.tone,
    "brief": conduct.brief,
}
# The first criterion that failed, in this order, names the root cause unless it named one itself.
_CAUSES = {
    "policy": "policy_safety",
    "grounded": "hallucination",
    "resolved": "misunderstood",
    "action": "wrong_action",
    "handover": "handover_missed",
    "gathering": "repeated_itself",
    "instructions": "instruction_ignored",
    "next_step": "instruction_missing",
    "tone": "tone_language",
    "brief": "brief_poor",
}
_HEAVY = {"resolved": 2, "handover": 1}
_FIRM_OVERLAP = 0.2


def review(material: dict[str, Any]) -> dict[str, Any]:
    """Judge one conversation by the criteria it is given."""
    file = read_case_file(material)
    rows = [row for row in material.get("criteria") or [] if row.get("key")]
    findings = {str(row["key"]): _judge(file, row) for row in rows}
    critical = {str(row["key"]) for row in rows if row.get("critical")}
    failed = {key for key, finding in findings.items() if finding.verdict == "fail"}
    learned = new_facts(file.transcript, file.knowledge)
    return {
        "criteria": [finding.as_row(key) for key, finding in findings.items()],
        "grade": _grade(file, failed, critical),
        "root_cause": _root_cause(file, findings, material.get("root_causes") or []),
        "severity": _severity(file, failed, critical),
        "question": file.transcript.first_question,
        "missing_fact": " ".join(text for text, _ in learned),
    }


def _judge(file: CaseFile, row: Mapping[str, Any]) -> Finding:
    """Judge one criterion, by its own heuristic or, for one of the user's own, by its words."""
    if "handover" in str(row.get("applies_to") or "") and not file.handed_over:
        return NOT_APPLICABLE
    heuristic = HEURISTICS.get(str(row["key"]))
    if heuristic is not None:
        return heuristic(file)
    return _judge_by_words(file, str(row.get("question") or row.get("name") or ""))


def _judge_by_words(file: CaseFile, question: str) -> Finding:
    """Pass a criterion of the user's own when the AI's words touch on its words; else leave it."""
    wanted = set(content_stems(question))
    for message in file.transcript.ai:
        if overlap(wanted, set(content_stems(message.text))) >= _FIRM_OVERLAP:
            return Finding("pass", message, reason="the reply speaks of what the criterion asks")
    return NOT_APPLICABLE


def _grade(file: CaseFile, failed: set[str], critical: set[str]) -> int:
    """Return 1 (bad) to 5 (good): failures weigh by what they did to the customer."""
    points = 5 - sum(_HEAVY.get(key, 1) for key in failed)
    if failed & critical:
        points = min(points, 2)
    if file.handed_over and not failed:
        points = 3 if file.lacks_context else 4
    return max(1, points)


def _severity(file: CaseFile, failed: set[str], critical: set[str]) -> str:
    """Say how bad it was at its worst."""
    if failed & critical:
        return "critical"
    if failed & set(_HEAVY):
        return "major"
    return "minor" if failed or file.lacks_context else "none"


def _root_cause(
    file: CaseFile, findings: Mapping[str, Finding], causes: Sequence[Mapping[str, Any]]
) -> str:
    """Name the cause of the first failure, in the codes this workspace uses."""
    failures = (
        key for key in (*_CAUSES, *findings) if findings.get(key, NOT_APPLICABLE).verdict == "fail"
    )
    first = next(failures, None)
    if first is not None:
        wanted = findings[first].cause or _CAUSES.get(first, "instruction_ignored")
    elif file.handed_over and file.conflicting:
        wanted = "conflicting_context"
    else:
        wanted = "missing_context" if file.lacks_context else "no_fault"
    return _closest_code(wanted, causes)


def _closest_code(wanted: str, causes: Sequence[Mapping[str, Any]]) -> str:
    """Return the code itself, or the one whose code and name share most words with it."""
    codes = [str(cause.get("code")) for cause in causes]
    if wanted in codes or not codes:
        return wanted
    words = set(content_stems(wanted.replace("_", " ")))

    def likeness(cause: Mapping[str, Any]) -> float:
        named = f"{cause.get('code')} {cause.get('name', '')}".replace("_", " ").replace("-", " ")
        return overlap(words, set(content_stems(named)))

    best = max(causes, key=likeness)
    if likeness(best) > 0:
        return str(best["code"])
    return next(
        (code for code in codes if "no" in code.split("_") or "no" in code.split("-")), codes[-1]
    )
