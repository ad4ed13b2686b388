/** One Slack message: author, text, blocks, files, and for its author edit and delete. */
import { renderBlocks, replacesText } from "./blocks.js";
import { avatar, h, showOnce, when } from "./dom.js";
import { renderFiles } from "./files.js";
import { renderLine } from "./inline.js";
import { renderText } from "./markdown.js";
import { attempt, confirmed } from "./notices.js";
import { whyButton } from "./why.js";

function badges(world, author) {
  if (!author) return null;
  if (author.is_bot) return h("span", { class: "chip" }, "App");
  return author.external ? h("span", { class: "chip" }, "External") : null;
}

function renderBody(message, names) {
  if (message.format !== "markdown" && replacesText(message.blocks)) return [];
  const nodes = renderText(message.text, message.format === "markdown" ? "markdown" : "mrkdwn", names);
  if (!message.streaming) return nodes;
  const cursor = h("span", { class: "cursor", "aria-hidden": "true" });
  const last = nodes.at(-1);
  if (last instanceof HTMLParagraphElement) last.append(cursor);
  else nodes.push(cursor);
  return nodes;
}

const MARKS = { complete: "✓", error: "✕", in_progress: "…", pending: "·" };

/** The steps of a streamed answer, each as it stands last. */
function renderTasks(chunks) {
  const steps = new Map(
    chunks.filter((chunk) => chunk.type === "task_update").map((chunk) => [chunk.id, chunk]),
  );
  return [...steps.values()].map(({ title, status }) =>
    h("li", { class: "muted" }, `${MARKS[status] ?? "·"} ${title}`),
  );
}

/** An edit box in place of the text; `done(text|null)` ends it. */
function editBox(text, done) {
  const input = h("textarea", { rows: "2", "aria-label": "Edit message", testid: "edit-input" }, text);
  const save = () => done(input.value.trim() || null);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") done(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  });
  return h(
    "div",
    { class: "edit-box" },
    input,
    h(
      "div",
      { class: "edit-actions" },
      h("button", { type: "button", class: "button small", on: { click: () => done(null) } }, "Cancel"),
      h(
        "button",
        { type: "button", class: "button small primary", testid: "edit-save", on: { click: save } },
        "Save",
      ),
    ),
  );
}

/** `view` is the Slack pane's `{world(), names, me(), slack(command, body)}`. */
export function createMessage(ts, view, { onReply } = {}) {
  let message = null;
  let editing = false;
  const face = h("div", { class: "face" });
  const head = h("div", { class: "message-head" });
  const text = h("div", { class: "text" });
  const blocks = h("div", { class: "blocks" });
  const tasks = h("ul", { class: "tasks" });
  const files = h("div", { class: "message-files" });
  const reactions = h("div", { class: "reactions" });
  const why = h("div", { class: "why-line" });
  const tools = h("div", { class: "tools", role: "group", "aria-label": "Message actions" });
  const node = h(
    "article",
    { class: "message", testid: "slack-message", data: { ts } },
    face,
    h("div", { class: "message-main" }, head, tasks, text, blocks, files, reactions, why),
    tools,
  );

  const place = () => ({ channel: message.channel, ts });
  const click = (action, value) =>
    view.slack("click", { ...place(), action_id: action, ...(value === undefined ? {} : { value }) });

  async function endEdit(newText) {
    editing = false;
    const old = message.text;
    update(message);
    tools.querySelector("button")?.focus();
    if (newText !== null && view.encode(newText) !== old)
      await attempt(() => view.slack("edit", { ...place(), text: view.encode(newText) }));
  }

  function startEdit() {
    editing = true;
    update(message);
    const input = text.querySelector("textarea");
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  }

  async function remove() {
    const sure = await confirmed({
      title: "Delete this message?",
      text: "Frontdesk is told that it was deleted, as Slack would do.",
      yes: "Delete",
      danger: true,
    });
    if (sure) await attempt(() => view.slack("delete", place()));
  }

  function renderTools(mine) {
    const tool = (name, testid, action) =>
      h("button", { type: "button", class: "tool", testid, on: { click: action } }, name);
    return [
      onReply && tool("Reply", "message-reply", onReply),
      mine && tool("Edit", "message-edit", startEdit),
      mine && tool("Delete", "message-delete", remove),
    ];
  }

  function update(next) {
    message = next;
    const world = view.world();
    const author = world.slackUsers.get(message.user);
    const name = message.username || (view.names.user(message.user) ?? message.user);
    const mine = message.user === view.me() && !author?.is_bot;
    node.dataset.user = message.user;
    node.classList.toggle("from-bot", Boolean(author?.is_bot));
    node.setAttribute("aria-busy", String(Boolean(message.streaming)));
    showOnce(face, name, () => avatar(name, author?.is_bot));
    showOnce(head, JSON.stringify([name, message.edited]), () => [
      h("strong", { class: "author" }, name),
      badges(world, author),
      when(new Date(Number(ts) * 1000)),
      message.ephemeral_for ? h("span", { class: "muted" }, "only visible to you") : null,
      message.edited && !author?.is_bot ? h("span", { class: "muted" }, "(edited)") : null,
    ]);
    const signature = editing
      ? "editing"
      : JSON.stringify([message.text, message.format, message.streaming, message.blocks.length]);
    showOnce(text, signature, () =>
      editing ? editBox(view.decode(message.text), endEdit) : renderBody(message, view.names),
    );
    showOnce(blocks, JSON.stringify(message.blocks), () =>
      renderBlocks(message.blocks, { names: view.names, click }),
    );
    showOnce(tasks, JSON.stringify(message.tasks ?? []), () => renderTasks(message.tasks ?? []));
    showOnce(reactions, JSON.stringify(message.reactions ?? []), () =>
      (message.reactions ?? []).map(({ name: emoji, count }) =>
        h("span", { class: "chip" }, ...renderLine(`:${emoji}:`, "mrkdwn"), String(count)),
      ),
    );
    const mayAsk = !message.streaming && !onReply && Boolean(world.notes.switches);
    showOnce(why, JSON.stringify([mayAsk, message.metadata]), () => mayAsk && whyButton(world, message.metadata));
    showOnce(files, JSON.stringify(message.files), () => renderFiles(message.files));
    showOnce(tools, JSON.stringify([mine, Boolean(onReply), editing]), () =>
      editing ? [] : renderTools(mine),
    );
  }

  return { node, update };
}
