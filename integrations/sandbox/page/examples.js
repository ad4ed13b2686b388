/** Conversations one click away: large cards in an empty sandbox, a row of chips afterwards. */
import { h, icon, showOnce } from "./dom.js";
import { attempt } from "./notices.js";
import { post } from "./stream.js";
import { channelsOf, endUsers, isEmptyWorld } from "./world.js";

const PASSWORD_TICKET = {
  kind: "ticket",
  testid: "example-ticket",
  writer: "Sarah Chen",
  icon: "ticket",
  title: "A ticket",
  subject: "Password reset",
  text: "How do I reset my password?",
};
const EXAMPLES = {
  store: [
    {
      kind: "slack",
      testid: "example-order",
      writer: "Sarah Chen",
      icon: "box",
      title: "Order status",
      text: "Where is my order A1001?",
    },
    {
      kind: "slack",
      testid: "example-refund",
      writer: "Sarah Chen",
      icon: "coins",
      title: "A refund",
      text: "Can I get a refund for order ord_1001?",
    },
    {
      kind: "slack",
      testid: "example-manager",
      writer: "Marcus Johnson",
      icon: "person",
      title: "A manager",
      text: "This is unacceptable, I want a manager",
    },
    PASSWORD_TICKET,
  ],
  airline: [
    {
      kind: "slack",
      testid: "example-baggage",
      writer: "Sarah Chen",
      icon: "bag",
      title: "Baggage",
      text: "How big may my bag be?",
    },
    {
      kind: "slack",
      testid: "example-seat",
      writer: "Sarah Chen",
      icon: "seat",
      title: "A seat change",
      text: "Can I change my seat?",
    },
    {
      kind: "slack",
      testid: "example-wifi",
      writer: "Marcus Johnson",
      icon: "wifi",
      title: "Wifi",
      text: "Is there wifi on the plane?",
    },
    { ...PASSWORD_TICKET, subject: "Hand luggage", text: "May I take two bags into the cabin?" },
  ],
};

const place = (example) => (example.kind === "ticket" ? "Zendesk ticket" : "Slack message");

function card(example, play) {
  return h(
    "button",
    { type: "button", class: "example-card", testid: example.testid, on: { click: play } },
    icon(example.icon),
    h(
      "span",
      { class: "example-words" },
      h("span", { class: "example-text" }, `“${example.text}”`),
      h("span", { class: "muted" }, `${place(example)} as ${example.writer}`),
    ),
  );
}

function chip(example, play) {
  return h(
    "button",
    {
      type: "button",
      class: "chip link",
      testid: example.testid,
      title: `${place(example)} as ${example.writer}: “${example.text}”`,
      on: { click: play },
    },
    icon(example.icon),
    example.title,
  );
}

/** `say(user, channel, text)` posts in Slack; `onTicket(id)` shows an opened ticket. */
export function createExamples({ say, onTicket }) {
  const row = document.getElementById("slack-examples");
  const welcome = h("div", { class: "welcome" });
  document.getElementById("slack-empty").before(welcome);
  let world = null;

  async function play(example) {
    await attempt(async () => {
      if (example.kind === "ticket") {
        const requester = endUsers(world).find((user) => user.name === example.writer) ?? endUsers(world)[0];
        onTicket(
          (
            await post("zendesk/ticket", {
              requester: requester.id,
              subject: example.subject,
              body: example.text,
            })
          ).id,
        );
        return;
      }
      const writer =
        world.slack.users.find((user) => user.real_name === example.writer) ??
        world.slack.users.find((user) => !user.is_bot);
      await say(writer.id, channelsOf(world, writer.id)[0].id, example.text);
    });
  }

  function update(next) {
    world = next;
    const examples = EXAMPLES[world.notes.desk] ?? EXAMPLES.store;
    const empty = isEmptyWorld(world);
    row.hidden = empty;
    welcome.hidden = !empty;
    const signature = `${empty} ${world.notes.desk}`;
    showOnce(row, signature, () =>
      empty
        ? []
        : [h("span", { class: "muted" }, "Try"), ...examples.map((each) => chip(each, () => play(each)))],
    );
    showOnce(
      welcome,
      signature,
      () =>
        empty && [
          h("p", { class: "empty-title" }, "Ask Frontdesk something"),
          h(
            "p",
            {},
            "Pick an example, or write your own message below. You are the customer here, and the human agent " +
              "in Zendesk.",
          ),
          h(
            "div",
            { class: "example-cards" },
            examples.map((each) => card(each, () => play(each))),
          ),
        ],
    );
  }

  return { update };
}
