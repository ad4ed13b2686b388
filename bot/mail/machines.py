"""Recognises mail that wants no answer: auto-replies, bounces, no-reply senders, acknowledgements.

Zendesk marks what it recognises; much of it comes unmarked (out-of-office notes, bounces, and what another company's
desk sends for every mail of ours). A sender's address is proof enough. Words are weighed: one phrase is no machine, for
customers write about absences, bounces and tickets too. Whoever asks something, or speaks of what a desk is there for,
is answered.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_FLAGS = re.IGNORECASE
_COLON = re.compile(r"[:：]")
_LONGEST = 3_000
_ENOUGH = 2
_PLENTY = 3


class Machine(StrEnum):
    """What kind of machine wrote; also what the metric counts. A calendar's answer and a receipt are auto-replies."""

    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    NO_REPLY = "no_reply"
    ACKNOWLEDGEMENT = "acknowledgement"
    CALL = "call"


def _one_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), _FLAGS)


_DAEMON = _one_of(r"(?:mailer|mail)[-_.]?daemon", r"postmaster", r"bounces?(?:[-+_=.].*)?", r"(?:.*[-+_=.])?bounces?")
_NO_REPLY = _one_of(
    r"(?:^|[-+_.])(?:no|do[-_.]?not|dont|never)[-_.]?(?:reply|replies|respond|answer)(?:$|[-+_.\d])",
    r"(?:^|[-+_.])ne[-_.]?pas[-_.]?r[eé]pondre(?:$|[-+_.\d])",
    r"(?:^|[-+_.])no[-_.]?(?:responder|contestar|responda|conteste)(?:$|[-+_.\d])",
    r"(?:^|[-+_.])(?:bitte[-_.]?)?nicht[-_.]?(?:antworten|beantworten)(?:$|[-+_.\d])",
    r"(?:^|[-+_.])keine[-_.]?antwort(?:$|[-+_.\d])", r"(?:^|[-+_.])non[-_.]?rispondere(?:$|[-+_.\d])",
    r"(?:^|[-+_.])niet[-_.]?beantwoorden(?:$|[-+_.\d])", r"(?:^|[-+_.])auto[-_.]?(?:reply|responder|response)(?:$|[-+_.\d])",
)  # fmt: skip

_ELSEWHERE = (
    r"odpowiedź automatyczna", r"automatyczna odpowiedź", r"automatick[áé] odpoveď", r"automatická odpověď",
    r"automaattinen vastaus", r"automatikus válasz", r"răspuns automat", r"otomatik yanıt", r"автоматический ответ",
    r"автоматична відповідь", r"автоматичен отговор", r"αυτόματη απάντηση", r"automatski odgovor", r"samodejni odgovor",
    r"自動返信", r"自動応答", r"自动答复", r"自动回复", r"自動回覆", r"자동 ?(?:회신|응답)", r"תשובה אוטומטית", r"رد تلقائي",
)  # fmt: skip
"""What mail programs write in front of a subject, in more languages than texts are weighed in."""

_HEADED = _one_of(
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer)", r"auto", r"out of (?:the )?office(?: (?:auto)?reply)?",
    r"away from (?:the )?office", r"vacation (?:reply|response)", r"automatische (?:antwort|rückantwort)",
    r"abwesenheits(?:notiz|meldung|assistent|nachricht|agent|info)", r"abwesend", r"réponse automatique",
    r"(?:message|notification) d'absence", r"absence(?: du bureau)?", r"absent du bureau", r"respuesta automática",
    r"fuera de (?:la )?oficina", r"ausencia(?: de la oficina)?", r"risposta automatica", r"fuori (?:sede|ufficio)",
    r"automatisch antwoord", r"afwezig(?:heid)?", r"resposta automática", r"autosvar", r"automatiskt? svar",
    *_ELSEWHERE,
)  # fmt: skip
_SURELY_HEADED = _one_of(
    r"auto(?:matic|mated)?[- ]?(?:reply|response)", r"automatische (?:antwort|rückantwort)", r"abwesenheits(?:notiz|meldung)",
    r"réponse automatique", r"respuesta automática", r"risposta automatica", r"automatisch antwoord", r"resposta automática",
    r"automatiskt? svar", r"autosvar", *_ELSEWHERE,
)  # fmt: skip
"""What only mail programs write in front of the subject that they answer."""

