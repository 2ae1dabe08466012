"""Send the letters that wait: each row is taken by one worker, and sent once.

Before the server has the letter, a fault is tried again with growing waits. From the moment it is
handed over, a lost answer may mean that it arrived: then it is not sent again by itself.
"""

import smtplib
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q, QuerySet
from django.utils import timezone

from agentops.report.mail import letter_of
from context.models import MailDelivery
from llm.states import WorkState

MOST = 200
UNKNOWN = "The connection was lost while it was being sent: nobody knows whether it arrived."


def mail_waits(now: datetime) -> bool:
    """Whether a letter could be sent now, or lost its worker."""
    return waiting(now).exists() or lost(now).exists()


def waiting(now: datetime) -> QuerySet[MailDelivery]:
    """Letters whose wait is over, if there is a server to send them to."""
    if not settings.EMAIL_HOST:
        return MailDelivery.objects.none()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return MailDelivery.objects.filter(free, state=WorkState.PENDING).order_by("id")


def lost(now: datetime) -> QuerySet[MailDelivery]:
    """Letters whose worker never came back."""
    return MailDelivery.objects.filter(state=WorkState.WORKING, lease_until__lte=now)


@shared_task
def deliver_mail() -> None:
    """Send what waits."""
    deliver(timezone.now)


def deliver(now_fn: Callable[[], datetime]) -> int:
    """Send what waits, one letter after the other over one connection; how many were sent."""
    lost(now_fn()).update(state=WorkState.FAILED, lease_until=None, error=UNKNOWN)
    rows = waiting(now_fn()).select_related(
        "report__agent__workspace", "alert__agent__workspace", "recipient"
    )
    server, count = get_connection(), 0
    for row in rows[:MOST]:
        if row.take(now_fn()):
            count += send(row, server, now_fn)
    server.close()
    return count


def send(row: MailDelivery, server: BaseEmailBackend, now_fn: Callable[[], datetime]) -> bool:
    """One attempt; whether the server has accepted the letter."""
    if row.recipient is not None and row.recipient.unsubscribed_at is not None:
        row.skip("The recipient has left the list.")
        return False
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        row.wait(f"{settings.EMAIL_HOST} cannot be reached: {error}", now_fn())
        return False
    letter = letter_of(row)
    try:
        letter.connection = server
        letter.send()
    except (OSError, smtplib.SMTPException) as error:
        take_fault(row, error, now_fn())
        server.close()
        return False
    row.sent(now_fn())
    return True


def take_fault(row: MailDelivery, error: Exception, now: datetime) -> None:
    """What follows from a fault: a refusal for now waits, one for good ends the letter, and a lost
    answer too.
    """
    code, text = refusal_of(error)
    if code is None:
        row.fail(f"{UNKNOWN} ({error})")
    elif 400 <= code < 500:
        row.wait(f"{code} {text}", now)
    else:
        row.fail(f"{code} {text}")


def refusal_of(error: Exception) -> tuple[int | None, str]:
    """The server's code and words, if it has answered."""
    code: int | None = None
    said: bytes | str = ""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    return code, said.decode(errors="replace") if isinstance(said, bytes) else said
