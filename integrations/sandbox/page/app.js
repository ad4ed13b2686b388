/** Put the page together: one stream of news, two panes, and the line above them. */
import { forgetDrafts } from "./composer.js";
import { h, icon, showOnce } from "./dom.js";
import { createCrash } from "./crash.js";
import { createExamples } from "./examples.js";
import { link } from "./inline.js";
import { attempt, confirmed, report, withdraw } from "./notices.js";
import { createSlackPane } from "./slack.js";
import { createSwitches } from "./switches.js";
import { follow, post, UNREACHABLE } from "./stream.js";
import { indexWorld } from "./world.js";
import { createZendeskPane } from "./zendesk.js";

const byId = (id) => document.getElementById(id);
const narrow = window.matchMedia("(max-width: 900px)");
const isShown = (pane) => !narrow.matches || document.body.dataset.pane === pane;

const slackPane = createSlackPane({
  openTicket: (id) => zendeskPane.openTicket(id),
  onShown: () => showPane("slack"),
  isVisible: () => isShown("slack"),
});
const zendeskPane = createZendeskPane({
  openThread: (thread) => slackPane.openThread(thread),
  onShown: () => showPane("zendesk"),
  isVisible: () => isShown("zendesk"),
});
const panes = { slack: slackPane, zendesk: zendeskPane };
const crash = createCrash({ show: ({ user, channel }) => slackPane.show(user, channel) });
const examples = createExamples({
  say: slackPane.say,
  kill: crash.kill,
  onTicket(id) {
    zendeskPane.expect(id);
    showPane("zendesk");
    refresh();
  },
});

function showPane(name) {
  document.body.dataset.pane = name;
  for (const pane of Object.keys(panes)) {
    byId(`tab-${pane}`).setAttribute("aria-selected", String(pane === name));
    byId(`tab-${pane}`).tabIndex = pane === name ? 0 : -1;
  }
  panes[name].seen();
  panes[name].refresh();
  showBadges();
}

function showBadges() {
  for (const [name, pane] of Object.entries(panes)) {
    const badge = byId(`tab-${name}`).querySelector(".badge");
    const unread = isShown(name) ? 0 : pane.unread();
    badge.hidden = unread === 0;
    badge.textContent = `${unread} new`;
  }
}

/** Answers that are being made end first, and the bot starts anew. */
const RESET_MS = 60000;

const toldLetters = new Set();

/** A line that nobody will answer is told once, with where it can be looked at. */
function showDeadLetters(notes) {
  const letters = notes.dead_letters ?? [];
  for (const letter of letters) {
    const text = `Given up: ${letter.kind} of ${letter.conversation} (${letter.reason}). It is kept as a dead letter: FRONTDESK_DATA_DIR=${notes.store} frontdesk conversations list --dead`;
    if (toldLetters.has(text)) continue;
    toldLetters.add(text);
    report(text);
  }
  return letters.length ? `${letters.length} given up: frontdesk conversations list --dead` : "";
}

/** A desk's own folder; its whole path stands in the dialog. */
const deskWords = (desk) => desk?.split("/").filter(Boolean).at(-1) ?? "—";

const isOffline = (model) => /offline|rule/i.test(model);

function showFacts(notes) {
  const model = notes.model || "unknown model";
  byId("fact-model").textContent = isOffline(model) ? "offline rule model" : model;
  byId("fact-desk").textContent = deskWords(notes.desk);
  byId("tagline").textContent =
    isOffline(model) || !notes.model
      ? "sandbox — simulated Slack and Zendesk, nothing leaves this machine"
      : "sandbox — simulated Slack and Zendesk; only the model is asked over the network";
  const console_ = [link(notes.console_url ?? "")].flat()[0];
  byId("console-link").hidden = !(console_ instanceof HTMLAnchorElement);
  if (console_ instanceof HTMLAnchorElement) byId("console-link").href = console_.href;
  const facts = [
    ["Model", model],
    ["Desk", notes.desk],
    ["Frontdesk", notes.bot_url],
    ["API keys", notes.api_keys_hint],
    ["Kept under", notes.store],
    ["Dead letters", showDeadLetters(notes)],
  ];
  showOnce(byId("about-facts"), JSON.stringify(facts), () =>
    facts
      .filter(([, value]) => value)
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))),
  );
}

const refresh = follow({
  onState(state) {
    const world = indexWorld(state);
    showFacts(world.notes);
    zendeskPane.update(world);
    slackPane.update(world);
    examples.update(world);
    switches.update(world);
    crash.update(world);
    showBadges();
  },
  onLive(live) {
    if (live) withdraw(UNREACHABLE);
    byId("connection").dataset.live = String(live);
    byId("connection").textContent = live ? "live" : "reconnecting…";
  },
  onError(error) {
    if (byId("connection").dataset.live === "true") report(error);
  },
});

const switches = createSwitches({ refresh: () => refresh() });

byId("logo").append(icon("bell"));
byId("about-open").addEventListener("click", () => byId("about").showModal());
byId("reset").addEventListener("click", async () => {
  const sure = await confirmed({
    title: "Start over?",
    text: "Slack messages, tickets, orders, refunds, dead letters and all that Frontdesk knows are as at the first start.",
    yes: "Reset",
    danger: true,
  });
  if (!sure) return;
  const button = byId("reset");
  button.disabled = true;
  button.textContent = "Starting over…";
  const isDone = await attempt(() => post("reset", {}, RESET_MS));
  button.disabled = false;
  button.textContent = "Reset";
  button.dataset.times = Number(button.dataset.times ?? 0) + 1;
  if (!isDone) return;
  forgetDrafts();
  toldLetters.clear();
  byId("notices").replaceChildren();
  zendeskPane.forget();
  refresh();
});

for (const name of Object.keys(panes)) {
  const tab = byId(`tab-${name}`);
  tab.addEventListener("click", () => showPane(name));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "slack" ? "zendesk" : "slack";
    showPane(other);
    byId(`tab-${other}`).focus();
  });
}
for (const skip of document.querySelectorAll(".skip")) {
  skip.addEventListener("click", () => showPane(skip.hash === "#zendesk-pane" ? "zendesk" : "slack"));
}
narrow.addEventListener("change", showBadges);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) Object.entries(panes).forEach(([name, pane]) => isShown(name) && pane.seen());
});
