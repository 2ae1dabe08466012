"""What holds for one customer only, and so is never proposed: a name, an order, an exception."""

import re
from collections.abc import Iterable

# `#1042`, `AB-10425`, an e-mail address, and what masking left of one.
_IDENTIFIER = re.compile(
    r"#\s?\w*\d{3,}|\b[A-Z]{1,4}-?\d{4,}\b|[\w.+-]+@[\w-]+\.\w+|\[(?:email|phone|card|iban)\]"
)
_NUMBERED = re.compile(r"\b\w*\d{4,}\w*\b")
_NAME = re.compile(r"\b[^\W\d_]{3,}\b")
_EXCEPTION = re.compile(
    r"""\b(?:as\s+an?\s+(?:one[- ]time\s+)?exception|exceptionally|just\s+this\s+once
    |only\s+this\s+once
    |this\s+(?:one\s+)?time\s+only|(?:gesture|token)\s+of\s+good\s?will|as\s+(?:a\s+)?good\s?will
    |in\s+your\s+case
    |your\s+(?:order|parcel|package|refund|replacement|ticket|account|claim)\s+
     (?:is|was|has|will)
    |(?:i|we)(?:['’]ve|\s+have)\s+(?:\w+\s+)?
     (?:refunded|cancelled|canceled|credited|replaced|resent|reshipped|booked|waived)
    |ausnahmsweise|aus\s+kulanz|kulanterweise|in\s+ihrem\s+fall|ihre\s+bestellung\s+(?:ist|wurde|wird)
    |exceptionnellement|à\s+titre\s+exceptionnel|geste\s+commercial|dans\s+votre\s+cas
    |excepcionalmente|como\s+excepción|en\s+su\s+caso|gesto\s+comercial
    |eccezionalmente|in\s+via\s+eccezionale|nel\s+suo\s+caso
    |bij\s+(?:hoge\s+)?uitzondering|uit\s+coulance|in\s+uw\s+geval)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def particular(fact: str, quotes: Iterable[str], asked: str, names: Iterable[str]) -> str:
    """Why a fact holds for one customer only, in words; empty when nothing says so.

    `quotes` are the words it was told in, `asked` what the customer wrote, `names` who they are.
    """
    if found := _IDENTIFIER.search(fact):
        return f"it names {found.group()}"
    theirs = set(_NUMBERED.findall(asked)) & set(_NUMBERED.findall(fact))
    if theirs:
        return f"it names {min(theirs)}, a number of the customer's"
    known = {word for name in names for word in _NAME.findall(name) if word[0].isupper()}
    if told := known & set(_NAME.findall(fact)):
        return f"it names {min(told)}"
    for text in (fact, *quotes):
        if found := _EXCEPTION.search(text):
            return f"it is about this case: “{found.group()}”"
    return ""