_CALENDAR = _one_of(
    r"(?:accepted|declined|tentative(?:ly accepted)?|canceled|cancelled|new time proposed)", r"(?:zugesagt|abgesagt|abgelehnt)",
    r"(?:mit vorbehalt|neue uhrzeit vorgeschlagen)", r"(?:accepté|refusé|provisoire|annulé)e?", r"(?:aceptad|rechazad|cancelad)[oa]",
    r"(?:accettato|rifiutato|provvisorio|annullato)", r"(?:geaccepteerd|geweigerd|afgewezen|voorlopig)",
)  # fmt: skip
_INVITED = _one_of(
    r"\bhas (?:tentatively )?(?:accepted|declined|cancell?ed) (?:this|the|your) (?:invitation|meeting|event)\b",
    r"\bhat (?:diese|die|ihre) (?:einladung|besprechung)\b.{0,40}\b(?:angenommen|abgelehnt|zugesagt)",
    r"\ba (?:accepté|refusé|décliné) (?:cette|l'|votre) ?invitation\b", r"\bha (?:aceptado|rechazado) (?:esta|la) invitación\b",
    r"\bwhen: .{3,120}\bwhere: ", r"\bwann: .{3,120}\bwo: ",
)  # fmt: skip
_RECEIPT = _one_of(
    r"\byour message\b.{0,400}\bwas (?:read|deleted without being read|displayed) on\b",
    r"\bihre nachricht\b.{0,400}\bwurde am\b.{0,80}\b(?:gelesen|ungelesen gelöscht)", r"\bthis is a (?:return|read) receipt\b",
    r"\b(?:dies ist eine|dies ist die) (?:empfangs|lese)bestätigung\b", r"\bvotre message\b.{0,400}\ba été lu le\b",
    r"\bsu mensaje\b.{0,400}\b(?:fue|ha sido) leído\b",
)  # fmt: skip
"""https://www.rfc-editor.org/rfc/rfc8098 and what Outlook writes."""

