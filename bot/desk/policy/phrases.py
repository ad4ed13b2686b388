"""Recognises rule phrases, a plain yes or no, and thanks in a customer's words, without a model."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from bot.mail.own_words import own_words

_LONGEST_THANKS = 16  # words; also bounds what a hostile text can make the patterns try
_LONGEST_ANSWER = 6  # words of a plain yes or no
_EMOJI = re.compile(r"(?<!\d):[^\s:<>]{1,100}:|[\U0001F3FB-\U0001F3FF\uFE0F]")
"""Slack sends an emoji of its picker as `:name:`, whatever the name: workspaces make their own.
https://docs.slack.dev/messaging/formatting-message-text"""
_THUMBS_UP = re.compile(r":(?:\+1|thumbs_?up):|\N{THUMBS UP SIGN}")
_REFUSING = re.compile(
    r":(?:-1|thumbs_?down|x|no_good|no_entry|no_entry_sign|octagonal_sign|raised_hand):"
    r"|[\N{THUMBS DOWN SIGN}\N{CROSS MARK}\N{NO ENTRY}\N{NO ENTRY SIGN}\N{OCTAGONAL SIGN}\N{RAISED HAND}]"
    r"|[\N{FACE WITH NO GOOD GESTURE}]"
)
_NOT_WORDS = re.compile(r"[^\w\s']+", re.UNICODE)

