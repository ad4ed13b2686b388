/** One Slack thread: the first message, its replies, what the bot is doing, and a box to reply in. */
import { createComposer } from "./composer.js";
import { counted, h, icon, showOnce, syncKeyed } from "./dom.js";
import { createMessage } from "./message.js";
import { attempt } from "./notices.js";
import { shareChip } from "./switches.js";
import { nameOf, ticketOfThread } from "./world.js";

const deletedRoot = () => h("p", { class: "muted deleted" }, "This message was deleted.");

export function createThread(ts, view) {
  let thread = null;
  let open = true;
  let wantsReply = false;
  let seen = 0;

  const root = h("div", { class: "root" });
  const replies = h("div", { class: "replies", id: `replies-${ts}` });
  const toggle = h("button", {
    type: "button",
    class: "toggle",
    "aria-controls": replies.id,
    testid: "thread-toggle",
  });
  const ticketChip = h("div", { class: "thread-ticket" });
  const status = h("div", { class: "status", testid: "slack-status", hidden: true });
  const composer = createComposer({
    label: "Reply in this thread",
    placeholder: "Reply in thread…",
    compact: true,
    sendLabel: "Send reply",
    testids: { input: "thread-reply-input", send: "thread-reply-send", files: "thread-reply-files" },
    prepare: (text) => view.posting(text, { channel: thread.channel, thread_ts: ts }),
  });
  const inner = h("div", { class: "thread-inner" }, replies, status, composer.node);
  const node = h(
    "div",
    { class: "thread", role: "group", testid: "slack-thread", data: { ts }, "aria-label": "Thread" },
    root,
    h("div", { class: "thread-bar" }, toggle, ticketChip),
    inner,
  );

  function reply() {
    open = true;
    wantsReply = true;
    update(thread);
    composer.input.focus();
    composer.node.scrollIntoView({ block: "nearest" });
  }

  toggle.addEventListener("click", () => {
    open = !open;
    update(thread);
  });

  function showToggle() {
    const count = thread.replies.length;
    const fresh = open ? 0 : Math.max(0, count - seen);
    if (open) seen = count;
    toggle.hidden = count === 0;
    toggle.setAttribute("aria-expanded", String(open));
    showOnce(toggle, JSON.stringify([count, fresh]), () => [
      icon("chevron"),
      counted(count, "reply", "replies"),
      fresh ? h("span", { class: "badge" }, `${fresh} new`) : null,
    ]);
  }

  function showStatus() {
    const world = view.world();
    const busy = Boolean(thread.status) || thread.replies.some((message) => message.streaming);
    const name = world.bot ? nameOf(world, world.bot.id) : "The bot";
    status.hidden = !busy;
    const line = thread.status ? `${name} ${thread.status}` : `${name} is writing…`;
    showOnce(
      status,
      busy ? line : "",
      () =>
        busy && [
          h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
          h("span", {}, line),
          h(
            "button",
            {
              type: "button",
              class: "tool",
              testid: "slack-stop",
              on: {
                click: () => attempt(() => view.slack("stop", { channel: thread.channel, thread_ts: ts })),
              },
            },
            "Stop",
          ),
        ],
    );
  }

  function showTicket() {
    const world = view.world();
    const ticket = ticketOfThread(world, thread.channel, ts);
    const id = `slack:${world.slack.team.id}:${thread.channel}:${ts}`;
    showOnce(ticketChip, JSON.stringify([ticket?.id, ticket?.status, world.notes.switches?.sides?.[id]]), () => [
      shareChip(world, id),
      ticket &&
        h(
          "button",
          {
            type: "button",
            class: "chip link",
            testid: "thread-ticket",
            on: { click: () => view.openTicket(ticket.id) },
          },
          icon("ticket"),
          `Ticket #${ticket.id} · ${ticket.status}`,
        ),
    ]);
  }

  function update(next) {
    thread = next;
    composer.use(`slack:${view.me()}:${thread.channel}:${ts}`);
    if (thread.root)
      syncKeyed(
        root,
        [thread.root],
        (message) => message.ts,
        (key) => createMessage(key, view, { onReply: reply }),
      );
    else if (!root.querySelector(".deleted")) {
      root.keyedParts = undefined;
      root.replaceChildren(deletedRoot());
    }
    syncKeyed(
      replies,
      thread.replies,
      (message) => message.ts,
      (key) => createMessage(key, view),
    );
    node.classList.toggle("plain", thread.replies.length === 0 && !thread.status);
    showToggle();
    showTicket();
    showStatus();
    inner.hidden = !open && thread.replies.length > 0;
    composer.node.hidden = !(
      thread.replies.length ||
      thread.status ||
      thread.isLast ||
      wantsReply ||
      composer.hasText()
    );
  }

  return { node, update };
}
