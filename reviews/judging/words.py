"""Words in a customer's messages that call for a person, by language.

Short lists of strong words: a flag costs a person a minute, and a missed threat costs more. A
language without a list of its own is read with the English one.
"""

import re
from functools import lru_cache

ANGRY = {
    "en": (
        "furious|outrageous|disgusting|disgusted|ridiculous|unacceptable|appalling|fed up|"
        "rip[- ]?off|scam|scammers|waste of time|worst (?:service|company|experience)|"
        "so angry|very angry|terrible service|horrible service|"
        "never (?:buying|shopping) (?:here|from you)"
    ),
    "de": "unverschämt|unverschämtheit|wütend|stinksauer|frechheit|abzocke|lächerlich|unzumutbar",
    "fr": "scandaleux|furieux|furieuse|inadmissible|honteux|arnaque|ras[- ]le[- ]bol",
    "es": "indignante|furioso|furiosa|inaceptable|vergonzoso|estafa|harto|harta",
}
LEGAL = {
    "en": (
        "lawyer|attorney|solicitor|lawsuit|sue you|suing|legal action|small claims|court|"
        "consumer protection|ombudsman|trading standards|chargeback|fraud|police|data breach|"
        "gdpr|allergic reaction|anaphyla\\w*|hospital|emergency room|injured|injury|burned me|"
        "poison\\w*|overdose|suicid\\w*|kill myself|self[- ]harm"
    ),
    "de": "anwalt|rechtsanwalt|verklagen|klage|gericht|verbraucherzentrale|anzeige|betrug|polizei|"
    "dsgvo|krankenhaus|verletzt|allergische reaktion|vergiftet|suizid",
    "fr": "avocat|tribunal|plainte|procès|dgccrf|fraude|police|rgpd|hôpital|blessé|blessée|suicide",
    "es": "abogado|demanda|demandar|tribunal|denuncia|fraude|policía|hospital|herido|suicidio",
}
UNHELPED = {
    "en": (
        "(?:did(?:n['’]?t| not)|does(?:n['’]?t| not)) (?:help|answer my question)|not helpful|"
        "not what i asked|wrong answer|that is (?:not true|false)|that['’]?s not true|"
        "still (?:not working|does(?:n['’]?t| not) work)"
    ),
    "de": (
        "hilft (?:mir )?nicht|nicht geholfen|nicht hilfreich|stimmt nicht|falsche antwort|"
        "funktioniert immer noch nicht"
    ),
    "fr": (
        "ne m['’]aide pas|ne m['’]a pas aidée?|pas ma question|c['’]est faux|mauvaise réponse|"
        "ne marche toujours pas"
    ),
    "es": (
        "no me (?:ayuda|ayudó|sirve)|no es lo que pregunté|es falso|respuesta equivocada|"
        "sigue sin funcionar"
    ),
    "it": (
        "non mi (?:aiuta|ha aiutat[oa]|serve)|non è quello che ho chiesto|è falso|"
        "risposta sbagliata|non funziona ancora"
    ),
}
# An order to use a phrase, followed by the phrase in quotation marks; of any language at once,
# because an attack need not be in the customer's. "Your reply", "the print", "you say" are none.
ORDER = re.compile(
    r"""(?<!\w)(?<!your\ )(?<!the\ )(?<!this\ )(?<!(?<!can\ )(?<!could\ )you\ )
        (?:say|reply|answer|respond|write|repeat|print|confirm
        |sage?\ (?:bitte|genau|mir|nur)|antworte|schreibe?|wiederhole
        |dis|dites|réponds|répondez|écris|répète
        |di|responde|escribe|repite|dica|rispondi|scrivi|ripeti)(?!\w)
        [^"“”„«».!?\n]{0,40}["“”„«]\s*([^"“”„«»]{8,300}?)\s*["“”»]""",
    re.IGNORECASE | re.VERBOSE,
)
SHOUTED_LETTERS = 20
SHOUTED_SHARE = 0.8


@lru_cache(maxsize=32)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def _first(lists: dict[str, str], text: str, language: str) -> str:
    code = language[:2].lower()
    for words in dict.fromkeys((lists.get(code, ""), lists["en"])):
        if words and (match := _pattern(words).search(text)):
            return match.group().lower()
    return ""


def angry_words(text: str, language: str = "en") -> str:
    """The first angry expression in the text, or "in capitals" when it is shouted; "" if calm."""
    if found := _first(ANGRY, text, language):
        return found
    letters = [letter for letter in text if letter.isalpha()]
    shouted = sum(letter.isupper() for letter in letters)
    if len(letters) >= SHOUTED_LETTERS and shouted >= SHOUTED_SHARE * len(letters):
        return "in capitals"
    return ""


def legal_words(text: str, language: str = "en") -> str:
    """The first word of law, safety or harm in the text; "" if there is none."""
    return _first(LEGAL, text, language)


def unhelped_words(text: str, language: str = "en") -> str:
    """The first words with which a customer says that an answer did not help; "" if none."""
    return _first(UNHELPED, text, language)


def ordered_phrases(text: str) -> list[str]:
    """What the text orders somebody to say, as it stands between quotation marks."""
    return ORDER.findall(text)