# One row per language: what may stand around a thanks, and the thanks itself. All without accents.
_AROUND = {
    "en": r"ok(?:ay)?|great|perfect|awesome|cool|excellent|wonderful|amazing|brilliant|super|nice|good|"
    r"al(?:l )?right|got it|i see|yes|yep|yeah|understood|all good|(?:it|this|that) (?:works?|worked|helps?|helped)"
    r"(?: now| a lot)?|works(?: now)?|that(?:'?s| is) (?:great|perfect|it|helpful|good|what i needed)|"
    r"(?:no )?that(?:'?s| is) all(?: i needed)?|"
    r"for (?:the|your|all your|all the)(?: quick| fast| kind)? "
    r"(?:help|support|answer|info|information|reply|response|assistance|time|update|clarification)|"
    r"for (?:helping|explaining|clarifying)|again|all|everyone|team|so much|very much|a lot|a million|"
    r"have a (?:nice|great|good|lovely) (?:day|one|evening|weekend)|bye|goodbye|you too|"
    r"you'?ve been (?:very |really |so )?(?:helpful|great)|very helpful|really|appreciated",
    "de": r"ok(?:ay)?|super|perfekt|toll|prima|alles klar|klasse|gut|sehr gut|wunderbar|ja|verstanden|"
    r"das war'?s|das hilft(?: mir)?(?: sehr)?|das hat geholfen|jetzt geht'?s|es funktioniert(?: jetzt)?|"
    r"fur (?:die|ihre|deine|eure)(?: schnelle)? (?:hilfe|antwort|info|auskunft|unterstutzung)|"
    r"sehr|im voraus nochmals|nochmals?|schon|schones wochenende|schonen tag(?: noch)?|tschuss|bis bald",
    "fr": r"ok|super|parfait|genial|tres bien|d'accord|excellent|c'est (?:parfait|bon|note)|ca marche|oui|"
    r"beaucoup|bien|infiniment|encore|a vous|a toi|c'est tout|au revoir|bonne (?:journee|soiree)|"
    r"pour (?:votre|ton|l'|la|cette) ?(?:aide|reponse|info|information|rapidite)(?: rapide)?",
    "es": r"ok|vale|perfecto|genial|excelente|muy bien|de acuerdo|si|entendido|eso es todo|por todo|"
    r"(?:ya )?funciona|muy amable|de nuevo|adios|buen dia|hasta luego|que tenga buen dia|"
    r"por (?:su|tu|la|vuestra) (?:ayuda|respuesta|informacion|atencion)(?: rapida)?",
}
_THANKS = {
    "en": r"many thanks|thanks|thank (?:you|u)|thx|tysm|ty|cheers|much appreciated|(?:i )?(?:really )?appreciate it",
    "de": r"vielen(?: lieben)? dank|besten dank|herzlichen dank|tausend dank|lieben dank|danke(?:schon)?|dank",
    "fr": r"(?:un grand |mille )?mercis?|je vous remercie",
    "es": r"(?:muchas |muchisimas |mil )?gracias|te lo agradezco|se lo agradezco",
}
# The whole message, without accents; each row also takes the words in any order and repeated.
_YES = {
    "en": r"yes|yeah|yep|yup|sure|ok|okay|please|please do|do it|do that|go ahead|go for it|(?:i )?confirm|confirmed|"
    r"agreed|i agree|correct|that(?:'?s| is) (?:right|correct|fine|ok|okay)|absolutely|definitely|of course|"
    r"sounds good|yes i do|i do|thanks|thank you|many thanks(?: in advance)?|"
    r"thanks (?:a lot|in advance|so much)|thank you (?:very much|so much|in advance)",
    "de": r"ja|jawohl|jep|klar|gerne|bitte|ja bitte|mach das|machen sie das|bestatige|ich bestatige|bestatigt|"
    r"einverstanden|in ordnung|genau|richtig|okay|ok|danke|vielen dank|"
    r"besten dank|danke im voraus|danke schon",
    "fr": r"oui|ouais|d'accord|ok|okay|s'il (?:vous|te) plait|allez y|je confirme|confirme|bien sur|parfait|exact|"
    r"volontiers|merci|merci beaucoup|merci d'avance",
    "es": r"si|claro|vale|ok|okay|de acuerdo|por favor|adelante|confirmo|confirmado|correcto|por supuesto|hazlo|"
    r"hagalo|gracias|muchas gracias|gracias de antemano",
}
_MEANS_YES = {  # of these one has to be there: "thanks" or "please" alone agrees to nothing
    "en": r"yes|yeah|yep|yup|sure|ok|okay|do it|do that|go ahead|go for it|confirm|confirmed|agreed|i agree|correct|"
    r"right|fine|absolutely|definitely|of course|sounds good|please do|i do",
    "de": r"ja|jawohl|jep|klar|gerne|mach das|machen sie das|bestatige|bestatigt|einverstanden|in ordnung|genau|"
    r"richtig|ok|okay",
    "fr": r"oui|ouais|d'accord|ok|okay|allez y|confirme|bien sur|parfait|exact|volontiers",
    "es": r"si|claro|vale|ok|okay|de acuerdo|adelante|confirmo|confirmado|correcto|por supuesto|hazlo|hagalo",
}
_NO = {
    "en": r"no|nope|nah|no thanks|no thank you|don'?t|do not|please don'?t|cancel that|stop|never ?mind|not now|"
    r"forget it|i changed my mind|thanks|thank you|please",
    "de": r"nein|nee|ne|nein danke|lieber nicht|doch nicht|bitte nicht|nicht|stopp|abbrechen|vergiss es|danke",
    "fr": r"non|non merci|pas maintenant|laissez tomber|annulez|surtout pas|merci",
    "es": r"no|no gracias|ahora no|dejalo|mejor no|cancela|gracias",
}
_MEANS_NO = {
    "en": r"no|nope|nah|don'?t|do not|cancel that|stop|never ?mind|not now|forget it|i changed my mind",
    "de": r"nein|nee|ne|nicht|stopp|abbrechen|vergiss es",
    "fr": r"non|pas maintenant|laissez tomber|annulez|surtout pas",
    "es": r"no|dejalo|cancela",
}
LANGUAGES = frozenset(_THANKS)
"""Languages whose thanks are understood without a model."""


def plain(text: str) -> str:
    """Return the text as rules read it: lower case, straight apostrophes, single spaces."""
    return " ".join(text.casefold().replace("’", "'").replace("ʼ", "'").split())


