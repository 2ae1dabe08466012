"""The sample values with which /design/ shows every part of a page."""

GALLERY: dict[str, list[object]] = {
    "tiles": [
        ("ai_answered", "AI answered", "37", "%", "+9.0 points, +32 %", "good"),
        ("ai_resolved", "AI resolved", "24", "%", "+6.1 points", "good"),
        ("ai_handover", "AI handover", "20", "%", "+4.0 points", ""),
        ("ai_snooze", "AI snooze", "15", "%", "+9.0 points", ""),
        ("csat", "CSAT", "4.70", "", "−0.17", "bad"),
        ("", "Quality", "86", "%", "+2.0 points", "good"),
    ],
    "statuses": [
        *("draft", "candidate", "approved", "rejected", "live", "retired"),
        *("pending", "ignored", "handed_over", "snooze_open", "snooze_silent_close"),
        *("ai_resolved", "human_finished", "no_ai", "passed", "failed", "undecided"),
        *("unscored", "unverified", "flaky", "working", "done", "skipped"),
        *("improved", "regressed", "no_clear_change", "cannot_tell_yet", "provisional", "urgent"),
    ],
    "criteria": [
        "Resolved the actual ask",
        "Facts correct and grounded",
        "Policy, safety, privacy",
        "Right action, right arguments",
    ],
}
