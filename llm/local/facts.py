"""Facts a customer must give: recognised by what they are called and what their values look like."""

import re
from collections.abc import Sequence

from llm.local.text import stem, words

_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = "mon|tues|wednes|thurs|fri|satur|sun"
_GARMENT_SIZE = r"(?:XXS|XS|S|M|L|XL|XXL|XXXL|2XL|3XL)"
_PRODUCT = (
    "jacket|coat|parka|anorak|shell|fleece|vest|gilet|sweater|hoodie|shirt|base ?layer|trousers|pants|"
    "leggings|shorts|boots?|shoes?|gloves?|mittens?|hat|beanie|cap|scarf|socks?|backpack|bag|tent|"
    "sleeping bag|poncho|snowsuit|dungarees|"
    "capsules?|tablets?|powder|gummies|drops|protein|whey|creatine|collagen|magnesium|zinc|iron|"
    "omega(?:-?3)?|vitamins?|vitamin [a-k]\\d*|multivitamin|probiotics?|melatonin|ashwagandha|"
    "electrolytes?|shake|bars?|supplements?"
)
_COUNTRIES = (
    "germany|austria|switzerland|france|italy|spain|portugal|netherlands|belgium|luxembourg|denmark|"
    "sweden|norway|finland|iceland|ireland|uk|united kingdom|england|scotland|wales|poland|czechia|"
    "czech republic|hungary|greece|croatia|slovenia|slovakia|romania|bulgaria|usa|united states|"
    "canada|mexico|australia|new zealand|japan|china|india|singapore|turkey|israel|brazil"
)
_COLOURS = "black|white|grey|gray|navy|blue|red|green|olive|khaki|yellow|orange|purple|pink|brown|beige|sand|teal|burgundy"

# Words in a fact's name → what its value looks like; the value is group 1 where there is one.
_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (tuple(name.split("|")), re.compile(shape))
    for name, shape in (
        ("email|e-mail|mail", r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
        ("phone|telephone|mobile", r"(\+?\d[\d ()/-]{7,}\d)"),
        ("zip|postal|postcode|plz", r"(?i)(?:zip|post(?:al)?)[ -]?(?:code)?\D{0,12}?([\dA-Z][\dA-Z -]{2,7}\d?[\dA-Z])|(?<![#\d.-])\b(\d{5})\b(?!\d)"),
        ("order|tracking|invoice|customer|reference|ticket|serial|batch|lot", r"(?i)(#\s?[a-z]{0,4}-?\d{3,}|\b[a-z]{1,4}-?\d{4,}\b|\b\d{4,}\b)"),
        ("size", rf"(?i:\bsizes?)\s*(?:is|:|was|of)?\s*(?i:((?:eu|us|uk)?\s?\d{{1,3}}(?:\.5)?|{_GARMENT_SIZE}|small|medium|large)\b)|(?<![\w'’])({_GARMENT_SIZE})(?![\w'’])|(?i:\b(?:an?|in|to|for|the)\s+(small|medium|large|extra large|(?:eu|us|uk)\s?\d{{1,2}})\b)"),
        ("height", r"(?i)(\d(?:[.,]\d{1,2})?\s?m\b|\d{2,3}\s?(?:cm|centimet\w+)|\d'\s?\d{1,2})"),
        ("weight", r"(?i)(\d{1,3}(?:[.,]\d)?\s?(?:kg|kilos?|lbs?|pounds?|g|grams?)\b)"),
        ("age", r"(?i)(\d{1,3}\s?(?:years?|yrs?|y/o|months?)(?: old)?)|\b(?:aged?|i'm|i am|she's|he's)\s(\d{1,3})\b"),
        ("amount|price|total", r"(?i)((?:[$€£]|eur|usd|gbp)\s?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)?\s?(?:[$€£]|euros?|dollars?|pounds?|eur|usd|gbp))"),
        ("date|when|day", rf"(?i)(\b\d{{1,2}}[./-]\d{{1,2}}(?:[./-]\d{{2,4}})?\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b(?:{_MONTH})[a-z]*\.? \d{{1,2}}\b|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})[a-z]*\b|\b(?:yesterday|today|tomorrow|tonight)\b|\b(?:last|this|on|next) (?:week|month|(?:{_DAY})day)\b|\b(?:\d+|a|two|three|four|five|six|ten) (?:days?|weeks?|months?) ago\b)"),
        ("country", rf"(?i)\b({_COUNTRIES})\b"),
        ("colour|color", rf"(?i)\b({_COLOURS})\b"),
        ("photo|picture|image", r"(?i)\b(attached|attachment|photos?|pictures?|images?|\S+\.(?:jpe?g|png|heic))\b"),
        ("address|street", r"(?i)(\b\d{1,4}[a-z]?,? (?:[A-Z]\w+ ){0,3}(?:street|st|road|rd|avenue|ave|lane|drive|square)\b|\b\w+(?:straße|strasse|str\.|weg|platz|gasse) \d{1,4}[a-z]?)"),
        ("name", r"(?:[Mm]y name is|[Tt]his is|[Nn]ame:|[Rr]egards,?|[Bb]est,?|[Tt]hanks,?)\s+([A-Z][a-z]+(?: [A-Z][a-z]+)?)"),
        ("product|item|article|model|supplement|garment", rf"(?i)[\"“']([^\"”']{{3,40}})[\"”']|\b((?:\w+[ -]){{0,2}}(?:{_PRODUCT}))\b"),
    )
)  # fmt: skip
_YES_OR_NO = re.compile(r"^(?:yes|no|yep|nope|yeah)\b", re.IGNORECASE)


def find_fact(name: str, text: str) -> str:
    """Return the value of the fact `name` in a text, or "" when it is not there."""
    called = set(words(name))
    for names, shape in _SHAPES:
        if called & set(names):
            found = shape.search(text)
            return next((group for group in found.groups() if group), "").strip() if found else ""
    return _find_by_head_noun(name, text)


def _find_by_head_noun(name: str, text: str) -> str:
    """Find a fact of unknown kind: its last word, followed by a value ("batch is B7", "dose: 2 a day")."""
    head = re.escape((words(name) or [""])[-1][:5])
    found = re.search(
        rf"(?i)\b{head}\w*\s*(?:is|was|are|:|=|of|-)?\s*(\S*\d\S*|[\"“][^\"”]+[\"”])", text
    )
    if found is None:
        found = re.search(rf"(?i)\b{head}\w*\s*(?:is|was|are|:|=)\s+(?:the |a |an )?([\w-]+)", text)
    return found.group(1).rstrip(".,;!?") if found else ""


def find_facts(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Return the values of those facts that are in the texts, the first mention of each."""
    found: dict[str, str] = {}
    for name in names:
        value = next(filter(None, (find_fact(name, text) for text in texts)), "")
        if value:
            found[name] = value
    return found


def asks_for(name: str, text: str) -> bool:
    """Whether a message asks the customer for the fact `name`."""
    if "?" not in text and "please" not in text.lower():
        return False
    heads = {stem(word) for word in words(name)}
    return heads <= {stem(word) for word in words(text)}