_ABSENT = _one_of(
    r"\bout of (?:the |my )?office\b", r"\baway from (?:the |my )?(?:office|desk|e-?mails?)\b",
    r"\bon (?:\w+ )?(?:leave|vacation|holiday)\b", r"\bnicht (?:im|in meinem) (?:büro|haus|hause)\b",
    r"\b(?:im|in) urlaub\b", r"\bin elternzeit\b", r"\b(?:bin|nicht) (?:\w+ ){0,4}(?:abwesend|erreichbar)\b",
    r"\babsente?(?: du bureau)?\b.*\bjusqu", r"\babsente?\(?e?\)? du bureau\b", r"\ben (?:congés?|vacances)\b",
    r"\bde retour (?:le|au bureau)\b", r"\bfuera de (?:la |mi )?oficina\b", r"\bde vacaciones\b", r"\bestaré ausente\b",
    r"\bfuori (?:sede|ufficio)\b", r"\bin ferie\b", r"\bafwezig\b", r"\bniet (?:op kantoor|aanwezig)\b",
)  # fmt: skip
_LATER = _one_of(
    r"\b(?:no|limited|without|only occasional|intermittent) access to (?:my |the )?(?:e-?mails?|inbox)",
    r"\bwill (?:read|reply|respond|answer|get back|return)\b.*\b(?:when|upon|after|once|as soon as|on my return|back)\b",
    r"\b(?:urgent|emergency|immediate)\b.*\b(?:contact|call|reach|e-?mail)\b", r"\buntil (?:my return|further notice)\b",
    r"\b(?:nicht|keinen zugriff)\b.*\b(?:weitergeleitet|gelesen|zugriff auf (?:meine )?e-?mails)",
    r"\bkeinen zugriff auf\b.*\b(?:e-?mails?|postfach)", r"\b(?:ab dem|nach meiner rückkehr|wieder (?:erreichbar|da))\b",
    r"\bin dringenden (?:fällen|angelegenheiten)\b", r"\bwende(?:n sie sich| dich) (?:bitte )?an\b",
    r"\b(?:à|dès) mon retour\b", r"\bcas d'urgence\b", r"\bpas (?:d')?accès à (?:mes|ma)\b", r"\burgence\b.*\bcontact",
    r"\b(?:a|cuando) (?:mi regreso|regrese|vuelva)\b", r"\bcaso (?:de )?urgen", r"\bsin acceso (?:a|al) (?:mi )?correo",
    r"\bal mio (?:ritorno|rientro)\b", r"\bin caso di urgenza\b", r"\bbij terugkomst\b", r"\bvoor dringende zaken\b",
)  # fmt: skip
_POLITE = _one_of(
    r"(?:many )?(?:thanks|thank you) for (?:your|the) (?:e-?mail|mail|message|inquiry|enquiry)",
    r"(?:vielen |herzlichen |besten )?dank für (?:ihre|deine|die) (?:e-?mail|mail|nachricht|anfrage)",
    r"merci (?:pour|de) votre (?:e-?mail|mail|message|courriel)", r"(?:muchas )?gracias por (?:su|tu) (?:mensaje|correo)",
    r"grazie per (?:la tua|il tuo|la sua|il suo) (?:e-?mail|messaggio)", r"bedankt voor (?:uw|je) (?:e-?mail|bericht)",
)  # fmt: skip
_AUTOMATIC = _one_of(
    r"\bthis (?:is|was) an? auto(?:mated|matic|matically|-)\W?(?:generated )?(?:generated |system )?"
    r"(?:message|e-?mail|mail|reply|response|notification)",
    r"\bthis (?:message|e-?mail|mail|notification) (?:is|was|has been) (?:sent |generated )?automat",
    r"\b(?:do not|don't) (?:reply|respond) (?:directly )?to this (?:e-?mail|mail|message|address|notification)",
    r"\bdies(?:e|es)? (?:e-?mail|nachricht|mail|ist eine) (?:wurde |ist )?automatisch\w*",
    r"\bautomatisch (?:generierte|erstellte|erzeugte|versandte) (?:e-?mail|nachricht|mail|antwort)",
    r"\bantworten sie (?:bitte )?nicht auf diese",
    r"\b(?:ce|cet|ceci est un) (?:message|e-?mail|courriel)\b.{0,30}\bautomati", r"\bpas répondre à ce(?:t)? (?:message|e-?m)",
    r"\b(?:este|este es un) (?:mensaje|correo)\b.{0,40}\bautomátic", r"\bno responda (?:a|al) (?:este|presente)",
    r"\bquest[oa] (?:è un )?(?:messaggio|e-?mail)\b.{0,30}\bautomatic", r"\bnon rispondere a quest",
    r"\bdit is een automatisch", r"\bniet (?:op deze|te antwoorden)\b",
)  # fmt: skip