@lru_cache(maxsize=512)
def phrase_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern that finds any of a rule's phrases as whole words.

    A phrase may hold alternatives in round brackets, `(speak|talk) to a (manager|human)`, and may end in `*`
    for any ending, `lawsuit*`.

    Raises:
        ValueError: a phrase's brackets do not match.
    """
    try:
        parts = "|".join(_phrase(phrase) for phrase in phrases)
        return re.compile(rf"(?<!\w)(?:{parts})")
    except re.error as error:
        raise ValueError(f"the brackets of a phrase do not match ({error})") from None


def _phrase(phrase: str) -> str:
    words = plain(phrase)
    stem = words.endswith("*")
    escaped = re.sub(r"[^\w\s|()']", lambda match: re.escape(match[0]), words.removesuffix("*"))
    return escaped.replace("(", "(?:").replace(" ", r"\s+") + ("" if stem else r"(?!\w)")


def has_phrase(phrases: tuple[str, ...], text: str) -> bool:
    """Return whether the text holds one of the phrases."""
    return phrase_pattern(phrases).search(plain(text)) is not None


def is_thanks(text: str, languages: Iterable[str]) -> bool:
    """Return whether the whole message is a thanks in one of the languages and asks for nothing.

    Quotations and the signature are not part of the message. "No thanks" declines something and is no plain thanks.
    """
    words = _whole(text, _LONGEST_THANKS)
    return any(_thanks_pattern(language).fullmatch(words) for language in languages if language in LANGUAGES)


def is_yes(text: str, languages: Iterable[str]) -> bool:
    """Return whether the whole message agrees, in one of the languages, and says nothing else.

    A thumbs-up says it without a word; beside a sign that refuses nothing agrees.
    """
    if shows_refusal(text):
        return False
    return _is_only(_THUMBS_UP, _REFUSING, text) or _consists_of(text, _YES, _MEANS_YES, languages)


def is_no(text: str, languages: Iterable[str]) -> bool:
    """Return whether the whole message declines, in one of the languages, and says nothing else."""
    return _is_only(_REFUSING, _THUMBS_UP, text) or _consists_of(text, _NO, _MEANS_NO, languages)


def shows_refusal(text: str) -> bool:
    """Return whether a sign in the text refuses, whatever its words say."""
    return _REFUSING.search(own_words(text)) is not None


def bare(text: str) -> str:
    """Return the text as `plain` does, without accents and marks: its words."""
    return _without_accents(_NOT_WORDS.sub(" ", plain(text)))


def without_emoji(text: str) -> str:
    """Return the text without Slack's `:shortcodes:`, which are no words."""
    return _EMOJI.sub(" ", text)


def _is_only(sign: re.Pattern[str], other: re.Pattern[str], text: str) -> bool:
    """Return whether the message is signs alone, one of them `sign` and none of them the other."""
    said = own_words(text)
    has_words = _NOT_WORDS.sub(" ", without_emoji(said)).strip() or "?" in said
    return not has_words and sign.search(said) is not None and other.search(said) is None


def _consists_of(text: str, table: Mapping[str, str], telling: Mapping[str, str], languages: Iterable[str]) -> bool:
    words = _whole(text, _LONGEST_ANSWER)
    return bool(words) and any(
        re.fullmatch(rf"(?:{table[name]})(?: (?:{table[name]}))*", words)
        and re.search(rf"(?<![\w'])(?:{telling[name]})(?![\w'])", words)
        for name in languages
        if name in LANGUAGES
    )


def _whole(text: str, longest: int) -> str:
    """Return the message's words without marks; empty where it asks something or is longer than `longest` words."""
    said = without_emoji(own_words(text))
    words = bare(said)
    return "" if "?" in said or len(words.split()) > longest else words


@lru_cache(maxsize=8)
def _thanks_pattern(language: str) -> re.Pattern[str]:
    around = rf"(?:(?:{_AROUND[language]}) )*"
    thanks = rf"(?:{_THANKS[language]})"
    closing = rf"(?: (?:{_AROUND[language]}|{_THANKS[language]}))*"
    return re.compile(around + thanks + closing)


_ACCENTS = str.maketrans("äöüáàâéèêëíîïóôúûçñ", "aouaaaeeeeiiioouucn")


def _without_accents(text: str) -> str:
    return " ".join(text.replace("ß", "ss").translate(_ACCENTS).split())
