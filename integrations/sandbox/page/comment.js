/** One comment of a ticket: public, or an internal note that looks and reads like one. */
import { avatar, h, showOnce, when } from "./dom.js";
import { renderFiles } from "./files.js";
import { renderHtml } from "./html.js";
import { autolink } from "./inline.js";
import { whyButton } from "./why.js";
import { roleOf, zendeskName } from "./world.js";

const APPROVAL = /\bfrontdesk_(approve|reject)_([A-Za-z0-9-]+)/g;

/** The approval tags a note names, each once, in order. */
export function approvalTags(comment) {
  if (comment.public) return [];
  return [...new Set([...(comment.body ?? "").matchAll(APPROVAL)].map(([tag]) => tag))];
}

const DRAFT = /^Frontdesk draft (\S+)/;
const DRAFT_TAG = "frontdesk_draft";
const DECISIONS = [
  { tag: "frontdesk_send", label: "Send", kind: "primary", testid: "draft-send" },
  { tag: "frontdesk_discard", label: "Discard", kind: "danger", testid: "draft-discard" },
];

const isDraft = (comment) => !comment.public && DRAFT.test(comment.body ?? "");

/** Whether a note shows the newest draft of a ticket that waits for a decision. */
function isOpenDraft(comment, ticket) {
  const newest = ticket.comments.filter(isDraft).at(-1);
  return newest?.id === comment.id && ticket.tags.includes(DRAFT_TAG);
}

function draftButtons(comment, ticket, addTag) {
  if (!isOpenDraft(comment, ticket)) return null;
  return h(
    "div",
    { class: "approvals", role: "group", "aria-label": "Draft" },
    DECISIONS.map(({ tag, label, kind, testid }) =>
      h(
        "button",
        {
          type: "button",
          class: `button small ${kind}`,
          testid,
          disabled: ticket.tags.includes(tag),
          title: `Adds the tag ${tag}, as the macro does`,
          on: { click: () => addTag(tag) },
        },
        label,
      ),
    ),
  );
}

function approvalButtons(comment, ticket, addTag) {
  const tags = approvalTags(comment);
  if (!tags.length) return null;
  return h(
    "div",
    { class: "approvals", role: "group", "aria-label": "Approval" },
    tags.map((tag) => {
      const approves = tag.startsWith("frontdesk_approve_");
      const id = tag.split("_").slice(2).join("_");
      return h(
        "button",
        {
          type: "button",
          class: `button small ${approves ? "primary" : "danger"}`,
          testid: approves ? "ticket-approve" : "ticket-reject",
          data: { tag },
          disabled: ticket.tags.includes(tag),
          title: `Adds the tag ${tag}`,
          on: { click: () => addTag(tag) },
        },
        `${approves ? "Approve" : "Reject"} ${id}`,
      );
    }),
  );
}

const renderBody = (comment) =>
  comment.html_body
    ? renderHtml(comment.html_body)
    : h("p", { class: "plain" }, autolink(comment.body ?? ""));

/** `view` is the ticket view's `{world(), addTag(tag)}`. */
export function createComment(id, view) {
  const face = h("div", { class: "face" });
  const head = h("div", { class: "message-head" });
  const text = h("div", { class: "text" });
  const extra = h("div", { class: "comment-extra" });
  const node = h(
    "article",
    { class: "comment", testid: "ticket-comment", data: { id: String(id) } },
    face,
    h("div", { class: "message-main" }, head, text, extra),
  );

  function update({ comment, ticket }) {
    const world = view.world();
    const name = zendeskName(world, comment.author_id);
    const role = roleOf(world, comment.author_id);
    node.dataset.public = String(comment.public);
    node.classList.toggle("note", !comment.public);
    showOnce(face, name + role, () => avatar(name, role === "bot"));
    showOnce(head, JSON.stringify([name, role, comment.public]), () => [
      h("strong", { class: "author" }, name),
      h("span", { class: "muted" }, role),
      h(
        "span",
        { class: comment.public ? "chip" : "chip note-label" },
        comment.public ? "Public" : "Internal note",
      ),
      when(new Date(comment.created_at)),
    ]);
    showOnce(text, JSON.stringify([comment.body, comment.html_body]), () => renderBody(comment));
    const waits = isOpenDraft(comment, ticket);
    const told = Boolean(world.notes.switches);
    showOnce(extra, JSON.stringify([comment.attachments, approvalTags(comment), ticket.tags, waits, told]), () => [
      renderFiles(
        (comment.attachments ?? []).map((file) => ({
          name: file.file_name,
          url: file.content_url,
          size: file.size,
        })),
      ),
      approvalButtons(comment, ticket, view.addTag),
      draftButtons(comment, ticket, view.addTag),
      role === "bot" && comment.public && whyButton(world, comment.metadata),
    ]);
  }

  return { node, update };
}