_THING = r"(?:request|ticket|inquiry|enquiry|case|message|e-?mail|query|question)"
_RECEIVED = _one_of(
    rf"\byour (?:support )?{_THING}\b.{{0,40}}\b(?:has been|was|is being|have been) (?:\w+ )?"
    r"(?:received|created|opened|logged|registered|submitted|assigned|processed|reviewed)",
    rf"\bwe(?: have|'ve)? (?:just |successfully )?(?:received|got|gotten) your (?:support )?{_THING}",
    r"\b(?:a|new) (?:support )?(?:ticket|case)\b.{0,30}\b(?:has been|was) (?:created|opened)",
    r"\b(?:ihre|deine) (?:anfrage|nachricht|e-?mail|supportanfrage|mail)\b.{0,60}\b(?:erhalten|eingegangen|empfangen|erfasst)",
    r"\b(?:haben|wurde)\b.{0,20}\b(?:ihre|deine) (?:anfrage|nachricht|e-?mail)\b.{0,40}\b(?:erhalten|erstellt|eingegangen)",
    r"\b(?:ihr )?ticket\b.{0,40}\b(?:wurde|ist) (?:\w+ )?(?:erstellt|eröffnet|angelegt)",
    r"\bvotre (?:demande|message|ticket|courriel)\b.{0,40}\b(?:reçue?|enregistrée?|créée?|prise? en compte)",
    r"\bavons (?:bien )?reçu votre (?:demande|message|courriel|e-?mail)",
    r"\bsu (?:solicitud|mensaje|consulta|ticket|correo)\b.{0,40}\b(?:recibid[oa]|cread[oa]|registrad[oa])",
    r"\bhemos recibido su (?:solicitud|mensaje|consulta|correo)",
    r"\bla (?:tua|sua) (?:richiesta|segnalazione)\b.{0,40}\b(?:ricevuta|creata|registrata)",
    r"\buw (?:aanvraag|bericht|verzoek)\b.{0,40}\b(?:ontvangen|geregistreerd)",
)  # fmt: skip
_REFERENCE = _one_of(
    r"[#\[(]\s?#?[A-Z]{0,6}-?\d{3,}", r"\b(?:ticket|case|reference|request|vorgangs?|ticket-?|fall)\s?(?:number|no\.?|nummer|"
    r"id|nr\.?)\b", r"\bnuméro de (?:ticket|dossier|demande)", r"\bnúmero de (?:ticket|caso|solicitud)",
)  # fmt: skip
_REPLY_HERE = _one_of(
    r"\badd (?:additional |more |further )?(?:comments|information)\b", r"\b(?:reply|respond|replying) to this (?:e-?mail|mess)",
    r"\bview (?:your |this )?(?:request|ticket|case)\b ?[:·]?",
    r"\b(?:antworten sie|auf diese e-?mail antworten)\b", r"\bweitere (?:kommentare|informationen) hinzu",
    r"\brépond(?:ez|re|ant) (?:simplement )?à ce(?:t)? (?:e-?mail|courriel|message)", r"\bajouter (?:des|d'autres) comment",
    r"\brespond(?:a|er|iendo) a este (?:correo|mensaje)", r"\bañadir (?:más )?comentarios", r"\brispond\w+ a questa e-?mail",
)  # fmt: skip
_WILL_ANSWER = _one_of(
    r"\bget back to you\b", r"\b(?:reviewed|handled|looked at) by (?:our|the) (?:support|team|staff)",
    r"\b(?:our|the) (?:support )?(?:team|staff|agents?) (?:will|is|are)\b", r"\bwe (?:will|aim to|usually|try to)"
    r" (?:respond|reply|answer|contact you)", r"\bwithin (?:the next )?\d+ (?:\w+ )?(?:hours?|days?)\b",
    r"\bunser (?:support|team|kundenservice)\b", r"\b(?:schnellstmöglich|so schnell wie möglich|in kürze|umgehend)\b",
    r"\bmelden uns\b", r"\bbearbeit(?:et|en|ung)\b", r"\bdans les (?:plus brefs délais|meilleurs délais)",
    r"\bnotre (?:équipe|service)\b", r"\bnuestro (?:equipo|servicio)\b", r"\b(?:lo antes posible|a la brevedad)\b",
    r"\bil nostro (?:team|staff)\b", r"\bzo snel mogelijk\b", r"\bons team\b",
)  # fmt: skip
_CONTACTED = _one_of(
    r"\bthank(?:s| you) for (?:contacting|reaching out|getting in touch|writing to)\b",
    r"\b(?:dank|danke), dass sie (?:uns|sich)\b", r"\bdank für ihre (?:anfrage|kontaktaufnahme)",
    r"\bmerci de (?:nous avoir contacté|votre demande)", r"\bgracias por (?:contactar|ponerse en contacto|comunicarse)",
    r"\bgrazie per averci contattato", r"\bbedankt voor (?:het contact|uw bericht|uw aanvraag)",
)  # fmt: skip

