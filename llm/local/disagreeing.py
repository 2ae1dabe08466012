"""The task `passage_judgement`: whether two passages of the documents contradict each other."""

from itertools import product
from typing import Any

from llm.local.contradictions import contradict, measures
from llm.local.phrases import says
from llm.local.text import sentences


def judge(material: dict[str, Any]) -> dict[str, Any]:
    """Look for two sentences about the same thing with other amounts, or one denied."""
    first, second = material.get("first") or {}, material.get("second") or {}
    titles = {
        "first_title": str(first.get("title") or ""),
        "second_title": str(second.get("title") or ""),
    }
    pairs = product(
        sentences(str(first.get("passage") or "")), sentences(str(second.get("passage") or ""))
    )
    for one, other in pairs:
        if contradict(one, other, **titles):
            return {
                "contradict": True,
                "kind": _kind(one, other),
                "first_quote": one,
                "second_quote": other,
                "reason": "They speak of the same thing and do not say the same.",
            }
    agree = "The stand-in finds no other amount and no denial."
    return {
        "contradict": False,
        "kind": "number",
        "first_quote": "",
        "second_quote": "",
        "reason": agree,
    }


def _kind(one: str, other: str) -> str:
    """Return what they differ in: a denial, else an amount."""
    if (says("negation", one) is None) != (says("negation", other) is None):
        return "negation"
    return "number" if measures(one) != measures(other) else "condition"
