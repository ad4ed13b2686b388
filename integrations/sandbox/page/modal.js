/** The modal that the app has opened for whoever writes: its inputs, its button, and what the app found wrong. */
import { h } from "./dom.js";
import { attempt } from "./notices.js";
import { renderText } from "./markdown.js";

const inputsOf = (view) => view.blocks.filter((block) => block.type === "input");

function field(block, errors) {
  const { element, label } = block;
  const attributes = {
    name: block.block_id,
    maxlength: element.max_length ?? 3000,
    required: !block.optional,
    testid: "modal-input",
  };
  const input = element.multiline
    ? h("textarea", { ...attributes, rows: "9" }, element.initial_value ?? "")
    : h("input", { ...attributes, value: element.initial_value ?? "" });
  const error = errors[block.block_id];
  return h(
    "label",
    { class: "field" },
    h("span", {}, label?.text ?? ""),
    input,
    error ? h("span", { class: "error", role: "alert" }, error) : null,
  );
}

const told = (block, names) =>
  block.text ? h("div", { class: "muted" }, renderText(block.text.text, "mrkdwn", names)) : null;

/** `slack(command, body)` sends as whoever writes; `names` are those of the Slack pane. */
export function createModal({ slack, names }) {
  const dialog = document.getElementById("modal");
  let shown = "";
  let view = null;

  function close() {
    if (dialog.open) dialog.close();
  }

  async function submit(event) {
    event.preventDefault();
    const values = Object.fromEntries(
      inputsOf(view.view).map((block) => [block.block_id, dialog.querySelector(`[name="${block.block_id}"]`).value]),
    );
    await attempt(() => slack("submit", { view_id: view.view_id, values }));
  }

  /** Escape and the button do the same: the app may want to hear of it. */
  function leave(event) {
    event.preventDefault();
    attempt(() => slack("close", { view_id: view.view_id }));
  }

  dialog.addEventListener("cancel", leave);

  function render() {
    const { title, blocks, submit: go, close: no } = view.view;
    const form = h(
      "form",
      { on: { submit } },
      h("h2", { id: "modal-title" }, title?.text ?? ""),
      blocks.map((block) => (block.type === "input" ? field(block, view.errors) : told(block, names))),
      view.errors[""] ? h("p", { class: "error", role: "alert" }, view.errors[""]) : null,
      h(
        "div",
        { class: "dialog-actions" },
        h("button", { type: "button", class: "button", on: { click: leave } }, no?.text ?? "Cancel"),
        h("button", { class: "button primary", testid: "modal-submit" }, go?.text ?? "Submit"),
      ),
    );
    dialog.replaceChildren(form);
  }

  return {
    /** Show the newest modal of this person; what is being typed stays. */
    update(modals, user) {
      view = modals.filter((modal) => modal.user === user).at(-1) ?? null;
      const signature = view ? JSON.stringify(view) : "";
      if (signature === shown) return;
      shown = signature;
      if (!view) return close();
      render();
      if (!dialog.open) dialog.showModal();
    },
  };
}
