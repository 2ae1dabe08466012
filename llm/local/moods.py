"""What a customer's message is, apart from its question: angry, a threat, a thank-you, a greeting."""

import re

from llm.local.text import content_stems, words

_ANGRY = re.compile(
    r"\b(?:angry|furious|outrag\w*|unacceptable|ridiculous|disgust\w*|scam\w*|fraud\w*|rip.?off|"
    r"worst|terrible|horrible|awful|appalling|shameful|incompetent|useless|pathetic|joke|"
    r"fed up|sick of|had enough|never (?:again|order\w*|buy\w*)|waste of (?:time|money)|wtf|"
    r"absolutely not ok|extremely (?:disappointed|frustrated|upset)|so (?:frustrat|disappoint|annoy)\w*)\b",
    re.IGNORECASE,
)
_ANNOYED = re.compile(
    r"\b(?:annoy\w*|disappoint\w*|frustrat\w*|upset|unhappy|not happy|still (?:waiting|no|not|haven't)|"
    r"third time|second time|again and again|already (?:told|said|wrote|gave|sent|asked)|"
    r"not (?:good enough|helpful)|how (?:many times|much longer)|come on|seriously)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\b(?:lawyer|attorney|solicitor|legal action|sue|suing|court|consumer (?:protection|rights)|"
    r"trading standards|small claims|chargeback|police|gdpr|data protection|ombudsman|"
    r"report you|fda|poison\w*|hospital|allergic reaction|side effects?|overdos\w*|injur\w*)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat|connect\w*|transfer\w*|pass|forward|get|give|want|need|like|put)\b[^.?!]{0,40}"
    r"\b(?:human|real person|person|agent|representative|colleague|manager|supervisor|someone real|somebody real)"
    r"|(?:are you|is this) a (?:bot|robot|machine)|no (?:more )?(?:bots?|robots?)|real human)\b",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"\b(?:out of (?:the )?office|automatic reply|auto-?reply|do not reply to this|unsubscribe|"
    r"mail delivery (?:failed|subsystem)|undeliverable|seo services|guest post|backlinks?)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thank(?:s| you)|thx|ty|cheers|perfect|great|awesome|brilliant)\b", re.IGNORECASE
)
_STILL_ASKS = re.compile(
    r"\?|\b(?:but|however|still|not|n't|why|how|when|what|where|can you|could you|also|instead)\b",
    re.IGNORECASE,
)
_NOT_HELPED = re.compile(
    r"\b(?:(?:does|did|do|is|was)(?:n't| not) (?:answer|help|work|what i|right|correct|true)\w*|"
    r"that'?s (?:not|wrong)|not what i|you (?:already|just) (?:said|told)|wrong answer|"
    r"that (?:does|did)(?:n't| not)|makes no sense|still (?:doesn't|does not|not|no|the same)|"
    r"as i said|i (?:already|just) (?:told|said|gave|wrote|sent)|no,? i (?:mean|asked|want))",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)\b[^,.!?\n]{0,30}[,.!\n]*\s*)+",
    re.IGNORECASE,
)
_CLOSING_WORDS = 12


def is_angry(text: str) -> bool:
    """Whether the customer is angry: strong words, or shouting."""
    shouted = [word for word in re.findall(r"\b[A-Za-z]{4,}\b", text) if word.isupper()]
    return bool(_ANGRY.search(text)) or len(shouted) >= 3 or "!!!" in text


def mood(texts: list[str]) -> str:
    """Return the worst mood in the customer's messages: calm, annoyed or angry."""
    if any(is_angry(text) for text in texts):
        return "angry"
    return "annoyed" if any(_ANNOYED.search(text) for text in texts) else "calm"


def is_risky(text: str) -> bool:
    """Whether a text speaks of law, safety or health damage: for a person, always."""
    return bool(_LEGAL.search(text))


def wants_person(text: str) -> bool:
    """Whether the customer asks for a human being."""
    return bool(_PERSON.search(text))


def is_automatic(text: str) -> bool:
    """Whether a machine wrote the message: auto-replies, bounces, advertising."""
    return bool(_AUTOMATIC.search(text))


def is_just_thanks(text: str) -> bool:
    """Whether the message thanks, or says all is well, and asks for nothing."""
    return (
        bool(_THANKS.search(text))
        and not _STILL_ASKS.search(text)
        and len(words(text)) <= _CLOSING_WORDS
    )


def is_unsatisfied(text: str) -> bool:
    """Whether the customer says that the last answer did not help or was asked before."""
    return bool(_NOT_HELPED.search(text)) or is_angry(text)


def without_greeting(text: str) -> str:
    """Return the text without hello and the like at its beginning."""
    return _GREETING.sub("", text.strip()).strip()


def has_content(text: str) -> bool:
    """Whether anything is left of a text once small talk is taken away."""
    return bool(content_stems(without_greeting(text)))
