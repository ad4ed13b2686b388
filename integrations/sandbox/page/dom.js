/** Small tools for building the page. Text always becomes text nodes, never markup. */

/**
 * Build an element. `props` are attributes, except `class`, `testid`, `data` (dataset), `on` (listeners)
 * and `set` (DOM properties). Empty children are left out.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { testid, data = {}, on = {}, set = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  if (testid) node.dataset.testid = testid;
  Object.assign(node.dataset, data);
  Object.assign(node, set);
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  bell: "M5 16a7 7 0 0 1 14 0zM3.5 19h17M12 9V7M10 6.5h4",
  send: "M4 12 20 5l-5 15-4-6zM11 14l9-9",
  clip: "M19 11.5 12 18.500a4.500 4.500 0 0 1-6.400-6.400l7.500-7.500a3 3 0 0 1 4.300 4.300l-7.400 7.400a1.500 1.500 0 0 1-2.200-2.100l6.700-6.700",
  close: "M6 6l12 12M18 6 6 18",
  ticket: "M4 7h16v3a2 2 0 0 0 0 4v3H4v-3a2 2 0 0 0 0-4zM14 7v10",
  thread: "M5 5h14v10h-8l-4 4v-4H5z",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  chevron: "M9 6l6 6-6 6",
  box: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  coins:
    "M12 3v18M16.500 7.500c-.8-1.300-2.500-2-4.500-2-2.600 0-4.500 1.200-4.500 3.100 0 4.200 9.500 2 9.500 6.500 0 2-2 3.400-5 3.400-2.300 0-4.200-.9-5-2.500",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20a7.500 7.500 0 0 1 15 0",
  bag: "M5 9h14v11H5zM9 9V5h6v4M9 20V9M15 20V9",
  seat: "M7 4v9h9l2 7M7 13l-1 7M10 13V9h5",
  wifi: "M4 10a12 12 0 0 1 16 0M7 13.500a7.500 7.500 0 0 1 10 0M10 17a3 3 0 0 1 4 0",
};

/** A decorative line icon. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * Make `parent`'s children match `items`, reusing the part of each key, so that focus, caret and
 * whatever is being typed survive. `create(key)` returns `{node, update(item)}`.
 */
export function syncKeyed(parent, items, keyOf, create) {
  const old = parent.keyedParts ?? new Map();
  const parts = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const part = old.get(key) ?? create(key);
    old.delete(key);
    parts.set(key, part);
    part.update(item);
  }
  for (const part of old.values()) part.node.remove();
  let place = parent.firstChild;
  for (const { node } of parts.values()) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  parent.keyedParts = parts;
  return parts;
}

/** Fill a select with `[{value, label, group?}]` only when the choices changed; keeps an open list open. */
export function syncOptions(select, options, value) {
  const wanted = JSON.stringify(options);
  if (select.shownOptions !== wanted) {
    const groups = new Map();
    for (const option of options) {
      const list = groups.get(option.group ?? "") ?? [];
      list.push(h("option", { value: option.value }, option.label));
      groups.set(option.group ?? "", list);
    }
    select.replaceChildren(
      ...[...groups].flatMap(([label, list]) => (label ? [h("optgroup", { label }, list)] : list)),
    );
    select.shownOptions = wanted;
    select.value = value;
  } else if (select.value !== value) {
    select.value = value;
  }
}

/** Put `nodes` into `parent` only when `signature` differs from what is shown. */
export function showOnce(parent, signature, render) {
  if (parent.shownSignature === signature) return false;
  parent.shownSignature = signature;
  parent.replaceChildren(...[render()].flat().filter(Boolean));
  return true;
}

const HUES = 7;

/** Initials on a calm colour that depends on the name alone; the bot wears the bell. */
export function avatar(name, isBot = false) {
  if (isBot) return h("span", { class: "avatar bot", "aria-hidden": "true" }, icon("bell"));
  const initials = name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word[0])
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0), 0);
  return h(
    "span",
    { class: "avatar", data: { hue: String(sum % HUES) }, "aria-hidden": "true" },
    initials || "?",
  );
}

/** A `<time>` for a Date: the hour today, the day before that. */
export function when(date) {
  if (Number.isNaN(date.getTime())) return null;
  const today = date.toDateString() === new Date().toDateString();
  const shown = today
    ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString([], { day: "numeric", month: "short" });
  return h("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
}

const AT_END_PX = 60;

/**
 * Whether a scrolling part stands at its end; it stays there when the part gets smaller (keyboard, notices).
 * `hasEnd()` tells whether what is shown is read from its end at all.
 */
export function followEnd(scroll, hasEnd = () => true) {
  let pinned = true;
  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_END_PX;
  const toEnd = () => {
    scroll.scrollTop = hasEnd() ? scroll.scrollHeight : 0;
  };
  scroll.addEventListener("scroll", () => {
    pinned = isAtEnd();
  });
  new ResizeObserver(() => pinned && toEnd()).observe(scroll);
  return { isAtEnd, toEnd };
}

/** "1 reply", "2 replies". */
export function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** "12 KB" of a number of bytes. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
