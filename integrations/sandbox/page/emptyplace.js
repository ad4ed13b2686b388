/** What stands where nothing was written yet: the next step, and what the bot suggests. */
import { h } from "./dom.js";
import { mentionWord } from "./mentions.js";

/** `prompts` are the bot's `[{title, message}]`; `send(text)` posts one of them. */
export function renderEmptyPlace({ isDirect, bot, prompts, send }) {
  const hint = isDirect
    ? "Write a message below. Frontdesk answers in its thread."
    : `Write a message below and mention ${mentionWord(bot)}, so that Frontdesk knows it is meant. ` +
      "In its thread no further mention is needed.";
  const suggestion = ({ title, message }) =>
    h(
      "button",
      { type: "button", class: "chip link", testid: "slack-prompt", on: { click: () => send(message) } },
      title,
    );
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, "Nothing here yet"),
    h("p", {}, hint),
    prompts.length ? h("div", { class: "prompts" }, prompts.map(suggestion)) : null,
  );
}
