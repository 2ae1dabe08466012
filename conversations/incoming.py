"""Reading one payload: it fits the schema and the calendar, or every fault is named."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from accounts.faults import FieldErrors, field_errors
from accounts.masking import mask
from accounts.models import Workspace
from conversations.cleaning import ESCAPED, NOTE, cleaned
from conversations.schema import ConversationIn

CLOCK_SKEW = timedelta(days=1)


class Refused(Exception):
    """A payload that is not stored; `errors` name the fields at fault."""

    def __init__(self, errors: FieldErrors) -> None:
        super().__init__("; ".join(f"{error['field']}: {error['message']}" for error in errors))
        self.errors = errors


@dataclass
class Incoming:
    """A payload that may be stored. `texts` are the masked texts of its messages, in order."""

    index: int
    data: ConversationIn
    digest: str
    warnings: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """What finds its conversation: source and external id."""
        return self.data.source, self.data.external_id

    def mask(self, workspace: Workspace) -> None:
        """Mask personal data in everything that people wrote."""
        self.texts = [mask(message.text, workspace) for message in self.data.messages]


def read(index: int, payload: Any, workspace: Workspace, now: datetime) -> Incoming:
    """Check a payload; raises Refused. It is cleaned only if it has to be: few have to."""
    try:
        data = ConversationIn.model_validate(payload)
    except ValidationError as error:
        if payload != (clean := cleaned(payload)):
            return with_note(read(index, clean, workspace, now))
        raise Refused(distinct(field_errors(error))) from None
    body = data.model_dump_json(exclude_unset=True)
    if ESCAPED.search(body) and payload != (clean := cleaned(payload)):
        return with_note(read(index, clean, workspace, now))
    times = times_of(data)
    if errors := repeated_ids(data) + beyond_tomorrow(times, now):
        raise Refused(errors)
    return Incoming(index, data, digest_of(body, workspace), oddities(data, times, now))


def with_note(incoming: Incoming) -> Incoming:
    """Say that something was taken out."""
    incoming.warnings.append(NOTE)
    return incoming


def distinct(errors: FieldErrors) -> FieldErrors:
    """The faults without the name of the alternative that pydantic tried: `signals.x`, not
    `signals.x.bool`.
    """
    for error in errors:
        if error["field"].startswith("signals."):
            error["field"] = ".".join(error["field"].split(".")[:2])
    return errors


def digest_of(body: str, workspace: Workspace) -> str:
    """The hash of what was sent, and of the masking in force."""
    masks = f"{workspace.mask_emails:d}{workspace.mask_phones:d}{workspace.mask_cards:d}"
    return hashlib.sha256(f"{masks}{body}".encode()).hexdigest()


def repeated_ids(data: ConversationIn) -> FieldErrors:
    """Messages whose id an earlier message of the same payload has."""
    seen: set[str] = set()
    errors = []
    for position, message in enumerate(data.messages):
        if message.external_id in seen:
            field_name = f"messages.{position}.external_id"
            errors.append({"field": field_name, "message": f"{message.external_id!r} is repeated"})
        seen.add(message.external_id)
    return errors


def times_of(data: ConversationIn) -> dict[str, datetime]:
    """Every time that is given, by the name of its field."""
    times = {"opened_at": data.opened_at}
    if data.closed_at:
        times["closed_at"] = data.closed_at
    if data.survey_sent_at:
        times["survey_sent_at"] = data.survey_sent_at
    if data.csat and data.csat.scored_at:
        times["csat.scored_at"] = data.csat.scored_at
    for name in data.signals.model_fields_set if data.signals else ():
        if isinstance(value := getattr(data.signals, name), datetime):
            times[f"signals.{name}"] = value
    for position, message in enumerate(data.messages):
        if message.sent_at:
            times[f"messages.{position}.sent_at"] = message.sent_at
    return times


def beyond_tomorrow(times: dict[str, datetime], now: datetime) -> FieldErrors:
    """Times more than a day ahead: no clock is that wrong, so the data is."""
    latest = now + CLOCK_SKEW
    return [
        {"field": name, "message": f"{time.isoformat()} is more than a day in the future"}
        for name, time in times.items()
        if time > latest
    ]


def oddities(data: ConversationIn, times: dict[str, datetime], now: datetime) -> list[str]:
    """What is stored although it is odd, and how it was read."""
    notes = []
    if ahead := sorted(name for name, time in times.items() if time > now):
        notes.append(f"Times in the future when it came in: {', '.join(ahead[:3])}.")
    if data.closed_at and data.closed_at < data.opened_at:
        notes.append("It is said to be closed before it was opened.")
    unknown = sum(message.sent_at is None for message in data.messages)
    if unknown:
        notes.append(
            f"{unknown} of {len(data.messages)} messages had no time: it was reconstructed from "
            "their order."
        )
    known = [message.sent_at for message in data.messages if message.sent_at is not None]
    if known != sorted(known):
        notes.append("The messages were out of order: they were sorted by time.")
    return notes
