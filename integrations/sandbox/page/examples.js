/** Conversations one click away: large cards in an empty sandbox, a row of chips afterwards. */
import { h, icon, showOnce, syncOptions } from "./dom.js";
import { BUILT_IN, ofDesk } from "./exampletexts.js";
import { attempt } from "./notices.js";
import { post } from "./stream.js";
import { channelsOf, endUsers, isEmptyWorld } from "./world.js";

const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", es: "Español" };
const place = (example) => (example.kind === "ticket" ? "Zendesk ticket" : "Slack message");

function card(example, play) {
  return h(
    "button",
    { type: "button", class: "example-card", testid: example.testid, on: { click: play } },
    icon(example.icon),
    h(
      "span",
      { class: "example-words" },
      h("span", { class: "example-text", lang: example.lang }, `“${example.text}”`),
      h("span", { class: "muted" }, `${place(example)} as ${example.writer}`),
    ),
  );
}

function chip(example, play) {
  return h(
    "button",
    {
      type: "button",
      class: "chip link",
      testid: example.testid,
      title: `${place(example)} as ${example.writer}: “${example.text}”`,
      on: { click: play },
    },
    icon(example.icon),
    h("span", { lang: example.lang }, example.title),
  );
}

/** The desk's languages that there are examples in, and the chosen one; one list for both places. */
function createLanguages(onChange) {
  const pick = h("select", { class: "languages", testid: "example-language", "aria-label": "Language of the examples" });
  pick.addEventListener("change", () => onChange());
  return {
    pick,
    chosen: () => pick.value || "en",
    offer(claimed) {
      const known = claimed.filter((language) => LANGUAGES[language]);
      const value = known.includes(pick.value) ? pick.value : (known[0] ?? "en");
      syncOptions(
        pick,
        known.map((language) => ({ value: language, label: LANGUAGES[language] })),
        value,
      );
      pick.hidden = known.length < 2;
    },
  };
}

/** `say(user, channel, text)` posts in Slack; `onTicket(id)` shows an opened ticket; `kill(line)` kills a worker over it. */
export function createExamples({ say, onTicket, kill }) {
  const row = document.getElementById("slack-examples");
  const welcome = h("div", { class: "welcome" });
  document.getElementById("slack-empty").before(welcome);
  let world = null;
  const languages = createLanguages(() => update(world));

  function writerOf(example) {
    return (
      world.slack.users.find((user) => user.real_name === example.writer) ??
      world.slack.users.find((user) => !user.is_bot)
    );
  }

  async function openTicket(example) {
    const requester = endUsers(world).find((user) => user.name === example.writer) ?? endUsers(world)[0];
    const { id } = await post("zendesk/ticket", {
      requester: requester.id,
      subject: example.subject,
      body: example.text,
    });
    onTicket(id);
  }

  function play(example) {
    const writer = writerOf(example);
    return attempt(() =>
      example.kind === "ticket"
        ? openTicket(example)
        : say(writer.id, channelsOf(world, writer.id)[0].id, example.text),
    );
  }

  function playKill(examples) {
    const example = examples.find((each) => each.kind === "slack");
    const writer = writerOf(example);
    return kill({ user: writer.id, channel: channelsOf(world, writer.id)[0].id, text: example.text });
  }

  function killCard(examples) {
    return h(
      "button",
      { type: "button", class: "example-card", testid: "kill-worker", on: { click: () => playKill(examples) } },
      icon("bolt"),
      h(
        "span",
        { class: "example-words" },
        h("span", { class: "example-text" }, "Kill a worker in mid-answer"),
        h("span", { class: "muted" }, "The answer arrives all the same, once"),
      ),
    );
  }

  function killChip(examples) {
    return h(
      "button",
      {
        type: "button",
        class: "chip link",
        testid: "kill-worker",
        title: "Kills a worker process in the middle of its turn; the answer arrives all the same, once",
        on: { click: () => playKill(examples) },
      },
      icon("bolt"),
      "Kill a worker",
    );
  }

  function showRow(examples, mayKill) {
    const chips = [
      h("span", { class: "muted" }, "Try"),
      languages.pick,
      ...examples.map((each) => chip(each, () => play(each))),
      mayKill && killChip(examples),
    ];
    row.replaceChildren(...chips.filter(Boolean));
  }

  function showWelcome(examples, mayKill) {
    const cards = [
      ...examples.map((each) => card(each, () => play(each))),
      ...(mayKill ? [killCard(examples)] : []),
    ];
    welcome.replaceChildren(
      h("p", { class: "empty-title" }, "Ask Frontdesk something"),
      h(
        "p",
        {},
        "Pick an example, or write your own message below. You are the customer here, and the human agent in Zendesk.",
      ),
      languages.pick,
      h("div", { class: "example-cards" }, cards),
    );
  }

  function update(next) {
    world = next;
    languages.offer(world.notes.languages ?? ["en"]);
    const examples = BUILT_IN[world.notes.desk]?.(languages.chosen()) ?? ofDesk(world.notes.examples ?? []);
    const empty = isEmptyWorld(world);
    const mayKill = Boolean(world.notes.switches);
    row.hidden = empty;
    welcome.hidden = !empty;
    const signature = JSON.stringify([empty, mayKill, examples.map((each) => each.text)]);
    if (welcome.shownSignature === signature) return;
    welcome.shownSignature = signature;
    // The list of languages stands in one of the two, so the other one is emptied first.
    (empty ? row : welcome).replaceChildren();
    (empty ? showWelcome : showRow)(examples, mayKill);
  }

  return { update };
}
