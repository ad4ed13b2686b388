/** "Why this answer?": what Frontdesk tells of the turn behind something that it said. */
import { h } from "./dom.js";
import { attempt } from "./notices.js";
import { post } from "./stream.js";

const byId = (id) => document.getElementById(id);

/** The effect that said a message or a comment, as its metadata names it; null where another hand wrote it. */
export const effectOf = (metadata) => metadata?.event_payload?.effect_id ?? metadata?.effect_id ?? null;

const part = ({ title, lines }) => [
  h("h3", {}, title),
  h("ul", {}, lines.map((line) => h("li", {}, line))),
];

async function open(effect) {
  const { parts, console: story } = await post("frontdesk/why", { effect });
  byId("why-parts").replaceChildren(...parts.flatMap(part));
  byId("why-story").href = story;
  byId("why").showModal();
  byId("why-parts").scrollTop = 0;
}

/** A colleague's words, carried into the thread: the bot decided nothing there. */
const isRelay = (effect) => effect.endsWith(":relay");

/** The button under an answer; null where nobody tells why, or the bot did not say it. */
export function whyButton(world, metadata) {
  const effect = effectOf(metadata);
  if (!effect || isRelay(effect) || !world.notes.switches) return null;
  return h(
    "button",
    { type: "button", class: "tool why", testid: "why", on: { click: () => attempt(() => open(effect)) } },
    "Why this answer?",
  );
}
