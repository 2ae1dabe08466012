"""The task `handover_brief`: what a colleague needs to take over without reading everything."""

from collections.abc import Sequence
from typing import Any

from llm.local.facts import find_fact
from llm.local.moods import is_risky, mood
from llm.local.phrases import RISKS, says
from llm.local.text import sentences
from llm.local.transcript import Message, Transcript, read_transcript

_ALWAYS_OF_USE = ("order number", "email", "product", "size", "date")
_REASON_CODES = (
    ("contradict", "conflicting_context"),
    ("person", "customer_request"),
    ("angry", "angry_customer"),
    ("legal", "legal_or_safety"),
    ("safety", "legal_or_safety"),
    ("missing", "facts_missing"),
    ("asks again", "answer_did_not_help"),
    ("instructed", "instructed"),
    ("no document", "no_context"),
)
_TEXT_LENGTH = 300


def brief(material: dict[str, Any]) -> dict[str, Any]:
    """Write the brief of one handed-over conversation."""
    transcript = read_transcript(material.get("transcript") or [])
    required = [str(name) for name in material.get("required_facts") or []]
    others = [name for name in _ALWAYS_OF_USE if name not in required]
    facts = _facts(transcript, [*required, *others])
    missing = [name for name in required if name not in {fact["name"] for fact in facts}]
    reason, topic = str(material.get("reason") or ""), material.get("topic")
    codes = (code for sign, code in _REASON_CODES if sign in reason.lower())
    return {
        "customer": _customer(transcript),
        "wants": transcript.first_question or "not said",
        "topic": str(topic or (material.get("conversation") or {}).get("topic") or ""),
        "facts": facts,
        "missing_facts": missing,
        "tried": _tried(transcript),
        "promised": _promised(transcript.ai),
        "reason_code": next(codes, "other"),
    } | _situation(transcript, missing, reason)


def _situation(transcript: Transcript, missing: Sequence[str], reason: str) -> dict[str, Any]:
    """Say how the customer feels, what is at risk, and what to do about it."""
    texts = [message.text for message in transcript.customer]
    felt, said = mood(texts), " ".join(texts)
    risks = [name for name, words in RISKS.items() if words.search(said)]
    tier, tier_reason = _tier(texts, felt, risks)
    return {
        "tier": tier,
        "tier_reason": tier_reason,
        "mood": felt,
        "risks": risks,
        "next_step": _next_step(missing, risks, transcript.first_question or "not said", reason),
        "draft_reply": _draft(_customer(transcript), felt, missing),
    }


def _facts(transcript: Transcript, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the facts the customer gave, each with the message it stands in."""
    found = []
    for name in names:
        for message in transcript.customer:
            if value := find_fact(name, message.text):
                found.append({"name": name, "value": value, "message_id": message.id})
                break
    return found


def _customer(transcript: Transcript) -> str:
    """Return the name the customer gave, else a plain word."""
    names = (find_fact("name", message.text) for message in transcript.customer)
    return next(filter(None, names), "the customer")


def _tier(texts: Sequence[str], felt: str, risks: Sequence[str]) -> tuple[str, str]:
    """Choose the level: law, health and privacy go to L3, all else to L2."""
    if any(is_risky(text) for text in texts) or {"legal", "health", "privacy"} & set(risks):
        return "L3", f"risk: {', '.join(risks) or 'legal or safety words'}"
    return "L2", "angry, no special risk" if felt == "angry" else "no special risk"


def _tried(transcript: Transcript) -> str:
    """Say what the AI agent told the customer so far."""
    if not transcript.ai:
        return "nothing: handed over at first contact"
    return " | ".join(" ".join(message.text.split()) for message in transcript.ai)[:_TEXT_LENGTH]


def _promised(messages: Sequence[Message]) -> str:
    """Return what the AI agent promised, in its own words."""
    said = [
        part for message in messages for part in sentences(message.text) if says("promise", part)
    ]
    return " ".join(said)[:_TEXT_LENGTH]


def _next_step(missing: Sequence[str], risks: Sequence[str], wants: str, reason: str) -> str:
    """Recommend what to do first."""
    if risks:
        return f"Take it over personally ({', '.join(risks)}), then answer: {wants}"
    if missing:
        return f"Ask for {', '.join(missing)}, then answer: {wants}"
    if "contradict" in reason:
        return f"Find out which document is right, then answer: {wants}"
    return f"Answer: {wants}"


def _draft(customer: str, felt: str, missing: Sequence[str]) -> str:
    """Draft the first words of the colleague's reply."""
    hello = "Hello," if customer == "the customer" else f"Hello {customer},"
    sorry = "" if felt == "calm" else " I am sorry for the trouble this has caused you."
    ask = (
        f" Could you please tell me {', '.join(missing)}?"
        if missing
        else " I am looking into it now."
    )
    return f"{hello}{sorry} I have read your conversation and take it from here.{ask}"
