"""Whether a line is the reason that was asked for, in the languages that the rules speak."""

import pytest

from bot.turn.actions.reasons import Given, given

ABOUT = "Refund of 150.00 USD for order ord_1001"


@pytest.mark.parametrize(
    "line",
    [
        "The seats never worked for us.",
        "because it broke",
        "It arrived damaged on Monday",
        "We no longer need the extra seats",
        "I bought it by mistake, sorry",
        "ord_1001 came twice, I only ordered one",
        "Our team got smaller, we don't use it any more",
        "They stopped working after 3 days",
        "the sound is bad and it isn't as described",
        "Das Headset ist leider kaputt angekommen",
        "Wir brauchen die Plätze nicht mehr",
        "Es funktioniert seit gestern nicht",
        "Ich habe aus Versehen doppelt bestellt",
        "Il est arrivé cassé",
        "Le casque n'a jamais fonctionné",
        "Nous n'en avons plus besoin",
        "Llegó roto y no funciona",
        "Lo pedí dos veces por error",
        "Es demasiado pequeño para nosotros",
    ],
)
def test_a_reason_says_itself_that_it_is_one(line: str) -> None:
    assert given(line, ABOUT) is Given.REASON


@pytest.mark.parametrize(
    "line",
    [
        "wait, please do not refund it yet",
        "Please don't refund that, it works again",
        "hold on a minute, it is broken but I want to keep it",
        "I changed my mind, it is not that bad",
        "Actually no, we'd rather have an exchange",
        "no wait let me ask my boss first",
        "It was damaged. But not yet please.",
        "stop, that was a mistake",
        "how long does express shipping take",
        "Why do you need a reason for that?",
        "Where is my order A1001 please",
        "A1001 is broken too, by the way",
        "I want to talk about something else",
        "hello my dear friend",
        "ok thanks a lot",
        "yes please do it",
        "it is broken 👎",
        "Moment, bitte noch nicht erstatten",
        "Warten Sie bitte, ich muss erst noch fragen",
        "Bitte erstatten Sie es noch nicht, es war doch kein Fehler",
        "Ich möchte es doch lieber behalten",
        "Wie lange dauert der Versand denn",
        "Nein, doch nicht, danke",
        "Attendez, ne remboursez pas encore",
        "Finalement je préfère le garder",
        "Non merci, j'ai changé d'avis",
        "Combien de temps prend la livraison",
        "Espere, no lo reembolse todavía",
        "Mejor no, me lo quedo",
        "He cambiado de opinión, gracias",
        "¿Cuánto tarda el envío a Madrid?",
        "damaged",
        "wrong amount, it should be 50",
        "I only want 50 back",
        "That's too much, make it 50",
        "Falscher Betrag, es sollten nur 50 sein",
        "Le montant est faux, ça devrait être 50",
        "El importe es incorrecto, debería ser 50",
    ],
)
def test_what_holds_back_asks_or_is_about_something_else_is_none(line: str) -> None:
    assert given(line, ABOUT) is Given.NO


@pytest.mark.parametrize(
    "line",
    [
        "My cousin lives in Lisbon now",
        "When I opened the box it was broken",
        "I need to cancel because it is late",
        "Mein Chef hat so entschieden",
        "C'est pour mon frère",
        "Somos otra empresa ahora",
    ],
)
def test_what_may_be_one_is_not_taken_as_consent(line: str) -> None:
    assert given(line, ABOUT) in {Given.UNSURE, Given.NO}


def test_a_quoted_mail_and_a_signature_are_no_reason() -> None:
    mail = "ok\n\nOn Fri, 20 Nov 2026 at 10:00, Acme <support@acme.example> wrote:\n> it arrived broken\n"

    assert given(mail, ABOUT) is Given.NO
    assert given("see you soon\n-- \nSarah, it never worked", ABOUT) is not Given.REASON
