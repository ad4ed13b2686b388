"""The product's own sentences in the customer's language, where it speaks it: `texts.yml`. Pure.

What a model says it says in the customer's language itself; this is for what code says.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from bot.desk.policy.business_hours import Promise

_SENTENCES = Path(__file__).with_name("texts.yml")

# One and several of each unit, after "within".
_UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "de": {
        "minute": ("Minute", "Minuten"),
        "hour": ("Stunde", "Stunden"),
        "business day": ("Arbeitstag", "Arbeitstagen"),
    },
    "fr": {
        "minute": ("minute", "minutes"),
        "hour": ("heure", "heures"),
        "business day": ("jour ouvré", "jours ouvrés"),
    },
    "es": {"minute": ("minuto", "minutos"), "hour": ("hora", "horas"), "business day": ("día hábil", "días hábiles")},
}
_WITHIN = {"de": "innerhalb von {span}", "fr": "dans un délai de {span}", "es": "en un plazo de {span}"}
_BY = {"de": "bis {day}{date}, {time}", "fr": "d'ici {day}{date} à {time}", "es": "antes del {day}{date} a las {time}"}
_DAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_DATES = {"de": ", {day}.{month}.", "fr": " {day}/{month}", "es": " {day}/{month}"}


def translated(text: str, language: str) -> str:
    """Return one of the product's sentences in a language; in English where it has not got it."""
    return sentences().get(language, {}).get(text, text)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return language → English sentence → the sentence."""
    rows = yaml.safe_load(_SENTENCES.read_text("utf-8"))
    return {language: {row["en"]: row[language] for row in rows} for language in _DAYS}


def promise_told(promise: Promise, language: str) -> str:
    """Return the promised time as it stands in a sentence."""
    if language not in _DAYS:
        return promise.text
    if promise.at is None:
        one, several = _UNITS[language][promise.span.unit]
        amount = promise.span.amount
        return _WITHIN[language].format(span=f"{amount} {one if amount == 1 else several}")
    at = promise.at
    date = "" if promise.is_near else _DATES[language].format(day=at.day, month=at.month)
    return _BY[language].format(day=_DAYS[language][at.weekday()], date=date, time=f"{at:%H:%M %Z}")
