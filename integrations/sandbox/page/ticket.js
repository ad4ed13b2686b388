/** The selected ticket: its comments, its properties, and a box to answer as a human agent or as the requester. */
import { createComment } from "./comment.js";
import { createComposer } from "./composer.js";
import { followEnd, h, icon, showOnce, syncKeyed, syncOptions } from "./dom.js";
import { attempt } from "./notices.js";
import { createProperties } from "./properties.js";
import { post } from "./stream.js";
import { shareChip } from "./switches.js";
import { humanAgents, threadOfTicket, zendeskName } from "./world.js";

/** `view` is `{world(), openThread(thread)}`. */
export function createTicketView(view) {
  let ticket = null;
  let isNote = false;
  let actor = null;

  const title = h("h3", { class: "ticket-title" });
  const origin = h("p", { class: "ticket-origin" });
  const comments = h("div", { class: "comments" });
  const scroll = h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Comments" },
    comments,
  );
  const end = followEnd(scroll);
  const persona = h("select", { testid: "agent-user", "aria-label": "Write as" });
  const publicMode = h(
    "button",
    { type: "button", class: "mode", testid: "agent-public-toggle", on: { click: () => setNote(false) } },
    "Public reply",
  );
  const noteMode = h(
    "button",
    {
      type: "button",
      class: "mode note",
      testid: "agent-note-toggle",
      on: { click: () => setNote(!isNote) },
    },
    "Internal note",
  );
  const modes = h(
    "div",
    { class: "modes", role: "group", "aria-label": "Kind of comment" },
    publicMode,
    noteMode,
  );

  const composer = createComposer({
    label: "Public reply",
    testids: { input: "agent-reply", send: "agent-send", files: "agent-files" },
    sendOn: "ctrl-enter",
    prepare(text) {
      const body = {
        ticket_id: ticket.id,
        author_id: actorId(),
        body: text,
        public: asRequester() || !isNote,
      };
      if (!text) return () => Promise.reject(new Error("Zendesk takes a file only with a few words."));
      return (files) => post("zendesk/comment", files.length ? { ...body, files } : body);
    },
  });
  const foot = h(
    "div",
    { class: "answer" },
    h("div", { class: "answer-head" }, h("label", { class: "pick" }, h("span", {}, "As"), persona), modes),
    composer.node,
  );

  const worker = () => humanAgents(view.world())[0]?.id;
  const actorId = () => actor ?? worker();
  const asRequester = () => actorId() === ticket.requester_id;

  function change(fields) {
    return post("zendesk/update", {
      ticket_id: ticket.id,
      actor_id: asRequester() ? worker() : actorId(),
      ...fields,
    });
  }
  const addTag = (tag) => attempt(() => change({ add_tags: [tag] }));

  const properties = createProperties({ world: view.world, change });
  const node = h(
    "div",
    { class: "ticket-view", testid: "ticket-view" },
    h("header", { class: "ticket-head" }, title, origin),
    properties.node,
    scroll,
    foot,
  );

  function setNote(wanted) {
    isNote = wanted;
    showFoot();
    composer.input.focus();
  }

  persona.addEventListener("change", () => {
    actor = [...humanAgents(view.world()).map((user) => user.id), ticket.requester_id].find(
      (id) => String(id) === persona.value,
    );
    showFoot();
  });

  function showFoot() {
    const agents = humanAgents(view.world());
    if (!agents.some((user) => user.id === actor) && actor !== ticket.requester_id) actor = null;
    const requester = zendeskName(view.world(), ticket.requester_id);
    syncOptions(
      persona,
      [
        ...agents.map(({ id, name }) => ({ value: String(id), label: name, group: "Human agents" })),
        { value: String(ticket.requester_id), label: `${requester} (requester)`, group: "Customer" },
      ],
      String(actorId()),
    );
    modes.hidden = asRequester();
    const note = isNote && !asRequester();
    publicMode.setAttribute("aria-pressed", String(!note));
    noteMode.setAttribute("aria-pressed", String(note));
    foot.classList.toggle("writing-note", note);
    composer.setLabels(
      asRequester()
        ? {
            label: `Comment as ${requester}`,
            placeholder: `Write as ${requester}…`,
            sendLabel: "Send comment",
          }
        : note
          ? {
              label: "Internal note",
              placeholder: "Write a note that only the team sees…",
              sendLabel: "Add note",
            }
          : { label: "Public reply", placeholder: `Reply to ${requester}…`, sendLabel: "Send reply" },
    );
    composer.use(`zendesk:${ticket.id}`);
  }

  function showHead() {
    const world = view.world();
    const thread = threadOfTicket(ticket);
    const requester = zendeskName(world, ticket.requester_id);
    showOnce(title, `${ticket.id} ${ticket.subject}`, () => [
      h("span", { class: "muted" }, `#${ticket.id} `),
      ticket.subject || "(no subject)",
    ]);
    const side = world.notes.switches?.sides?.[`zendesk:${ticket.id}`];
    showOnce(origin, JSON.stringify([requester, ticket.via_channel, thread, side]), () => [
      h("span", {}, `${requester} · via ${thread ? "Slack" : ticket.via_channel || "web"}`),
      thread &&
        h(
          "button",
          {
            type: "button",
            class: "chip link",
            testid: "ticket-thread",
            on: { click: () => view.openThread(thread) },
          },
          icon("thread"),
          "Show the Slack thread",
        ),
      shareChip(world, `zendesk:${ticket.id}`),
    ]);
  }

  return {
    node,
    update(next) {
      const changed = ticket?.id !== next.id;
      const sticks = changed || end.isAtEnd();
      const grew = changed || next.comments.length !== ticket.comments.length;
      ticket = next;
      showHead();
      showFoot();
      properties.update(ticket);
      const items = ticket.comments.map((comment) => ({ comment, ticket }));
      syncKeyed(
        comments,
        items,
        ({ comment }) => comment.id,
        (id) => createComment(id, { world: view.world, addTag }),
      );
      if (sticks && grew) end.toEnd();
      // On a phone the whole ticket scrolls, not its comments alone.
      if (grew && !changed) comments.lastChild?.scrollIntoView({ block: "nearest" });
    },
    isBusy: () => composer.hasText() || properties.hasText(),
    forget() {
      ticket = null;
      isNote = false;
      actor = null;
    },
    refresh: () => composer.refresh(),
  };
}
