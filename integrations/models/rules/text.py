"""Reads single lines: significant words, ids, days, and what a whole message amounts to."""

import re
from unicodedata import category

_WORD = re.compile(r"[a-z]+|\d+")
_ENDINGS = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")
_SHORTEST_STEM = 3
_SAME = {"heav": "weigh", "weight": "weigh", "big": "measur", "size": "measur", "siz": "measur", "baggag": "bag",
         "luggag": "bag", "suitcas": "bag"}  # fmt: skip

_COMMON = frozenset(
    """
    a about after all also am an and any anything are as at be because been before but by can could d did do
    does doing don else find for from get give go got had has have he hello help her here hey hi him his how i
    if in into is isn it its just know let like ll look m make many may me might more most much must my need no
    not now of off oh ok on one only or other our out over please put question re really s say see she should so
    some someone something such t take tell than thank thanks that the their them then there these they thing
    this those time to too try up us ve very want was way we well were what when where which while who why will
    with won would yes yet you your
    """.split()  # noqa: SIM905 (a column of quoted words reads worse)
)

_ID = re.compile(
    r"(?<![\w.@-])#?([A-Za-z]{1,6}[_-]?\d{3,}|(?<=#)\d{3,})(?!\w)|\border (?:number |no\.? )?(\d{3,})\b", re.IGNORECASE
)
_AGO = re.compile(r"\b(\d{1,4}|a|an|one|two|three|four|five|six|eight|ten) (day|week|month|year)s?\b", re.IGNORECASE)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}

_GREETING = re.compile(
    r"(hi|hello|hey|hiya|good (morning|afternoon|evening|day)|greetings|howdy)( there| all| everyone| team)?",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"((ok|okay|great|perfect|cool|awesome|super|got it|good)\W+)*"
    r"(thanks|thank you|thx|cheers|many thanks|much appreciated)"
    r"( (so much|very much|a lot|again|for (your|the) help|that's all|that is all|bye)|\W)*",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(yes|yeah|yep|yup|sure|ok|okay|please( do)?|yes please|go ahead|do it|that would be (great|good))", re.IGNORECASE
)
_NO = re.compile(
    r"(no|nope|nah|no thanks|no thank you|not now|never ?mind|that's all|that is all|nothing else)", re.IGNORECASE
)
_WANTS_HUMAN = re.compile(
    r"\b(speak|talk|chat|connect me|put me through|transfer me|escalate)\b.{0,25}"
    r"\b(human|person|manager|supervisor|someone|somebody|agent|representative|colleague|boss|operator|"
    r"advisor|customer (support|service|care))\b"
    r"|\b(want|need|get me|give me|like)\b.{0,12}\b(human|real person|manager|supervisor|representative|live agent)\b"
    r"|\b(manager|supervisor|human)\b.{0,6}\bplease\b|^\W*(a )?(human|manager|supervisor|agent)\W*$",
    re.IGNORECASE | re.DOTALL,
)
_PUSHES_BACK = re.compile(
    r"\b(exception|unfair|not fair|ridiculous|unacceptable|not acceptable|"
    r"outrageous|never worked|didn'?t work|doesn'?t work|not work\w*|broken|defective|faulty|damaged|"
    r"won'?t let|not good enough|disagree|insist|don'?t care|come on|anyway|still want|not my fault|"
    r"i want my money|demand|there must be|can'?t you|make it right|isn'?t right|not right|wrong)\b",
    re.IGNORECASE,
)
_OBJECTS = re.compile(r"\W*(but|no|so what|seriously|really)\b[^?]*", re.IGNORECASE)
_WHO_ARE_YOU = re.compile(
    r"\bare you (a |an )?(bot|robot|ai|chatbot|human|real|person|machine|computer)|\bwho (are you|am i talking)"
    r"|\bam i (talking|speaking|chatting) (to|with) (a |an )?(bot|robot|ai|human|person|machine)",
    re.IGNORECASE,
)


def stems(text: str) -> frozenset[str]:
    """Return the telling words of a text, without their endings."""
    words = _WORD.findall(text.lower().replace("e-mail", "email").replace("’", "'"))
    return frozenset(_stem(word) for word in words if word not in _COMMON)


def speaks_without_spaces(text: str) -> bool:
    """Return whether a text is in a script whose words these rules cannot tell apart, such as Japanese."""
    return any(category(character) == "Lo" for character in text)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM:
            word = stem
            break
    word = word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word
    return _SAME.get(word, word)


def ids(text: str) -> list[str]:
    """Return what looks like an id of a thing, in the order of the text."""
    return [first or second for first, second in _ID.findall(text)]


def days_ago(text: str) -> int | None:
    """Return how many days ago something was, as the text says it; None where it says nothing."""
    match = _AGO.search(text)
    if match is None:
        return None
    number = match[1].lower()
    return (_NUMBERS.get(number) or int(number)) * _UNIT_DAYS[match[2].lower()]


def is_greeting(text: str) -> bool:
    """Return whether the message greets and says nothing else."""
    return _GREETING.fullmatch(_bare(text)) is not None


def is_thanks(text: str) -> bool:
    """Return whether the message thanks and says nothing else."""
    return _THANKS.fullmatch(_bare(text)) is not None


def is_yes(text: str) -> bool:
    """Return whether the whole message agrees."""
    return _YES.fullmatch(_bare(text).replace(",", "")) is not None


def is_no(text: str) -> bool:
    """Return whether the whole message declines."""
    return _NO.fullmatch(_bare(text).replace(",", "")) is not None


def wants_human(text: str) -> bool:
    """Return whether the customer asks for a person."""
    return _WANTS_HUMAN.search(text) is not None


def pushes_back(text: str) -> bool:
    """Return whether the words do not accept what was said before them."""
    return bool(_PUSHES_BACK.search(text) or _OBJECTS.fullmatch(text))


def asks_who(text: str) -> bool:
    """Return whether the customer asks whom they are talking to."""
    return _WHO_ARE_YOU.search(text) is not None


def shorten(text: str, longest: int) -> str:
    """Return the text on one line, cut at a word with an ellipsis where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rpartition(" ")[0] + "…"


def _bare(text: str) -> str:
    return " ".join(text.replace("’", "'").split()).strip(" .!,:;)(🙂🙏👍😊")
