"""The scorecard and the root causes every agent begins with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DefaultCriterion:
    """One question of the default scorecard; `on_handover` ones are asked of handovers only."""

    key: str
    name: str
    question: str
    weight: int
    critical: bool = False
    on_handover: bool = False


CRITERIA = (
    DefaultCriterion(
        "resolved",
        "Resolved the actual ask",
        "Did the AI settle what the customer really asked, or bring it to whoever can? "
        "A polite answer to another question fails.",
        20,
    ),
    DefaultCriterion(
        "grounded",
        "Facts correct and grounded",
        "Is every fact, number and promise the AI gave found in the documents or in the "
        "conversation? Judge by what the AI was given, not by what you know.",
        20,
        critical=True,
    ),
    DefaultCriterion(
        "policy",
        "Policy, safety, privacy",
        "Did the AI keep to the brand's policies, stay safe, and tell nobody another person's "
        "data?",
        0,
        critical=True,
    ),
    DefaultCriterion(
        "action",
        "Right action, right arguments",
        "If the AI acted (refund, cancellation, change, look-up), was it the right action with "
        "the right arguments, and did it claim no action it did not take?",
        10,
        critical=True,
    ),
    DefaultCriterion(
        "handover",
        "Right handover decision",
        "Was the conversation handed over when it had to be, and kept when the AI could answer "
        "it from its documents? A justified handover passes.",
        15,
    ),
    DefaultCriterion(
        "gathering",
        "Gathered the required facts",
        "Did the AI ask for the facts it needed, and for none the customer had already given?",
        10,
    ),
    DefaultCriterion(
        "instructions",
        "Followed its instructions",
        "Did the AI follow the instructions it was given about process and brand?",
        5,
    ),
    DefaultCriterion(
        "next_step",
        "Clear next step",
        "Does the customer know what happens next, who does it, and when?",
        10,
    ),
    DefaultCriterion(
        "tone",
        "Language and tone",
        "Was it concise, in the customer's language, and in the right tone for their mood?",
        5,
    ),
    DefaultCriterion(
        "brief",
        "Brief complete",
        "Does the handover brief tell the next person what the customer wants, what is known, "
        "and what is missing?",
        5,
        on_handover=True,
    ),
)

NO_FAULT = "no_fault"
JUDGE_ERROR = "judge_error"

ROOT_CAUSES = (
    ("missing_context", "Missing context"),
    ("stale_context", "Stale or wrong context"),
    ("conflicting_context", "Conflicting context"),
    ("context_not_used", "Context not used"),
    ("instruction_missing", "Instruction missing"),
    ("instruction_ignored", "Instruction ignored"),
    ("hallucination", "Made up (hallucination)"),
    ("misunderstood", "Misunderstood"),
    ("did_not_clarify", "Did not clarify"),
    ("wrong_action", "Wrong action"),
    ("tool_error", "Tool error"),
    ("missing_tool", "Missing tool"),
    ("policy_safety", "Policy or safety"),
    ("privacy", "Privacy"),
    ("tone_language", "Tone or language"),
    ("handover_missed", "Handover missed or late"),
    ("handover_unneeded", "Handover unneeded"),
    ("brief_poor", "Brief poor"),
    ("repeated_itself", "Repeated itself or asked again"),
    ("routing_rule", "Routing rule"),
    ("out_of_scope", "Out of scope"),
    ("product_issue", "Product issue"),
    (NO_FAULT, "No fault"),
    (JUDGE_ERROR, "Judge error"),
)
