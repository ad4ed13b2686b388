/**
 * Render Slack's two markups as DOM nodes: `mrkdwn` (*b*, _i_, ~s~, <url|label>) and standard Markdown.
 * Everything that is not recognised stays text; links lead to http(s) only.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
import { h } from "./dom.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const EMOJI = {
  wave: "👋", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", star: "⭐", thumbsup: "👍", "+1": "👍",
  thumbsdown: "👎", "-1": "👎", tada: "🎉", warning: "⚠️", ticket: "🎫", hourglass: "⌛", package: "📦", truck: "🚚",
  smile: "😄", slightly_smiling_face: "🙂", pray: "🙏", bulb: "💡", lock: "🔒", email: "📧", eyes: "👀",
};

const CODE = "(?<tick>`+)(?<code>.+?)\\k<tick>(?!`)";
const TOKEN = "<(?<token>[^<>\\s][^<>]*)>";
const URL_RULE = "(?<url>https?://[^\\s<>\"`]+)";
const EMOJI_RULE = ":(?<emoji>[a-z0-9_+-]+):";
const around = (mark, name) => `(?<![\\w${mark}])${mark}(?<${name}>[^\\s${mark}](?:[^\\n]*?[^\\s${mark}])?)${mark}(?![\\w${mark}])`;

const MRKDWN = new RegExp(
  [CODE, TOKEN, URL_RULE, around("\\*", "strong"), around("_", "em"), around("~", "del"), EMOJI_RULE].join("|"), "g",
);
const MARKDOWN = new RegExp(
  [
    "\\\\(?<escaped>[\\\\`*_{}\\[\\]()#+\\-.!~|<>])", CODE, TOKEN,
    "!?\\[(?<label>[^\\]\\n]+)\\]\\((?<href>[^()\\s]+(?:\\([^()\\s]*\\)[^()\\s]*)*)\\)", URL_RULE,
    "\\*\\*(?<strong>\\S(?:.*?\\S)?)\\*\\*", "~~(?<del>\\S(?:.*?\\S)?)~~", "(?<!\\w)__(?<strong2>\\S(?:.*?\\S)?)__(?!\\w)",
    "\\*(?<em>[^\\s*](?:.*?[^\\s*])?)\\*", around("_", "em2"), EMOJI_RULE,
  ].join("|"), "g",
);
const PLAIN = new RegExp(URL_RULE, "g");
const RULES = { mrkdwn: MRKDWN, markdown: MARKDOWN, plain: PLAIN };

/** Slack escapes `&`, `<` and `>` and nothing else. */
export const decodeEntities = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
export const encodeEntities = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

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

