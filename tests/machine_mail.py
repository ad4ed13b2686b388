"""Mail of machines, as it comes without any mark of the vendor; and mail of people that only looks like it."""

MACHINES = {
    "absent en": ("", "Automatic reply: Thank you for your e-mail. I am out of the office until 7 December with no access "
                  "to e-mail."),
    "absent en, plain": ("", "I am out of the office until Monday and will read your message when I am back."),
    "absent en, urgent": ("", "Thank you for your message. I am on annual leave until 7 December. Need something urgent? "
                          "Please contact my colleague Lee at lee@example.com."),
    "absent en, by subject": ("Automatic reply: Your order A1001", "I am away. Jo"),
    "absent de": ("", "Vielen Dank für Ihre Nachricht. Ich bin bis zum 7. Dezember nicht im Büro. Ihre E-Mail wird nicht "
                  "weitergeleitet. In dringenden Fällen wenden Sie sich bitte an Herrn Meier."),
    "absent de, by subject": ("Abwesenheitsnotiz: Ihre Bestellung", "Ich bin erst am Montag wieder da."),
    "absent de, headed": ("", "Automatische Antwort: Ich bin derzeit im Urlaub und ab dem 7. Dezember wieder erreichbar."),
    "absent fr": ("", "Réponse automatique : Merci pour votre message. Je suis absent du bureau jusqu'au 7 décembre."),
    "absent fr, plain": ("", "Bonjour, je suis en congés jusqu'au 7 décembre. En cas d'urgence, contactez ma collègue."),
    "absent es": ("", "Gracias por su correo. Estoy fuera de la oficina hasta el 7 de diciembre y responderé a mi regreso."),
    "absent it": ("Risposta automatica: ordine", "Sono fuori ufficio fino al 7 dicembre."),
    "absent de, asks": ("Automatische Antwort: Re: Ihre Bestellung", "Ich bin am Montag wieder da. Können Sie warten?"),
    "absent sv, by subject": ("Autosvar: Er order", "Jag är på semester till den 7 december."),
    "absent pl, by subject": ("Automatyczna odpowiedź: urlop", "Jestem na urlopie do 7 grudnia."),
    "absent fi, by subject": ("Automaattinen vastaus: tilaus", "Olen lomalla."),
    "absent ja, by subject": ("自動返信：不在", "本日不在です。"),
    "absent ru, by subject": ("Автоматический ответ: заказ", "Я в отпуске."),
    "absent accepts": ("Accepted: Meeting with Acme", "Sarah Chen has accepted this invitation: Meeting with Acme"),
    "absent declines de": ("Abgesagt: Termin", "Wann: Montag, 7. Dezember 2026 10:00-11:00. Wo: Berlin"),
    "absent read": ("Read: The invitation", "Your message\n\n  To: Sarah\n  Subject: x\n  Sent: Monday\n\nwas read on Monday 10:00."),
    "absent read de": ("Gelesen: x", "Ihre Nachricht An: Sarah Betreff: x Gesendet: Montag wurde am Montag um 10:00 gelesen."),
    "desk en, portal": ("", "Just confirming that we got your request. We're on it.\n\nView request: https://x.example/1"),
    "desk en, number": ("", "We received your request and assigned it the number #4711. Our agents will be in touch."),
    "bounce en, exim": ("Mail delivery failed: returning message to sender", "This message was created automatically by mail "
                        "delivery software. A message that you sent could not be delivered to one of its recipients."),
    "desk en": ("", "Your request (#88231) has been received and is being reviewed by our support staff. To add additional "
                "comments, reply to this email."),
    "desk en, thanks": ("", "Hello,\n\nThank you for contacting Globex Support. We have received your inquiry and will get "
                        "back to you within 24 hours."),
    "desk en, case": ("", "A new support ticket has been created: [GLX-4711]. Our team will contact you shortly."),
    "desk de": ("", "Ihre Anfrage (#88231) ist bei uns eingegangen und wird von unserem Support bearbeitet. Antworten Sie "
                "auf diese E-Mail, um weitere Kommentare hinzuzufügen."),
    "desk fr": ("", "Votre demande (88231) a bien été reçue. Notre équipe vous répondra dans les plus brefs délais."),
    "desk es": ("", "Hemos recibido su solicitud (#88231). Nuestro equipo le responderá lo antes posible."),
    "bounce en": ("Delivery Status Notification (Failure)", "** Address not found ** Your message wasn't delivered to "
                  "ceo@example.org because the address couldn't be found. Final-Recipient: rfc822; ceo@example.org Action: "
                  "failed Status: 5.1.1"),
    "bounce de": ("Unzustellbar: Ihre Anfrage", "Ihre Nachricht an ceo@example.org konnte nicht zugestellt werden."),
    "bounce fr": ("Non remis : commande", "Votre message n'a pas pu être remis aux destinataires."),
    "notice en": ("Your invoice 4711 is ready", "This is an automatically generated message, please do not reply to it."),
    "notice de": ("", "Diese E-Mail wurde automatisch erstellt. Bitte antworten Sie nicht auf diese Nachricht."),
    "notice fr": ("", "Ceci est un message automatique, merci de ne pas répondre à ce message."),
    "notice es": ("", "Este es un mensaje automático. Por favor, no responda a este correo."),
}  # fmt: skip

