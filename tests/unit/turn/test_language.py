"""Which language a customer is answered in: short lines, single words, and what is no language at all."""

import pytest

from bot.desk.language import language_of
from bot.turn.input_checks.language import language_of_customer

DESK = ("en", "de", "fr", "es")

SAID = {
    "en": """
        Where is my order?
        I want my money back
        How long does shipping take?
        Can I change my delivery address
        My invoice is wrong
        I was charged twice this month
        cancel my subscription please
        The app crashes when I log in
        reset password link never arrived
        Do you ship to Canada
        Still waiting for my refund
        order A1001 has not arrived
        what is your return policy
        I need help with my account
        the package came damaged
        Is there a discount for students?
        any update on this?
        card declined again
        how do i export my data
        Please send me the invoice as PDF
        my seat was changed without notice
        it does not work
        How do I reset my password?
        how can I reset my account password?
        Where do I reset the app PIN?
        Thank you so much!
    """,
    "de": """
        Wo ist meine Bestellung?
        Ich möchte mein Geld zurück
        Wie lange dauert der Versand?
        Kann ich die Lieferadresse ändern
        Meine Rechnung stimmt nicht
        Ich wurde doppelt belastet
        bitte mein Abo kündigen
        Die App stürzt beim Login ab
        Passwort vergessen
        Ich komme nicht mehr in mein Konto
        Liefern Sie in die Schweiz
        Ich warte immer noch auf die Erstattung
        Bestellung A1001 ist nicht angekommen
        Wie sind die Rückgabebedingungen
        Ich brauche Hilfe mit meinem Konto
        Das Paket kam beschädigt an
        Gibt es einen Rabatt für Studenten?
        gibt es was Neues?
        Karte wurde wieder abgelehnt
        wie exportiere ich meine daten
        Bitte die Rechnung als PDF schicken
        das funktioniert nicht
        Wie kann ich mein Passwort resetten?
    """,
    "fr": """
        Où est ma commande ?
        Je veux être remboursé
        Combien de temps prend la livraison ?
        Puis-je changer l'adresse de livraison
        Ma facture est fausse
        J'ai été débité deux fois
        résilier mon abonnement svp
        L'application plante à la connexion
        mot de passe oublié
        je n'arrive plus à me connecter
        Livrez-vous en Belgique
        J'attends toujours mon remboursement
        la commande A1001 n'est pas arrivée
        quelle est votre politique de retour
        J'ai besoin d'aide avec mon compte
        Le colis est arrivé abîmé
        Y a-t-il une réduction pour les étudiants ?
        des nouvelles ?
        carte encore refusée
        comment exporter mes données
        Merci de m'envoyer la facture en PDF
        ça ne marche pas
    """,
    "es": """
        ¿Dónde está mi pedido?
        Quiero que me devuelvan el dinero
        ¿Cuánto tarda el envío?
        Puedo cambiar la dirección de entrega
        Mi factura está mal
        Me cobraron dos veces
        cancelar mi suscripción por favor
        La app se cierra al iniciar sesión
        olvidé mi contraseña
        no puedo entrar en mi cuenta
        Hacen envíos a México
        Sigo esperando mi reembolso
        el pedido A1001 no ha llegado
        cuál es la política de devoluciones
        Necesito ayuda con mi cuenta
        El paquete llegó roto
        ¿Hay descuento para estudiantes?
        ¿alguna novedad?
        tarjeta rechazada otra vez
        cómo exporto mis datos
        Envíenme la factura en PDF por favor
        no funciona
    """,
    "it": """
        Dov'è il mio ordine?
        Non riesco ad accedere al mio account
        Il pacco è arrivato danneggiato
    """,
    "pt": """
        Onde está o meu pedido?
        Não consigo entrar na minha conta
        O pacote chegou danificado
    """,
    "nl": """
        Waar is mijn bestelling?
        Ik kan niet meer inloggen op mijn account
        Het pakket is beschadigd aangekomen
    """,
    "pl": """
        Gdzie jest moje zamówienie?
        Nie mogę się zalogować na konto
    """,
    "sv": """
        Var är min beställning?
        Jag kan inte logga in på mitt konto
    """,
    "ru": """
        Где мой заказ?
        Я не могу войти в аккаунт
    """,
    "ja": """
        注文はどこですか
        パスワードを忘れました
    """,
}
LINES = [(line.strip(), language) for language, lines in SAID.items() for line in lines.strip().splitlines()]
UNCLEAR = {"Passwort vergessen", "how do i export my data"}
"""Too few telling words for a first line: it may stay open, but is never answered in a third language."""


