/**
 * What stands inside a line, in Slack's two markups: `mrkdwn` (*b*, _i_, ~s~, <url|label>) and standard
 * Markdown. Everything that is not recognised stays text; links lead to http(s) only.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
import { h } from "./dom.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const EMOJI = {
  wave: "👋",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  star: "⭐",
  thumbsup: "👍",
  "+1": "👍",
  thumbsdown: "👎",
  "-1": "👎",
  tada: "🎉",
  warning: "⚠️",
  ticket: "🎫",
  hourglass: "⌛",
  package: "📦",
  truck: "🚚",
  smile: "😄",
  slightly_smiling_face: "🙂",
  pray: "🙏",
  bulb: "💡",
  lock: "🔒",
  email: "📧",
  eyes: "👀",
};

const CODE = "(?<tick>`+)(?<code>.+?)\\k<tick>(?!`)";
const TOKEN = "<(?<token>[^<>\\s][^<>]*)>";
const URL_RULE = '(?<url>https?://[^\\s<>"`]+)';
const EMOJI_RULE = ":(?<emoji>[a-z0-9_+-]+):";
const around = (mark, name) =>
  `(?<![\\w${mark}])${mark}(?<${name}>[^\\s${mark}](?:[^\\n]*?[^\\s${mark}])?)${mark}(?![\\w${mark}])`;

const MRKDWN = new RegExp(
  [CODE, TOKEN, URL_RULE, around("\\*", "strong"), around("_", "em"), around("~", "del"), EMOJI_RULE].join(
    "|",
  ),
  "g",
);
const MARKDOWN = new RegExp(
  [
    "\\\\(?<escaped>[\\\\`*_{}\\[\\]()#+\\-.!~|<>])",
    CODE,
    TOKEN,
    "!?\\[(?<label>[^\\]\\n]+)\\]\\((?<href>[^()\\s]+(?:\\([^()\\s]*\\)[^()\\s]*)*)\\)",
    URL_RULE,
    "\\*\\*(?<strong>\\S(?:.*?\\S)?)\\*\\*",
    "~~(?<del>\\S(?:.*?\\S)?)~~",
    "(?<!\\w)__(?<strong2>\\S(?:.*?\\S)?)__(?!\\w)",
    "\\*(?<em>[^\\s*](?:.*?[^\\s*])?)\\*",
    around("_", "em2"),
    EMOJI_RULE,
  ].join("|"),
  "g",
);
const PLAIN = new RegExp(URL_RULE, "g");
const RULES = { mrkdwn: MRKDWN, markdown: MARKDOWN, plain: PLAIN };

/** Slack escapes `&`, `<` and `>` and nothing else. */
export const decodeEntities = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
export const encodeEntities = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** A link, or its bare label where the address is not plain http(s). */
export function link(href, ...label) {
  let url = null;
  try {
    url = new URL(href);
  } catch {
    return label;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return label;
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...label);
}

function bareLink(found) {
  const href = found.replace(/(?:[.,;:!?)'\]*_~]|&gt;)+$/, "");
  return [link(decodeEntities(href), decodeEntities(href)), decodeEntities(found.slice(href.length))].flat();
}

/** Between day and time, where a format has it in one of these languages: readers are taken to have Slack in theirs. */
const JOINTS = { " um ": "de", " à ": "fr", " a las ": "es" };

function languageOf(format) {
  return Object.entries(JOINTS).find(([joint]) => format.includes(joint))?.[1];
}

/** The day as Slack's `{date_short_pretty}` has it, in the reader's zone; every other form is left to the fallback. */
function dayOf(date, language) {
  const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
  if (Math.abs(days) <= 1) return new Intl.RelativeTimeFormat(language ?? "en", { numeric: "auto" }).format(days, "day");
  return date.toLocaleDateString(language, { day: "numeric", month: "short", year: "numeric" });
}

/** `!date^UNIX^FORMAT`: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
function renderDate(target, label) {
  const [, at, format] = target.split("^");
  const date = new Date(Number(at) * 1000);
  if (Number.isNaN(date.getTime()) || !format) return decodeEntities(label ?? target);
  const language = languageOf(format);
  const time = date.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  const shown = format.replace("{date_short_pretty}", dayOf(date, language)).replace("{time}", time);
  if (shown.includes("{")) return decodeEntities(label ?? target);
  return h("time", { datetime: date.toISOString(), title: decodeEntities(label ?? "") }, shown);
}

function renderToken(token, names) {
  const [target, label] = token.split(/\|(.*)/s);
  if (target.startsWith("@"))
    return h("span", { class: "mention" }, `@${names.user(target.slice(1)) ?? label ?? target}`);
  if (target.startsWith("#"))
    return h("span", { class: "mention" }, `#${names.channel(target.slice(1)) ?? label ?? target}`);
  if (/^!(channel|here|everyone)$/.test(target))
    return h("span", { class: "mention" }, `@${target.slice(1)}`);
  if (target.startsWith("!date^")) return renderDate(target, label);
  if (target.startsWith("!")) return decodeEntities(label ?? target);
  if (/^(https?|mailto):/i.test(target))
    return link(decodeEntities(target), decodeEntities(label || target.replace(/^mailto:/i, "")));
  return decodeEntities(`<${token}>`);
}

const unlinked = (node) => (node instanceof HTMLAnchorElement ? node.textContent : node);

function renderMatch(groups, format, names) {
  const inner = (text) => renderLine(text, format, names);
  if (groups.escaped) return groups.escaped;
  if (groups.code !== undefined) return h("code", {}, decodeEntities(groups.code));
  if (groups.token !== undefined) return renderToken(groups.token, names);
  if (groups.label !== undefined)
    return link(decodeEntities(groups.href), ...inner(groups.label).map(unlinked));
  if (groups.url !== undefined) return bareLink(groups.url);
  if (groups.emoji !== undefined) return EMOJI[groups.emoji] ?? `:${groups.emoji}:`;
  const strong = groups.strong ?? groups.strong2;
  if (strong !== undefined) return h("strong", {}, inner(strong));
  if (groups.del !== undefined) return h("del", {}, inner(groups.del));
  return h("em", {}, inner(groups.em ?? groups.em2));
}

const withBreaks = (text) =>
  decodeEntities(text)
    .split("\n")
    .flatMap((line, at) => (at ? [h("br"), line] : [line]));

/** Turns no id into a name. */
export const NO_NAMES = { user: () => null, channel: () => null };

/**
 * Render running text, line breaks kept. `format` is "mrkdwn", "markdown" or "plain"; `names` turns ids
 * into names.
 */
export function renderLine(text, format, names = NO_NAMES) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(RULES[format])) {
    nodes.push(...withBreaks(text.slice(from, match.index)), renderMatch(match.groups, format, names));
    from = match.index + match[0].length;
  }
  nodes.push(...withBreaks(text.slice(from)));
  return nodes.flat().filter((node) => node !== "");
}

/** Literal text with its addresses as links; nothing is decoded. */
export function autolink(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(PLAIN)) {
    const href = match[0].replace(/[.,;:!?)'\]]+$/, "");
    nodes.push(text.slice(from, match.index), link(href, href));
    from = match.index + href.length;
  }
  return [...nodes.flat(), text.slice(from)];
}
