/** The right pane: the list of tickets and the selected one. */
import { counted, h, showOnce, syncKeyed } from "./dom.js";
import { createTicketDialog } from "./newticket.js";
import { announce } from "./notices.js";
import { createTicketView } from "./ticket.js";
import { zendeskName } from "./world.js";

const byId = (id) => document.getElementById(id);

/** `onShown()` asks for the pane to be shown on a phone; `isVisible()` tells whether it is. */
export function createZendeskPane({ openThread, onShown, isVisible }) {
  const list = byId("tickets");
  const holder = byId("ticket");
  let world = null;
  let selected = null;
  let known = null;
  let started = false;
  const seen = new Map();

  const ticketView = createTicketView({ world: () => world, openThread });
  const openDialog = createTicketDialog({
    world: () => world,
    onOpened(id) {
      selected = id;
      if (world) render();
    },
  });
  byId("ticket-new").addEventListener("click", openDialog);

  const unreadOf = (ticket) => Math.max(0, ticket.comments.length - (seen.get(ticket.id) ?? 0));

  function select(id) {
    selected = id;
    render();
  }

  function createItem(id) {
    const button = h("button", {
      type: "button",
      class: "ticket-item",
      testid: "ticket-item",
      data: { id: String(id) },
      on: { click: () => select(id) },
    });
    const update = (ticket) => {
      const unread = ticket.id === selected ? 0 : unreadOf(ticket);
      button.setAttribute("aria-current", String(ticket.id === selected));
      const group = world.groups.get(ticket.group_id)?.name;
      const requester = zendeskName(world, ticket.requester_id);
      showOnce(
        button,
        JSON.stringify([
          ticket.subject,
          ticket.status,
          ticket.priority,
          group,
          ticket.tags,
          requester,
          unread,
        ]),
        () => [
          h(
            "span",
            { class: "ticket-line" },
            h("span", { class: "ticket-id" }, `#${ticket.id}`),
            h("span", { class: "ticket-subject" }, ticket.subject || "(no subject)"),
            unread ? h("span", { class: "badge" }, `${unread} new`) : null,
            h("span", { class: "state", data: { status: ticket.status } }, ticket.status),
            ticket.priority
              ? h("span", { class: "priority", data: { priority: ticket.priority } }, ticket.priority)
              : null,
          ),
          h(
            "span",
            { class: "ticket-line details" },
            h("span", {}, [requester, group ?? "no group"].join(" · ")),
            h(
              "span",
              { class: "ticket-tags" },
              ticket.tags.map((tag) => h("span", { class: "tag" }, tag)),
            ),
          ),
        ],
      );
    };
    return { node: h("li", {}, button), update };
  }

  /** A ticket that was not there before is shown at once, unless somebody is typing an answer. */
  function noticeNew() {
    const ids = new Set(world.tickets.map((ticket) => ticket.id));
    if (!ids.has(selected)) selected = null;
    const fresh = world.tickets.filter((ticket) => started && !known.has(ticket.id));
    if (!started) world.tickets.forEach((ticket) => seen.set(ticket.id, ticket.comments.length));
    if (fresh.length) announce(`New ticket ${fresh[0].id}: ${fresh[0].subject}`);
    if ((fresh.length && !(selected && ticketView.isBusy())) || selected === null)
      selected = (fresh[0] ?? world.tickets[0])?.id ?? null;
    known = ids;
    started = true;
  }

  function showEmpty() {
    holder.keyedShown = null;
    showOnce(holder, "empty", () =>
      h(
        "div",
        { class: "empty" },
        h("p", { class: "empty-title" }, "No tickets yet"),
        h(
          "p",
          {},
          "A ticket appears here when Frontdesk hands a Slack conversation to a person, or when a customer " +
            "opens one. Ask for a manager in Slack, or open a ticket yourself.",
        ),
        h("button", { type: "button", class: "button", on: { click: openDialog } }, "Open a ticket"),
      ),
    );
  }

  function markSeen() {
    const ticket = world?.tickets.find((each) => each.id === selected);
    if (ticket && isVisible() && !document.hidden) seen.set(ticket.id, ticket.comments.length);
  }

  function render() {
    const ticket = world.tickets.find((each) => each.id === selected);
    markSeen();
    byId("ticket-count").textContent = world.tickets.length
      ? counted(world.tickets.length, "ticket", "tickets")
      : "";
    list.hidden = world.tickets.length === 0;
    syncKeyed(list, world.tickets, (each) => each.id, createItem);
    if (!ticket) return showEmpty();
    showOnce(holder, "ticket", () => ticketView.node);
    ticketView.update(ticket);
  }

  return {
    update(next) {
      world = next;
      noticeNew();
      render();
    },
    openTicket(id) {
      select(id);
      onShown();
      list.querySelector(`[data-id="${id}"]`)?.focus();
    },
    expect: (id) => {
      selected = id;
    },
    unread: () => (world ? world.tickets.reduce((total, ticket) => total + unreadOf(ticket), 0) : 0),
    seen: markSeen,
    forget() {
      seen.clear();
      selected = null;
      started = false;
      ticketView.forget();
    },
    refresh: () => ticketView.refresh(),
  };
}
