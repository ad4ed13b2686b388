/** From what a person types to what Slack's API holds, and back. */
import { decodeEntities, encodeEntities } from "./inline.js";

const TOKEN = /<(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+)>/g;

/** How the bot is addressed, e.g. "@frontdesk". */
export const mentionWord = (bot) => `@${bot?.name ?? "frontdesk"}`;

/**
 * As Slack's own client sends it: `&`, `<` and `>` escaped, mentions as tokens. "@frontdesk" may be typed
 * as a word. https://docs.slack.dev/messaging/formatting-message-text
 */
export function asTyped(text, bot) {
  const word = new RegExp(`(^|\\s)${mentionWord(bot)}\\b`, "gi");
  const tokens = bot ? text.replace(word, `$1<@${bot.id}>`) : text;
  let from = 0;
  const parts = [];
  for (const match of tokens.matchAll(TOKEN)) {
    parts.push(encodeEntities(tokens.slice(from, match.index)), match[0]);
    from = match.index + match[0].length;
  }
  return parts.join("") + encodeEntities(tokens.slice(from));
}

/** The text as its author sees it in the edit box. */
export function asShown(text, bot) {
  return decodeEntities(bot ? text.replaceAll(`<@${bot.id}>`, mentionWord(bot)) : text);
}
