"""The task `case_grade`: whether an answer to a test case says what was expected of it."""

from typing import Any

from llm.local.text import content_stems, numbers, overlap, sentences

_COVERED = 0.6
_FORBIDDEN = 0.8
_QUOTE_LENGTH = 200


def grade(material: dict[str, Any]) -> dict[str, Any]:
    """Grade one answer: the action, every expected fact with its numbers, and nothing forbidden."""
    case, given = material.get("case") or {}, material.get("answer") or {}
    reply = str(given.get("reply") or "")
    expected, action = str(case.get("expected_action") or ""), str(given.get("action") or "")
    if expected and action and expected != action:
        return _result("fail", reply, f"the action is {action}, expected was {expected}")
    for fact in case.get("must_not") or []:
        if says := _closest(str(fact), reply, _FORBIDDEN):
            return _result("fail", says, f"it says what it must not: {fact}")
    proof = ""
    for fact in case.get("expected_facts") or []:
        says = _closest(str(fact), reply, _COVERED)
        if not says:
            return _result("fail", reply, f"it does not say: {fact}")
        proof = proof or says
    return _result("pass", proof or reply, "everything expected is there")


def _closest(fact: str, reply: str, share: float) -> str:
    """Return the sentence of the reply that covers a fact best, or "" when the reply does not."""
    wanted = set(content_stems(fact)) or set(fact.lower().split())
    said = set(content_stems(reply)) if content_stems(fact) else set(reply.lower().split())
    if overlap(wanted, said) < share or not numbers(fact) <= numbers(reply):
        return ""
    parts = [part for part in sentences(reply) if part in reply] or [reply]
    return max(parts, key=lambda part: overlap(wanted, set(content_stems(part))))


def _result(verdict: str, quote: str, reason: str) -> dict[str, Any]:
    return {"verdict": verdict, "quote": quote[:_QUOTE_LENGTH].strip(), "reason": reason}
