/** Render the Block Kit of messages: https://docs.slack.dev/reference/block-kit/blocks */
import { h } from "./dom.js";
import { link, renderLine } from "./inline.js";
import { renderText } from "./markdown.js";
import { attempt, confirmed } from "./notices.js";

const CONTENT = new Set([
  "section",
  "markdown",
  "header",
  "context",
  "image",
  "table",
  "actions",
  "divider",
  "context_actions",
]);

/** Slack shows the text of a message with blocks only as a fallback; `rich_text` repeats the text. */
export const replacesText = (blocks) => blocks.some((block) => CONTENT.has(block.type));

function renderTextObject(object, names) {
  if (!object) return [];
  return object.type === "plain_text"
    ? renderLine(object.text, "plain")
    : renderText(object.text, "mrkdwn", names);
}

async function press(button, element, value, click) {
  if (element.confirm) {
    const { title, text, confirm, deny } = element.confirm;
    const agreed = await confirmed({
      title: title?.text ?? "Are you sure?",
      text: text?.text ?? "",
      yes: confirm?.text ?? "Yes",
      no: deny?.text ?? "Cancel",
      danger: element.confirm.style === "danger",
    });
    if (!agreed) return;
  }
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  await attempt(() => click(element.action_id, value));
  button.disabled = false;
  button.removeAttribute("aria-busy");
}

function renderButton(element, { click, names }, choice = element) {
  const { text, value } = choice;
  const label = renderTextObject(text, names);
  if (element.url) {
    const [anchor] = [link(element.url, ...label)].flat();
    if (anchor instanceof HTMLAnchorElement) anchor.className = "button small";
    return anchor;
  }
  const style = ["primary", "danger"].includes(element.style) ? ` ${element.style}` : "";
  const button = h(
    "button",
    {
      type: "button",
      class: `button small${style}`,
      testid: "slack-button",
      data: { action: element.action_id ?? "" },
      "aria-label": choice.accessibility_label,
      on: { click: () => press(button, element, value, click) },
    },
    label,
  );
  return button;
}

function renderElement(element, context) {
  if (element.type === "button") return renderButton(element, context);
  if (element.type === "feedback_buttons") {
    return ["positive_button", "negative_button"].flatMap((side) => {
      const choice = element[side];
      return choice ? [renderButton(element, context, choice)] : [];
    });
  }
  if (element.type === "icon_button") return renderButton(element, context);
  if (element.type === "image") return element.alt_text ?? "";
  if (element.type === "mrkdwn" || element.type === "plain_text")
    return h("span", {}, renderTextObject(element, context.names));
  return h("span", { class: "muted" }, `[${element.type} is not shown in the sandbox]`);
}

const elements = (block, context) =>
  (block.elements ?? []).flatMap((element) => renderElement(element, context));

const RENDERERS = {
  section: (block, context) =>
    h(
      "div",
      { class: "block section" },
      h("div", { class: "section-text" }, renderTextObject(block.text, context.names)),
      block.accessory ? renderElement(block.accessory, context) : null,
      block.fields
        ? h(
            "div",
            { class: "fields" },
            block.fields.map((field) => h("div", {}, renderTextObject(field, context.names))),
          )
        : null,
    ),
  markdown: (block, context) =>
    h("div", { class: "block" }, renderText(block.text ?? "", "markdown", context.names)),
  header: (block) => h("p", { class: "heading" }, block.text?.text ?? ""),
  divider: () => h("hr"),
  context: (block, context) => h("div", { class: "block context" }, elements(block, context)),
  actions: (block, context) => h("div", { class: "block actions" }, elements(block, context)),
  context_actions: (block, context) => h("div", { class: "block actions" }, elements(block, context)),
  image: (block) => h("p", { class: "muted" }, `Picture: ${block.alt_text ?? ""}`),
  rich_text: () => null,
};

/** `context` is `{names, click(actionId, value)}`; unknown blocks are named, not hidden. */
export function renderBlocks(blocks, context) {
  return blocks.flatMap((block) => {
    const render = RENDERERS[block.type];
    return render
      ? (render(block, context) ?? [])
      : h("p", { class: "muted" }, `[${block.type} block is not shown in the sandbox]`);
  });
}
