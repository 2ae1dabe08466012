"""Words, stems, sentences and numbers: what the local model sees of a text."""

import re
import threading
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_PHRASES = tuple(
    (re.compile(phrase), word)
    for phrase, word in (
        (r"\b(?:send|sending|sent|give|giving|bring|bringing|ship|shipping) (?:it |them |this |these |that |the \w+ |my \w+ |an? \w+ )?back\b", "return"),
        (r"\bmoney back\b|\bget (?:my |the )?money\b", "refund"),
        (r"\be-?mails?\b", "email"),
        (r"\bt-?shirts?\b", "tshirt"),
    )
)  # fmt: skip
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9#*-])|\n+")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|vs)\.$", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_own = threading.local()  # a stemmer keeps state while it works: one for each thread

STOP_WORDS = frozenset(
    ["a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "aren't", "as", "at", "back", "be", "because", "been", "before", "being", "but", "by", "can", "can't", "could", "couldn't", "did", "didn't", "do", "does", "doesn't", "doing", "don't", "down", "for", "from", "get", "getting", "got", "had", "has", "hasn't", "have", "haven't", "having", "he", "hello", "help", "her", "hey", "hi", "him", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in", "into", "is", "isn't", "it", "it's", "its", "just", "know", "let", "like", "me", "might", "more", "most", "much", "my", "need", "no", "nor", "not", "now", "of", "off", "on", "once", "one", "only", "or", "other", "our", "ours", "out", "over", "own", "please", "regards", "said", "same", "she", "should", "so", "some", "still", "such", "tell", "than", "thank", "thanks", "that", "that's", "the", "their", "them", "then", "there", "there's", "these", "they", "they're", "this", "those", "through", "to", "too", "under", "until", "up", "us", "very", "want", "wanted", "was", "wasn't", "we", "we'd", "we'll", "we're", "we've", "were", "what", "what's", "when", "where", "which", "while", "who", "why", "will", "with", "won't", "would", "wouldn't", "yet", "you", "you'd", "you'll", "you're", "you've", "your", "yours", "anyone", "someone", "something", "anything", "really", "actually", "maybe", "guys", "team", "wondering", "wonder", "question", "hoping", "hope", "see", "say", "tried", "try", "trying", "give", "go", "going", "make", "sure", "thing", "bought", "buy", "long", "take", "takes", "took", "often", "possible", "ago", "yesterday", "today", "tonight", "tomorrow", "last", "next", "week", "weeks", "month", "months", "year", "years", "days", "recently", "soon", "currently", "already", "another", "two", "three", "four", "five", "six", "ten", "use", "used", "using", "work", "works", "hear", "heard", "look", "looking", "find", "found", "order", "ordered", "item", "items", "product", "products", "customer", "customers", "day", "good", "morning", "afternoon", "evening", "dear", "sir", "madam"]
)

_SYNONYMS = """deliver deliveri ship shipment dispatch arriv courier post sent
parcel packag box
refund reimburs moneyback
broken broke break damag defect faulti tear torn rip
discount coupon voucher promo promot
wash clean laundri launder
exchang swap
cost price charg fee expens
repair fix mend
dose dosag serv
pregnant pregnanc breastfeed
store shop
jacket coat parka anorak
trouser pant
allerg allergen allergi
pay payment paid
membership member
warranti guarante
waterproof rainproof
expir expiri
"""
_SAME_THING = {
    other: group.split()[0] for group in _SYNONYMS.splitlines() for other in group.split()[1:]
}

_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"]
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90"}


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, with plain apostrophes; "send back" reads "return"."""
    plain = text.lower().replace("’", "'")
    for phrase, word in _PHRASES:
        plain = phrase.sub(word, plain)
    return _WORD.findall(plain)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a lower-case English word (Snowball), the same one for words that customers
    and documents use for the same thing.
    """
    if not hasattr(_own, "stemmer"):
        _own.stemmer = snowballstemmer.stemmer("english")
    plain = str(_own.stemmer.stemWord(word.split("'")[0]))
    return _SAME_THING.get(plain, plain)


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in their order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def sentences(text: str) -> list[str]:
    """Split a text into sentences and list items, verbatim but for bullets and outer blanks."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text):
        piece = _BULLET.sub("", part or "").strip()
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + piece
        elif piece:
            found.append(piece)
    return found


def numbers(text: str) -> set[str]:
    """Return the numbers in a text in one spelling: 1,000.00 and 1000 are the same, so are ten and 10."""
    spelled = {
        _NUMBER_WORDS[word] for word in words(text) if word in _NUMBER_WORDS and word != "one"
    }
    return {_plain(number) for number in _NUMBER.findall(text)} | spelled


def _plain(number: str) -> str:
    """Return a number without thousands separators, leading zeros and empty decimals."""
    bare = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    whole, _, decimals = bare.partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def overlap(wanted: set[str], given: set[str]) -> float:
    """Return the share of `wanted` that is in `given`; 0 when nothing is wanted."""
    return len(wanted & given) / len(wanted) if wanted else 0.0
