/** The blocks of a text in Slack's two markups: paragraphs, lists, quotes, fences, headings, tables. */
import { h } from "./dom.js";
import { decodeEntities, NO_NAMES, renderLine } from "./inline.js";

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
  const first = opening.endsWith("```")
    ? [opening.slice(0, -3)]
    : /^\s*[\w+#-]*\s*$/.test(opening)
      ? []
      : [opening];
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
    list.append(h("li", {}, renderLine(text, format, names)));
  }
  return list;
}

function renderList(lines, format, names) {
  const entries = [];
  for (const line of takeWhile(
    lines,
    (each) => ITEM.test(each) || (/^\s{2,}\S/.test(each) && !FENCE.test(each)),
  )) {
    const [, indent, mark, text] = ITEM.exec(line) ?? [];
    if (mark) entries.push({ indent: indent.length, mark, text });
    else entries.at(-1).text += `\n${line.trim()}`;
  }
  const lists = [];
  while (entries.length) lists.push(renderItems(entries, format, names));
  return lists;
}

const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function renderTable(lines, format, names) {
  const row = (line, tag) =>
    h(
      "tr",
      {},
      cells(line).map((cell) => h(tag, {}, renderLine(cell, format, names))),
    );
  const head = row(lines.shift(), "th");
  lines.shift();
  const body = takeWhile(lines, (line) => TABLE_LINE.test(line)).map((line) => row(line, "td"));
  return h(
    "div",
    { class: "table-wrap", tabindex: "0" },
    h("table", {}, h("thead", {}, head), h("tbody", {}, body)),
  );
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
  if (kind === "heading")
    return h("p", { class: "heading" }, renderLine(HEADING.exec(lines.shift())[2], format, names));
  const quoted = takeWhile(lines, (line) => QUOTE.test(line)).map((line) => QUOTE.exec(line)[1]);
  return h("blockquote", {}, renderText(quoted.join("\n"), format, names));
}

/** Render a whole text. `format` is "mrkdwn" or "markdown"; `names` turns ids into names. */
export function renderText(text, format, names = NO_NAMES) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const nodes = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) nodes.push(h("p", {}, renderLine(paragraph.join("\n"), format, names)));
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