PEOPLE = {
    "topic, asks": ("Out of office", "Can you turn off my out of office reply?"),
    "away, keeps": ("", "I am on vacation until Friday and will answer when I am back, keep the ticket open please."),
    "on leave": ("", "My colleague is on leave, please add me to the account."),
    "tells": ("", "Ticket 4711 wurde erstellt, aber niemand meldet sich."),
    "topic": ("", "How do I set up an out of office reply in your product?"),
    "topic, headed": ("Out of office: where is the setting?", "The out of office setting is gone since the update."),
    "topic, reply": ("", "The automatic reply to my ticket was not helpful. I still need my invoice."),
    "topic, subject": ("Automatic reply to customers", "We want to set one up."),
    "away, asks": ("", "I am out of the office until Monday. Where is A1001?"),
    "away, wants": ("", "I am out of the office until Monday with no access to e-mail, so please deliver my parcel next week."),
    "away de": ("", "Ich bin bis Montag im Urlaub, bitte liefern Sie das Paket danach."),
    "away fr": ("", "Je suis en congés jusqu'à lundi, livrez le colis après s'il vous plaît."),
    "reply to all": ("", "Please do not reply to all my colleagues, only to me. Can I get a refund?"),
    "reply to all, short": ("", "Please do not reply to all people in copy."),
    "confirmation": ("", "Thank you for your order A1001. We have received your order and will ship it within 3 days."),
    "ticket": ("", "Your request has been received, it says, but nobody answers me. What is going on?"),
    "closed": ("", "Your ticket has been closed but nothing works."),
    "received": ("", "Your message has been received, thanks. The parcel arrived broken."),
    "read": ("", "My colleague has read your message. The parcel arrived broken."),
    "accepts": ("Accepted: offer of a credit", "I accept your offer of a credit for order A1001."),
    "canceled": ("Cancelled: order A1001", "The order still shows as open."),
    "declined": ("Declined: payment", "My card was declined."),
    "auto pl, topic": ("", "Jak ustawić automatyczną odpowiedź?"),
    "received de": ("", "Ich habe Ihre Nachricht erhalten, aber das Paket fehlt."),
    "bounced": ("", "My mail to you came back with 'Mail delivery failed: 550 5.1.1'. Is the address wrong?"),
    "undeliverable": ("Undeliverable: parcel A1001", "The carrier says that the parcel is undeliverable."),
    "generated": ("", "Your automatically generated invoice has the wrong VAT."),
    "quoted notice": ("", "I got 'This is an automatically generated message, please do not reply to this e-mail'. Yours?"),
    "holiday": ("", "I will be on holiday. I will reply when I am back. Please cancel order A1001."),
    "thanks": ("", "Thank you for your message."),
    "contact": ("", "Thanks for reaching out. The tracking number is wrong."),
    "plain": ("", "Where is my order A1001?"),
    "empty": ("", ""),
}  # fmt: skip

MACHINE_SENDERS = (
    "mailer-daemon@googlemail.example", "MAILER-DAEMON@example.com", "postmaster@example.com", "bounces+123=x@example.com",
    "no-reply@parcel.example", "noreply@example.com", "do-not-reply@example.com", "donotreply@example.com",
    "invoices-noreply@example.com", "noreply+tag@example.com", "ne-pas-repondre@example.fr", "no-responder@example.es",
    "nicht-antworten@example.de", "non-rispondere@example.it",
)  # fmt: skip
PEOPLES_SENDERS = (
    "sarah.chen@example.com", "reply@example.com", "norepl@example.com", "nora.replya@example.com", "info@no-reply.example",
    "bouncer@example.com", "daemon.hill@example.com", "",
)  # fmt: skip
