"""A verdict on one criterion, with the piece of a message it rests on."""

from dataclasses import dataclass

from llm.local.transcript import Message


@dataclass(frozen=True)
class Finding:
    """A verdict: pass, fail or na; `cause` names the root cause where the finding knows it."""

    verdict: str
    message: Message | None = None
    piece: str = ""
    reason: str = ""
    cause: str = ""

    def as_row(self, key: str) -> dict[str, str]:
        """Return the finding as the schema wants it; the quote stands verbatim in the message."""
        return {
            "key": key,
            "verdict": self.verdict,
            "message_id": self.message.id if self.message else "",
            "quote": self.message.quote(self.piece) if self.message else "",
            "reason": self.reason,
        }


NOT_APPLICABLE = Finding("na", reason="nothing to judge here")