function renderToken(token, names) {
  const [target, label] = token.split(/\|(.*)/s);
  if (target.startsWith("@")) return h("span", { class: "mention" }, `@${names.user(target.slice(1)) ?? label ?? target}`);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${names.channel(target.slice(1)) ?? label ?? target}`);
  if (/^!(channel|here|everyone)$/.test(target)) return h("span", { class: "mention" }, `@${target.slice(1)}`);
  if (target.startsWith("!")) return decodeEntities(label ?? target);
  if (/^(https?|mailto):/i.test(target)) return link(decodeEntities(target), decodeEntities(label || target.replace(/^mailto:/i, "")));
  return decodeEntities(`<${token}>`);
}

function renderMatch(groups, format, names) {
  const inner = (text) => inline(text, format, names);
  if (groups.escaped) return groups.escaped;
  if (groups.code !== undefined) return h("code", {}, decodeEntities(groups.code));
  if (groups.token !== undefined) return renderToken(groups.token, names);
  if (groups.label !== undefined) return link(decodeEntities(groups.href), ...inner(groups.label));
  if (groups.url !== undefined) return bareLink(groups.url);
  if (groups.emoji !== undefined) return EMOJI[groups.emoji] ?? `:${groups.emoji}:`;
  const strong = groups.strong ?? groups.strong2;
  if (strong !== undefined) return h("strong", {}, inner(strong));
  if (groups.del !== undefined) return h("del", {}, inner(groups.del));
  return h("em", {}, inner(groups.em ?? groups.em2));
}

const withBreaks = (text) => decodeEntities(text).split("\n").flatMap((line, at) => (at ? [h("br"), line] : [line]));

function inline(text, format, names) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(RULES[format])) {
    nodes.push(...withBreaks(text.slice(from, match.index)), renderMatch(match.groups, format, names));
    from = match.index + match[0].length;
  }
  nodes.push(...withBreaks(text.slice(from)));
  return nodes.flat().filter((node) => node !== "");
}

const ITEM = /^(\s*)([-*+•]|\d{1,9}[.)])\s+(.*)$/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const QUOTE = /^\s{0,3}(?:>|&gt;)\s?(.*)$/;
const RULE = /^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/;
const FENCE = /^\s*```/;
const TABLE_LINE = /^\s*\|?[^|]*\|/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** Take lines from the front while they match. */
function takeWhile(lines, matches) {
  const end = lines.findIndex((line) => !matches(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function renderFence(lines) {
  const opening = lines.shift().replace(FENCE, "");
  const body = takeWhile(lines, (line) => !line.includes("```"));
  if (opening.endsWith("```")) lines.unshift(...body.splice(0));
  else if (lines.length) body.push(...[lines.shift().replace(/```.*$/, "")].filter(Boolean));
  // What stands behind the opening is a language name unless the fence closes on its line.
  const first = opening.endsWith("```") ? [opening.slice(0, -3)] : /^\s*[\w+#-]*\s*$/.test(opening) ? [] : [opening];
  return h("pre", { tabindex: "0" }, h("code", {}, decodeEntities([...first, ...body].join("\n"))));
}

function renderItems(entries, format, names) {
  const list = h(/\d/.test(entries[0].mark) ? "ol" : "ul");
  if (list.tagName === "OL") list.start = Number.parseInt(entries[0].mark, 10);
  const indent = entries[0].indent;
  while (entries.length && entries[0].indent >= indent) {
    if (entries[0].indent > indent) {
      list.lastChild.append(renderItems(entries, format, names));
      continue;
    }
    const text = entries.shift().text.replace(/^\[([ xX])\]\s/, (_, mark) => (mark === " " ? "☐ " : "☑ "));
    list.append(h("li", {}, inline(text, format, names)));
  }
  return list;
}

function renderList(lines, format, names) {
  const entries = [];
  for (const line of takeWhile(lines, (each) => ITEM.test(each) || (/^\s{2,}\S/.test(each) && !FENCE.test(each)))) {
    const [, indent, mark, text] = ITEM.exec(line) ?? [];
    if (mark) entries.push({ indent: indent.length, mark, text });
    else entries.at(-1).text += `\n${line.trim()}`;
  }
  const lists = [];
  while (entries.length) lists.push(renderItems(entries, format, names));
  return lists;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function renderTable(lines, format, names) {
  const row = (line, tag) => h("tr", {}, cells(line).map((cell) => h(tag, {}, inline(cell, format, names))));
  const head = row(lines.shift(), "th");
  lines.shift();
  const body = takeWhile(lines, (line) => TABLE_LINE.test(line)).map((line) => row(line, "td"));
  return h("div", { class: "table-wrap", tabindex: "0" }, h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
}

function startsBlock(lines, format) {
  const [line, next] = lines;
  if (FENCE.test(line)) return "fence";
  if (QUOTE.test(line)) return "quote";
  if (format === "markdown" && RULE.test(line)) return "rule";
  if (ITEM.test(line)) return "list";
  if (format !== "markdown") return "";
  if (HEADING.test(line)) return "heading";
  return next !== undefined && TABLE_LINE.test(line) && TABLE_RULE.test(next) ? "table" : "";
}

function renderBlock(kind, lines, format, names) {
  if (kind === "fence") return renderFence(lines);
  if (kind === "list") return renderList(lines, format, names);
  if (kind === "table") return renderTable(lines, format, names);
  if (kind === "rule") return lines.shift() && h("hr");
  if (kind === "heading") return h("p", { class: "heading" }, inline(HEADING.exec(lines.shift())[2], format, names));
  const quoted = takeWhile(lines, (line) => QUOTE.test(line)).map((line) => QUOTE.exec(line)[1]);
  return h("blockquote", {}, renderText(quoted.join("\n"), format, names));
}

const NO_NAMES = { user: () => null, channel: () => null };

/** Render a whole text. `format` is "mrkdwn", "markdown" or "plain"; `names` turns ids into names. */
export function renderText(text, format, names = NO_NAMES) {
  if (format === "plain") return [h("p", {}, inline(text, format, names))];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const nodes = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) nodes.push(h("p", {}, inline(paragraph.join("\n"), format, names)));
    paragraph = [];
  };
  while (lines.length) {
    const kind = startsBlock(lines, format);
    if (kind || !lines[0].trim()) flush();
    if (kind) nodes.push(renderBlock(kind, lines, format, names));
    else if (lines[0].trim()) paragraph.push(lines.shift());
    else lines.shift();
  }
  flush();
  return nodes.flat();
}

/** One line of text, without paragraphs: button labels, context elements. */
export const renderLine = (text, format, names = NO_NAMES) => inline(text, format, names);