def test_the_lines_are_many() -> None:
    assert len([language for _, language in LINES if language in DESK]) >= 60


@pytest.mark.parametrize(("line", "language"), LINES)
def test_a_first_line_is_answered_in_its_language(line: str, language: str) -> None:
    assert language_of_customer(line, "", DESK) in ({language, ""} if line in UNCLEAR else {language})


@pytest.mark.parametrize(("line", "language"), LINES)
def test_a_line_in_the_conversations_language_leaves_it(line: str, language: str) -> None:
    assert language_of_customer(line, language, DESK) == language


@pytest.mark.parametrize("before", DESK)
@pytest.mark.parametrize(
    "line",
    [
        "Hallo",
        "ok",
        "merci",
        "Danke!",
        "gracias :pray:",
        "hola",
        "yes",
        "ja",
        "oui",
        "si",
        "refund",
        "Guten Tag",
        "Muchas gracias",
        "4711",
        "ord_1001",
        "A1001, A1002",
        "49,99 EUR",
        "https://shop.example/de/hilfe/wie-kann-ich-meine-bestellung-stornieren",
        "jörg.müller@beispiel.example",
        "👍",
        "?",
        "...",
        "",
        "```print('wo ist meine bestellung')```",
        "`SELECT name FROM users WHERE id = 3`",
        "<@U123> <#C123|allgemein>",
        "Sarah Chen",
    ],
)
def test_what_is_no_sentence_changes_no_language(line: str, before: str) -> None:
    assert language_of_customer(line, before, DESK) == before


@pytest.mark.parametrize(
    ("line", "before", "language"),
    [
        ("Wo ist A1001?", "", "de"),
        ("I get the error „Zugriff verweigert, bitte melden Sie sich erneut an“ when I log in", "de", "en"),
        ('Die Seite sagt "Your session has expired, please log in again"', "en", "de"),
        ("Ich möchte bitte eine Erstattung für meine Bestellung ord_1002", "en", "de"),
        ("sorry, my German is bad, can we go on in English?", "de", "en"),
        ("hablo español, ¿me pueden ayudar?", "en", "es"),
        ("je préfère en français s'il vous plaît", "en", "fr"),
        ("What does Rückerstattung mean on my invoice?", "en", "en"),
        ("Mein Login geht nicht, Error 500 Internal Server Error", "de", "de"),
        ("WO BLEIBT MEIN PAKET", "en", "de"),
        ("パスワードを忘れました", "en", "ja"),
        ("Ваш сайт не работает, помогите пожалуйста", "en", "ru"),
        ("Is this available?\n\n-- \nMit freundlichen Grüßen\nJörg Müller\nLeiter Einkauf und Versand", "en", "en"),
        ("On Mon, 3 Mar 2025 Anna <anna@x.example> wrote:\n> Wo ist meine Bestellung?\n\nIt came today", "en", "en"),
    ],
)
def test_a_whole_sentence_does(line: str, before: str, language: str) -> None:
    assert language_of_customer(line, before, DESK) == language


@pytest.mark.parametrize(
    ("word", "language"),
    [("bonjour", "fr"), ("merci", "fr"), ("Danke", "de"), ("Rechnung", "de"), ("gracias", "es"), ("invoice", "en")],
)
def test_a_single_word_may_open_a_conversation(word: str, language: str) -> None:
    assert language_of_customer(word, "", DESK) == language


@pytest.mark.parametrize("word", ["Hallo", "hi", "12345", "ord_1001", "", "?"])
def test_a_word_of_many_languages_tells_none(word: str) -> None:
    assert language_of_customer(word, "", DESK) == ""


def test_an_article_has_a_language_too() -> None:
    assert language_of("Refunds are possible within 30 days of the purchase.") == "en"
    assert language_of("Erstattungen sind innerhalb von 30 Tagen möglich.") == "de"
    assert language_of("30 / 60 / 90") == ""


@pytest.mark.parametrize("line", ["@" * 4_000, "a@" * 2_000, "a" * 500_000, "`" * 4_000, "“" * 4_000, "<@" * 2_000])
@pytest.mark.timeout(20)
def test_no_row_of_signs_keeps_the_process_busy(line: str) -> None:
    """An expression that steps back for each sign would take minutes, in which nothing else is done."""
    assert language_of_customer(line, "de", DESK) == "de"
    assert language_of_customer(f"Where is my parcel? {line}", "", DESK) in {"en", ""}


def test_an_address_is_no_word_of_a_language() -> None:
    assert language_of_customer("kundendienst.bestellung@beispiel-versand.example", "en", DESK) == "en"
