/** The examples' words: of the built-in desks in every language that they claim, of any other from its own files. */

const SARAH = "Sarah Chen";
const MARCUS = "Marcus Johnson";

/** Of a row of texts by language, the one that is wanted, else the English one. */
const inLanguage = (language) => (texts) => texts[language] ?? texts.en;

function ticket(language, subjects, texts) {
  const say = inLanguage(language);
  return {
    kind: "ticket",
    testid: "example-ticket",
    writer: SARAH,
    icon: "ticket",
    title: say({ en: "A ticket", de: "Ein Ticket", fr: "Un ticket", es: "Un ticket" }),
    subject: say(subjects),
    text: say(texts),
    lang: language,
  };
}

function message(language, testid, writer, icon, titles, texts) {
  const say = inLanguage(language);
  return { kind: "slack", testid, writer, icon, title: say(titles), text: say(texts), lang: language };
}

const store = (language) => [
  message(
    language,
    "example-order",
    SARAH,
    "box",
    { en: "Order status", de: "Eine Bestellung", fr: "Une commande", es: "Un pedido" },
    {
      en: "Where is my order A1001?",
      de: "Wo ist meine Bestellung A1001?",
      fr: "Où est ma commande A1001 ?",
      es: "¿Dónde está mi pedido A1001?",
    },
  ),
  message(
    language,
    "example-refund",
    SARAH,
    "coins",
    { en: "A refund", de: "Eine Erstattung", fr: "Un remboursement", es: "Un reembolso" },
    {
      en: "Can I get a refund for order ord_1001?",
      de: "Kann ich für die Bestellung ord_1001 eine Erstattung bekommen?",
      fr: "Puis-je être remboursée pour la commande ord_1001 ?",
      es: "¿Puedo recibir un reembolso por el pedido ord_1001?",
    },
  ),
  message(
    language,
    "example-manager",
    MARCUS,
    "person",
    { en: "A manager", de: "Ein Mensch", fr: "Un responsable", es: "Una persona" },
    {
      en: "This is unacceptable, I want a manager",
      de: "Das ist inakzeptabel, ich möchte mit einem Menschen sprechen",
      fr: "C'est inacceptable, je veux parler à un responsable",
      es: "Esto es inaceptable, quiero hablar con una persona",
    },
  ),
  ticket(
    language,
    {
      en: "Password reset",
      de: "Passwort zurücksetzen",
      fr: "Réinitialisation du mot de passe",
      es: "Restablecer la contraseña",
    },
    {
      en: "How do I reset my password?",
      de: "Wie setze ich mein Passwort zurück?",
      fr: "Comment réinitialiser mon mot de passe ?",
      es: "¿Cómo restablezco mi contraseña?",
    },
  ),
];

const airline = (language) => [
  message(
    language,
    "example-baggage",
    SARAH,
    "bag",
    { en: "Baggage", de: "Gepäck", fr: "Bagages", es: "Equipaje" },
    {
      en: "How big may my bag be?",
      de: "Wie groß darf meine Tasche sein?",
      fr: "Quelle taille peut faire mon sac ?",
      es: "¿De qué tamaño puede ser mi bolsa?",
    },
  ),
  message(
    language,
    "example-seat",
    SARAH,
    "seat",
    { en: "A seat change", de: "Ein anderer Sitz", fr: "Un autre siège", es: "Otro asiento" },
    {
      en: "Can I change my seat?",
      de: "Kann ich meinen Sitzplatz ändern?",
      fr: "Puis-je changer de siège ?",
      es: "¿Puedo cambiar de asiento?",
    },
  ),
  message(
    language,
    "example-wifi",
    MARCUS,
    "wifi",
    { en: "Wifi", de: "WLAN", fr: "Wi-Fi", es: "Wifi" },
    {
      en: "Is there wifi on the plane?",
      de: "Gibt es WLAN im Flugzeug?",
      fr: "Y a-t-il du Wi-Fi dans l'avion ?",
      es: "¿Hay wifi en el avión?",
    },
  ),
  ticket(
    language,
    { en: "Hand luggage", de: "Handgepäck", fr: "Bagage à main", es: "Equipaje de mano" },
    {
      en: "May I take two bags into the cabin?",
      de: "Darf ich zwei Taschen in die Kabine mitnehmen?",
      fr: "Puis-je prendre deux sacs en cabine ?",
      es: "¿Puedo llevar dos bolsas a la cabina?",
    },
  ),
];

/** By the name of a built-in desk, its examples in a language. */
export const BUILT_IN = { store, airline };

const ICONS = ["box", "bag", "coins"];

/** What an own desk's specialists name as sentences of their customers, and a wish for people, in any desk's words. */
export function ofDesk(examples) {
  const own = examples.map(({ specialist, text }, at) => ({
    kind: "slack",
    testid: `example-${specialist}`,
    writer: SARAH,
    icon: ICONS[at % ICONS.length],
    title: specialist,
    text,
  }));
  const human = message(
    "en",
    "example-manager",
    MARCUS,
    "person",
    { en: "A human" },
    { en: "I want to talk to a human" },
  );
  const first = own[0] ? [{ ...own[0], ...TICKET }] : [];
  return [...own, human, ...first];
}

const TICKET = { kind: "ticket", testid: "example-ticket", icon: "ticket", title: "A ticket", subject: "A question" };
