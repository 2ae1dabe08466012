"""Masking of personal data in text, before anything is stored or sent to a model.

E-mail addresses are found by shape, phone numbers by `phonenumbers`, card numbers and IBANs by
`python-stdnum`'s
checksums. Order numbers and sizes stay: the agent needs them.
"""

import re
from collections.abc import Callable

import phonenumbers
from stdnum import iban, luhn

from accounts.models import Workspace

# The bound of RFC 5321 on the local part also keeps the search linear in the length of the text.
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+\.[\w.-]*\w")
# What every number to be masked holds; a search for these costs a tenth of the searches they spare.
LONG_NUMBER = re.compile(r"[0-9][^A-Za-z]{5,}[0-9]")
IBAN_START = re.compile(r"[A-Z]{2}[0-9]{2}")
# Not the decimals of an amount: one in ten long fractions passes the checksum of a card.
DIGITS = re.compile(r"(?<![\w#])(?<!\d\.)(?:\d[ -]?){12,18}\d(?!\w)")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
PHONE_HINT = re.compile(r"\+\d|\(\d{3}\)|\d{3}[ .-]\d{3}[ .-]?\d{3,4}")


def _if(valid: Callable[[str], bool], label: str) -> Callable[[re.Match[str]], str]:
    return lambda match: label if valid(re.sub(r"[ -]", "", match.group())) else match.group()


def mask_phones(text: str) -> str:
    """Replace valid phone numbers that are written as one.

    Bare digits stay: two of five ten-digit product numbers are valid phone numbers. The costly
    matcher runs only where something looks like one.
    """
    if not PHONE_HINT.search(text):
        return text
    found = list(phonenumbers.PhoneNumberMatcher(text, "US"))
    for match in reversed(found):
        if not PHONE_HINT.search(match.raw_string):
            continue
        text = f"{text[: match.start]}[phone]{text[match.end :]}"
    return text


def mask(text: str, workspace: Workspace) -> str:
    """The text with what the workspace masks replaced by `[email]`, `[phone]`, `[card]` and
    `[iban]`.
    """
    if workspace.mask_emails and "@" in text:
        text = EMAIL.sub("[email]", text)
    if workspace.mask_cards and IBAN_START.search(text):
        text = IBAN.sub(_if(iban.is_valid, "[iban]"), text)
    if text.isascii() and not LONG_NUMBER.search(text):
        return text
    if workspace.mask_cards:
        text = DIGITS.sub(_if(luhn.is_valid, "[card]"), text)
    if workspace.mask_phones:
        text = mask_phones(text)
    return text
