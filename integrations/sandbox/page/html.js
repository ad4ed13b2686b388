/** Zendesk holds comments as HTML. It is parsed in an inert document and copied tag by allowed tag. */
import { h } from "./dom.js";
import { autolink, link } from "./inline.js";

const COPIED = new Set(
  "P BR STRONG B EM I DEL S CODE PRE UL OL LI BLOCKQUOTE HR TABLE THEAD TBODY TR TH TD DIV SPAN".split(" "),
);
const HEADINGS = /^H[1-6]$/;
const DROPPED = new Set("SCRIPT STYLE TEMPLATE IFRAME OBJECT EMBED NOSCRIPT SVG MATH TITLE HEAD".split(" "));

function copy(node) {
  if (node.nodeType === Node.TEXT_NODE)
    return node.parentElement.closest("a") ? [node.data] : autolink(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName.toUpperCase())) return [];
  const children = [...node.childNodes].flatMap(copy);
  if (node.tagName === "A") return [link(node.getAttribute("href") ?? "", ...children)].flat();
  if (HEADINGS.test(node.tagName)) return [h("p", { class: "heading" }, children)];
  return COPIED.has(node.tagName) ? [h(node.tagName.toLowerCase(), {}, children)] : children;
}

/** Nodes fit to show; attributes, scripts, images and unknown tags are left out. */
export function renderHtml(html) {
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes].flatMap(copy);
}
