"""Mail as clients send it: what a customer wrote, and what their client and their company put around it."""

OFFER = "**Refund of 99.99 USD for ord_1001.** Shall I do this? Please answer yes or no."
FOOTER = (
    "This e-mail and any attachments are confidential and may be protected by attorney-client privilege. If you are "
    "not the intended recipient, please notify the sender and delete it. Report suspected fraud to fraud@example.com."
)
AUTHOR = "Sarah Chen"


def marked(text: str) -> str:
    """Return the text as a mail client quotes it."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


OFFER_MARKED = marked(OFFER)

ABOVE = {
    "outlook en": f"\n\nFrom: Acme Support <support@acme.zendesk.com>\nSent: Monday, November 23, 2026 10:02 AM\n"
    f"To: Sarah Chen <sarah.chen@example.com>\nSubject: Re: My order\n\n{OFFER}",
    "outlook en, lined": f"\n\n________________________________\nFrom: Acme Support <support@acme.zendesk.com>\n"
    f"Sent: Monday, November 23, 2026 10:02 AM\nTo: Sarah Chen <sarah.chen@example.com>\nCc: Lee <lee@example.com>\n"
    f"Subject: Re: My order\n\n{OFFER}",
    "outlook en, starred": f"\n\n*From:* Acme Support <support@acme.zendesk.com>\n*Sent:* Monday, November 23, 2026 "
    f"10:02 AM\n*To:* Sarah Chen\n*Subject:* Re: My order\n\n{OFFER}",
    "outlook de": f"\n\nVon: Acme Support <support@acme.zendesk.com>\nGesendet: Montag, 23. November 2026 10:02\n"
    f"An: Sarah Chen <sarah.chen@example.com>\nBetreff: AW: Meine Bestellung\n\n{OFFER}",
    "outlook fr": f"\n\nDe : Acme Support <support@acme.zendesk.com>\nEnvoyé : lundi 23 novembre 2026 10:02\n"
    f"À : Sarah Chen <sarah.chen@example.com>\nObjet : RE: Ma commande\n\n{OFFER}",
    "outlook es": f"\n\nDe: Acme Support <support@acme.zendesk.com>\nEnviado el: lunes, 23 de noviembre de 2026 10:02\n"
    f"Para: Sarah Chen <sarah.chen@example.com>\nAsunto: RE: Mi pedido\n\n{OFFER}",
    "outlook it": f"\n\nDa: Acme Support <support@acme.zendesk.com>\nInviato: lunedì 23 novembre 2026 10:02\n"
    f"A: Sarah Chen <sarah.chen@example.com>\nOggetto: R: Il mio ordine\n\n{OFFER}",
    "outlook, old": f"\n\n-----Original Message-----\nFrom: Acme Support [mailto:support@acme.zendesk.com]\n"
    f"Sent: Monday, November 23, 2026 10:02 AM\nTo: Sarah Chen\nSubject: Re: My order\n\n{OFFER}",
    "outlook de, old": f"\n\n-----Ursprüngliche Nachricht-----\nVon: Acme Support\nGesendet: Montag, 23. November 2026 "
    f"10:02\nAn: Sarah Chen\nBetreff: AW: Meine Bestellung\n\n{OFFER}",
    "outlook mac": f"\n\nFrom: Acme Support <support@acme.zendesk.com>\nDate: Monday, November 23, 2026 at 10:02 AM\n"
    f"To: Sarah Chen <sarah.chen@example.com>\nSubject: Re: My order\n{OFFER}",
    "gmail": f"\n\nOn Mon, Nov 23, 2026 at 10:02 AM Acme Support (Acme) <support@acme.zendesk.com> wrote:\n\n"
    f"{OFFER_MARKED}",
    "gmail, wrapped": "\n\nOn Mon, Nov 23, 2026 at 10:02 AM Acme Support (Acme) <\nsupport@acme.zendesk.com> wrote:\n\n"
    f"{OFFER_MARKED}",
    "gmail, unmarked": f"\n\nOn Mon, Nov 23, 2026 at 10:02 AM Acme Support <support@acme.zendesk.com> wrote:\n\n{OFFER}",
    "gmail de": f"\n\nAm Mo., 23. Nov. 2026 um 10:02 Uhr schrieb Acme Support <\nsupport@acme.zendesk.com>:\n\n"
    f"{OFFER_MARKED}",
    "gmail fr": f"\n\nLe lun. 23 nov. 2026 à 10:02, Acme Support <support@acme.zendesk.com> a\nécrit :\n\n{OFFER_MARKED}",
    "gmail es": f"\n\nEl lun, 23 nov 2026 a las 10:02, Acme Support (<support@acme.zendesk.com>)\nescribió:\n\n"
    f"{OFFER_MARKED}",
    "apple": f"\n\n> On 23 Nov 2026, at 10:02, Acme Support <support@acme.zendesk.com> wrote:\n> \n{OFFER_MARKED}",
    "apple de": f"\n\nAm 23.11.2026 um 10:02 schrieb Acme Support <support@acme.zendesk.com>:\n\n{OFFER}",
    "apple fr": f"\n\nLe 23 nov. 2026 à 10:02, Acme Support <support@acme.zendesk.com> a écrit :\n\n{OFFER}",
    "apple es": f"\n\nEl 23 nov 2026, a las 10:02, Acme Support <support@acme.zendesk.com> escribió:\n\n{OFFER}",
    "apple phone": "\n\nSent from my iPhone\n\nOn Nov 23, 2026, at 10:02 AM, Acme Support <support@acme.zendesk.com> "
    f"wrote:\n\n{OFFER}",
    "thunderbird": f"\n\nOn 11/23/26 10:02, Acme Support wrote:\n{OFFER_MARKED}",
    "thunderbird de": f"\n\nAm 23.11.26 um 10:02 schrieb Acme Support:\n{OFFER_MARKED}",
    "thunderbird fr": f"\n\nLe 23/11/2026 à 10:02, Acme Support a écrit :\n{OFFER_MARKED}",
    "thunderbird it": f"\n\nIl 23/11/2026 10:02, Acme Support ha scritto:\n{OFFER_MARKED}",
    "thunderbird nl": f"\n\nOp 23-11-2026 om 10:02 schreef Acme Support:\n{OFFER_MARKED}",
    "yahoo": "\n\nOn Monday, November 23, 2026 at 10:02:11 AM GMT+1, Acme Support <support@acme.zendesk.com> wrote: \n\n"
    f" {OFFER}",
    "yahoo de": "\n\nAm Montag, 23. November 2026 um 10:02:11 MEZ hat Acme Support <support@acme.zendesk.com> Folgendes "
    f"geschrieben: \n\n {OFFER}",
    "gmx": '\n\nGesendet: Montag, 23. November 2026 um 10:02 Uhr\nVon: "Acme Support" <support@acme.zendesk.com>\n'
    f"An: sarah.chen@example.com\nBetreff: Re: Meine Bestellung\n{OFFER}",
    "k-9": f"\n\n-------- Original Message --------\nFrom: Acme Support <support@acme.zendesk.com>\nSent: November 23, "
    f"2026 10:02:11 AM UTC\nTo: sarah.chen@example.com\nSubject: Re: My order\n\n{OFFER}",
    "proton": f"\n\nSent with Proton Mail secure email.\n\nOn Monday, November 23rd, 2026 at 10:02 AM, Acme Support "
    f"<support@acme.zendesk.com> wrote:\n\n{OFFER_MARKED}",
    "zoho": f"\n\n---- On Mon, 23 Nov 2026 10:02:11 +0000 Acme Support <support@acme.zendesk.com> wrote ----\n\n{OFFER}",
    "gmail, date first": f"\n\n2026-11-23 10:02 GMT+01:00 Acme Support <support@acme.zendesk.com>:\n\n{OFFER_MARKED}",
    "gmail ru": f"\n\nпн, 23 нояб. 2026 г. в 10:02, Acme Support <support@acme.zendesk.com>:\n\n{OFFER_MARKED}",
    "zendesk": f"\n\n##- Please type your reply above this line -##\n\n{OFFER}",
    "marks alone": f"\n\n{OFFER_MARKED}",
}
"""What stands below an answer that was written on top, by client."""

BELOW = {
    "gmail": "On Mon, Nov 23, 2026 at 10:02 AM Acme Support (Acme) <\nsupport@acme.zendesk.com> wrote:\n\n"
    f"{OFFER_MARKED}\n\n",
    "thunderbird de": f"Am 23.11.26 um 10:02 schrieb Acme Support:\n{OFFER_MARKED}\n\n",
    "mutt": f"On Mon, Nov 23, 2026 at 10:02:11AM +0000, Acme Support wrote:\n{OFFER_MARKED}\n\n",
    "marks alone": f"{OFFER_MARKED}\n\n",
}
"""What stands above an answer that was written below."""

SIGNED = {
    "regards": "\n\nBest regards,\nSarah",
    "name alone": "\n\nSarah",
    "whole name": "\n\nSarah Chen",
    "name below": "\nSarah",
    "thanks": "\n\nThanks,\nSarah",
    "block": "\n\nKind regards\n\nSarah Chen\nHead of Purchasing\nExample LLP\n1 Main Street, Springfield\nT +1 555 0100 | "
    f"sarah.chen@example.com\nwww.example.com\n\n{FOOTER}",
    "dashes": f"\n\n-- \nSarah Chen\nExample LLP\n\n{FOOTER}",
    "outlook for ios": "\n\nGet Outlook for iOS<https://aka.ms/o0ukef>",
    "outlook für ios": "\n\nOutlook für iOS beziehen<https://aka.ms/o0ukef>",
    "outlook pour ios": "\n\nTélécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "iphone": "\n\nSent from my iPhone",
    "iphone de": "\n\nVon meinem iPhone gesendet",
    "iphone fr": "\n\nEnvoyé de mon iPhone",
    "iphone es": "\n\nEnviado desde mi iPhone",
    "yahoo app": "\n\nSent from Yahoo Mail for iPhone",
    "gmx app": "\n\n--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
    "samsung": "\n\nSent from my Galaxy",
    "de": "\n\nMit freundlichen Grüßen\nSarah Chen\n\nBeispiel GmbH, Musterstraße 1, 12345 Musterstadt\nGeschäftsführer: "
    "Max Mustermann, Amtsgericht Musterstadt, HRB 4711\nDiese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht "
    "der richtige Adressat sind, informieren Sie bitte den Absender.",
    "de, short": "\n\nViele Grüße\nSarah",
    "fr": "\n\nCordialement,\nSarah Chen\n\nCe message et ses pièces jointes sont confidentiels et destinés "
    "exclusivement à leur destinataire.",
    "es": "\n\nUn saludo,\nSarah Chen\n\nEste mensaje y sus archivos adjuntos son confidenciales y van dirigidos "
    "exclusivamente a su destinatario.",
    "attorney": "\n\nSarah Chen\nExample LLP\n\nThis e-mail may contain information protected by attorney-client "
    "privilege.",
    "bank": "\n\nSarah Chen | Example Bank\nStop fraud: we never ask for your password by e-mail.",
    "green": "\n\nBest,\nSarah\n\nPlease consider the environment: do you really need to print this e-mail?",
    "logo": "\n\nBest regards,\n\nSarah Chen\n[image: Example]\nwww.example.com\n\n[cid:image001.png@01D9]",
    "thanks and regards": "\n\nThanks & Regards\nSarah Chen",
    "bank plc": "\n\nKind regards,\n\nSarah Chen\nHead of Fraud Prevention\nExample Bank plc",
    "counsel": "\n\nBest regards\nSarah Chen\nSenior Counsel\n\nExample Corp | Legal Department | We win lawsuits for you",
    "lawyers": "\n\nSarah\n--\nExample Legal Department\nLawyers for everyone",
    "i. A.": "\n\nMit besten Grüßen aus Berlin\n\ni. A. Sarah Chen\nVertrieb\nBeispiel GmbH\nTel.: 030 123456",
    "achats": "\n\nBien cordialement,\n\nSarah CHEN\nResponsable achats\n06 12 34 56 78",
    "pt": "\n\nAtenciosamente,\nSarah Chen\nFraud Analyst\n\nEsta mensagem é confidencial. Stop fraud.",
    "pl": "\n\nZ poważaniem\nSarah Chen\nLawyer\n\nTa wiadomość jest poufna (attorney-client).",
    "no": "\n\nMed vennlig hilsen\nSarah Chen\nLawyer",
    "fi": "\n\nYstävällisin terveisin\nSarah Chen\nLawyer",
    "ru": "\n\nС уважением,\nSarah Chen\nLawyer",
    "hu": "\n\nÜdvözlettel:\nSarah Chen\nLawyer",
    "footer alone": f"\n\n{FOOTER}",
}
"""What ends a mail, by habit."""

KEPT = {
    "one word": "Yes",
    "question": "Hello, how long does standard shipping take?",
    "thanks in front": "Thanks,\nI got it. But where is the second parcel?",
    "regards in the middle": "Best regards to Dana, she was great.\n\nNow: where is order A1001?",
    "a list": "Two things:\n- where is A1001\n- cancel ord_1002\n\nSarah wants both.",
    "dashes": "First question: where is A1001?\n--\nSecond question: can I cancel ord_1002?",
    "a line of dashes": "See:\n----------\nSKU   qty\n----------\nA1    2\n\nIs that right?",
    "journey": "From: Berlin\nTo: Paris\nDate: 12 May\n\nDo you have seats?",
    "form": "Name: Sarah Chen\nOrder: A1001\nSubject: where is it\nDate: 2026-11-20",
    "von an": "Von: Berlin\nAn: Paris\nDatum: 12. Mai\n\nGibt es noch Plätze?",
    "told before": 'On 23 November your colleague wrote:\n"We will refund you."\nWhere is it?',
    "told before de": "Am 23. November schrieb Ihr Kollege:\nWir erstatten Ihnen alles.\nWo bleibt das Geld?",
    "told before fr": "Le 23 novembre votre collègue m'a écrit :\nNous vous remboursons.\nOù est l'argent ?",
    "on monday": "On Monday I wrote:\n\nplease cancel. Nothing happened!",
    "my address": "Please send it to my new address:\n\nSarah Chen\n1 Main Street\nSpringfield",
    "this address": "Please use this address from now on.\n\nSarah Chen\n1 Main Street\nSpringfield",
    "my name": "Sarah Chen",
    "name to": "The name on the invoice should be\nSarah Chen",
    "postscript": "Where is A1001?\n\nBest regards,\nSarah\n\nPS: And do you ship to Canada?",
    "after the name": "Where is it?\n\nSarah Chen\n\nMy order number is A1001.",
    "order below": "Where is it?\n\nBest regards\nSarah\n\nOrder: A1001",
    "below the name": "Yes, please.\n\nSarah\nNot the second one",
    "below the whole name": "Yes, please.\n\nSarah Chen\nBut only the first one",
    "points": "Point one: A1001 is late.\n--\nSecond point, it came broken",
    "prompt": ">>> client.get('x')\nTimeoutError\n\nWhat does that mean?",
    "more than": "> 100 USD is free shipping, right?",
    "email topic": "This e-mail address is wrong in my account. Please change it to s@example.com.",
    "confidential": "Is it confidential what I send you?\n\nI would like to send you my passport.",
    "sent from": "The parcel was sent from my iPhone dealer in Berlin.\nWhere is it?",
    "underscores": "name\n____\nvalue\n\nWhy is it underlined?",
    "original message": "The original message was lost. Can you send it again?",
    "log": "The log says:\n\nFrom: worker\nTo: queue\nSent: 12 messages\nSubject: none\n\nIs that normal?",
    "poem": "Roses are red,\n\nViolets are blue,\n\nmy order is late,\n\nwhat will you do?",
    "blank": "",
    "german": "Guten Tag,\n\nwie lange dauert der Versand?\n\nIch freue mich auf Ihre Antwort.",
    "lawyer": "I will call my lawyer.\n\nIt is enough.",
}
"""What customers write themselves; nothing of it may be taken away, but a name at the end."""

_ATTRIBUTION = "On Mon, Nov 23, 2026 at 10:02 AM Acme &lt;<a href='mailto:s@acme.example'>s@acme.example</a>&gt; wrote:"
_OFFERED = "<p>Shall I do this?</p><p>Or talk to a human.</p>"

HTML = {
    "gmail": f"<div class='zd-comment' dir='auto'><div dir='ltr'>Yes, please.<br clear='all'><div><br></div><span "
    "class='gmail_signature_prefix'>-- </span><br><div dir='ltr' class='gmail_signature'>Sarah Chen<br>Example LLP</div>"
    f"</div><br><div class='gmail_quote'><div dir='ltr' class='gmail_attr'>{_ATTRIBUTION}<br></div><blockquote "
    f"class='gmail_quote' style='margin:0 0 0 .8ex'>{_OFFERED}</blockquote></div></div>",
    "gmail, below": f"<div class='gmail_quote'><div class='gmail_attr'>{_ATTRIBUTION}<br></div><blockquote "
    f"class='gmail_quote'>{_OFFERED}</blockquote></div><div>Yes, please.</div>",
    "outlook de": "<div><p>Yes, please.</p><p>Best regards<br>Sarah Chen</p><div style='border:none;border-top:solid "
    "#E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p><b>Von:</b> Acme &lt;s@acme.example&gt;<br><b>Gesendet:</b> Montag, 23. "
    f"November 2026 10:02<br><b>An:</b> Sarah<br><b>Betreff:</b> AW: x</p></div>{_OFFERED}</div>",
    "outlook on the web fr": "<div>Yes, please.</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>De :</b> "
    "Acme &lt;s@acme.example&gt;<br><b>Envoyé :</b> lundi 23 novembre 2026 10:02<br><b>À :</b> Sarah<br><b>Objet :</b> "
    f"RE: x</div>{_OFFERED}",
    "apple de": "<div>Yes, please.<br><br><div dir='ltr'>Von meinem iPhone gesendet</div><div dir='ltr'><br><blockquote "
    "type='cite'>Am 23.11.2026 um 10:02 schrieb Acme &lt;s@acme.example&gt;:<br><br></blockquote></div><blockquote "
    f"type='cite'>{_OFFERED}</blockquote></div>",
    "thunderbird de, below": "<div class='moz-cite-prefix'>Am 23.11.26 um 10:02 schrieb Acme:<br></div><blockquote "
    f"type='cite' cite='mid:x'>{_OFFERED}</blockquote><p>Yes, please.</p><div class='moz-signature'>-- <br>Sarah Chen</div>",
    "yahoo": "<div><div>Yes, please.</div><br></div><div id='yahoo_quoted_1' class='yahoo_quoted'><div>    On Monday, "
    f"November 23, 2026 at 10:02:11 AM GMT+1, Acme &lt;s@acme.example&gt; wrote:  </div><div>{_OFFERED}</div></div>",
    "unclosed": f"<p>Yes, please.<div class='gmail_attr'>{_ATTRIBUTION}<blockquote>{_OFFERED}",
}
"""Mails as HTML, in which alone it shows where the quotation ends."""