_BOUNCED = (
    _one_of(
        r"\bdelivery status notification\b", r"\bmail delivery (?:failed|failure|subsystem|system)\b",
        r"\breturned mail\b", r"\bundelivered mail returned\b", r"\bfailure notice\b", r"\bundeliverable\b", r"\bunzustellbar\b",
        r"\bnicht zustellbar\b", r"\bnon[- ]remis\b", r"\béchec de (?:la )?remise\b", r"\bno se puede entregar\b",
        r"\bno entregado\b", r"\bmancat[oa] (?:recapito|consegna)\b", r"\bonbestelbaar\b",
    ),
    re.compile(r"^final-recipient: ?rfc822|\bfinal-recipient: ", _FLAGS | re.MULTILINE),
    re.compile(r"\baction: failed\b", _FLAGS),
    re.compile(r"\bdiagnostic-code: |\b5[0-9]{2}[ -]5\.\d\.\d|\bstatus: 5\.\d\.\d", _FLAGS),
    _one_of(
        r"\byour (?:message|e-?mail|mail)\b.{0,80}\b(?:wasn't|was not|couldn't|could not|cannot)( be)? delivered",
        r"\bihre (?:nachricht|e-?mail)\b.{0,120}\bnicht zugestellt", r"\bvotre (?:message|courriel|e-?mail)\b.{0,80}\bpas "
        r"(?:pu )?être (?:remis|distribué|livré)", r"\bsu (?:mensaje|correo)\b.{0,80}\bno (?:se )?(?:pudo|ha podido|puede)",
        r"\bmessage that you sent could not be delivered", r"\bautomatically by mail delivery software\b",
        r"\baddress not found\b", r"\brecipient address rejected\b", r"\badresse introuvable\b", r"\bmailbox (?:is )?full\b",
    ),
)  # fmt: skip

_I_SAY = _one_of(
    r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine)\b", r"\b(?:ich|mir|mich|mein\w{0,2})\b", r"\b(?:je|moi|mon|ma|mes)\b", r"\bj'",
    r"\b(?:yo|mi|mis|quiero|necesito|tengo)\b",
)  # fmt: skip
_OUR_BUSINESS = _one_of(
    r"\b(?:order|parcel|package|deliver\w*|ship\w*|refund\w*|cancel\w*|invoice|subscription|account|plan|seat|flight)\b",
    r"\b(?:bestell\w+|paket\w*|liefer\w+|versand|erstatt\w+|storn\w+|kündig\w+|rechnung\w*|konto|abo)\b",
    r"\b(?:commande|colis|livr\w+|rembours\w+|annul\w+|facture|abonnement|compte)\b",
    r"\bplease\b(?! (?:contact|call|reach|e-?mail|write|note|be |allow|expect|direct|get in|send (?:an|your) e|refer|see|"
    r"visit|use|forward|leave|reply|respond))",
    r"\bbitte\b(?! (?:an |wende|kontakt|ruf|schreib|beacht|haben|richte|sende))", r"\bticket (?:open|offen|ouvert|abierto)\b",
    r"\b(?:pedido|paquete|entreg\w+|env[ií]\w+|reembols\w+|cancel\w+|factura|suscripción|cuenta)\b",
)  # fmt: skip


@dataclass(frozen=True)
class _Words:
    """What a mail says, as it is weighed.

    Args:
        first_line: where machines put their heading when they keep the subject.
    """

    subject: str
    text: str
    first_line: str

    @classmethod
    def of(cls, own: str, subject: str) -> "_Words":
        text = " ".join(own.replace("’", "'").split())[:_LONGEST]
        first_line = own.strip().partition("\n")[0].strip()
        return cls(" ".join(subject.split()), text, first_line)

    @property
    def asks(self) -> bool:
        return "?" in self.text or "?" in self.subject

    @property
    def is_personal(self) -> bool:
        return self.asks or _I_SAY.search(self.text) is not None

    @property
    def is_our_business(self) -> bool:
        return _OUR_BUSINESS.search(self.text) is not None

    @property
    def signs_of_absence(self) -> int:
        beginning = self.text[:200]
        found = (_ABSENT.search(self.text), _LATER.search(self.text), _POLITE.search(beginning))
        return sum(match is not None for match in found)

    @property
    def is_headed(self) -> bool:
        return _is_heading(self.subject) or _is_heading(self.first_line)

    @property
    def is_surely_headed(self) -> bool:
        has_heading = _SURELY_HEADED.match(self.subject) and _COLON.search(self.subject)
        return has_heading is not None and "?" not in self.subject


def machine_behind(own: str, sender: str = "", subject: str = "") -> Machine | None:
    """Return what kind of machine wrote a mail, None for a person.

    Args:
        own: the mail's own words.
        sender: its address, empty where it is unknown.
        subject: of the mail that began the ticket, empty for any other.
    """
    words = _Words.of(own, subject)
    local = sender.strip().casefold().rpartition("@")[0]
    if _DAEMON.fullmatch(local):
        return Machine.BOUNCE
    if _NO_REPLY.search(local):
        return Machine.NO_REPLY
    if _is_absence(words) or _is_program(words):
        return Machine.AUTO_REPLY
    if _is_bounce(words):
        return Machine.BOUNCE
    if _is_acknowledgement(words):
        return Machine.ACKNOWLEDGEMENT
    return Machine.NO_REPLY if _AUTOMATIC.search(words.text) and not words.is_personal else None


def _is_absence(words: _Words) -> bool:
    is_for_us = words.asks and words.is_our_business
    if words.is_surely_headed:
        return not is_for_us
    if words.is_headed:
        return _is_headed_absence(words)
    if is_for_us:
        return False

    # "Anything urgent? Please ask my colleague" is what machines ask.
    enough = _PLENTY if words.asks or words.is_our_business else _ENOUGH
    return _ABSENT.search(words.text) is not None and words.signs_of_absence >= enough


def _is_headed_absence(words: _Words) -> bool:
    enough = _ENOUGH if words.asks else 1
    if words.signs_of_absence >= enough:
        return True
    return not (words.asks or words.is_our_business)


def _is_program(words: _Words) -> bool:
    """Whether a calendar or a mail program answered for somebody, who added nothing of their own."""
    if words.is_personal:
        return False
    head, colon, _ = words.subject.partition(":")
    answered = bool(colon and _CALENDAR.fullmatch(head.strip())) and not words.is_our_business
    return answered or bool(_INVITED.search(words.text) or _RECEIPT.search(words.text))


def _is_heading(line: str) -> bool:
    """A machine's heading ends in a colon, or is all that stands there; "Automatic reply to my ticket" is neither."""
    match = _HEADED.match(line)
    return match is not None and line[match.end() :].lstrip()[:1] in {"", ":", "：", "!", "-", "–"} and "?" not in line


def _is_bounce(words: _Words) -> bool:
    text = f"{words.subject}\n{words.text}"
    found = sum(1 for sign in _BOUNCED if sign.search(text))
    return found >= (_PLENTY if words.is_personal else _ENOUGH)


def _is_acknowledgement(words: _Words) -> bool:
    signs = (_RECEIVED, _REFERENCE, _REPLY_HERE, _WILL_ANSWER, _CONTACTED)
    found = sum(1 for sign in signs if sign.search(words.text))
    if not (_RECEIVED.search(words.text) or _CONTACTED.search(words.text)):
        return False
    return found >= (_PLENTY + 1 if words.is_personal else _ENOUGH)
