/** The left pane: who writes, where, the threads of that place, and the box for a new message. */
import { createComposer } from "./composer.js";
import { h, showOnce, syncKeyed, syncOptions } from "./dom.js";
import { encodeEntities } from "./markdown.js";
import { announce } from "./notices.js";
import { post } from "./stream.js";
import { createThread } from "./thread.js";
import { channelLabel, channelsOf, nameOf, threadsOf, writerChoices } from "./world.js";

const AT_BOTTOM_PX = 60;
const MENTION = /<(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+)>/g;

const byId = (id) => document.getElementById(id);

/** `onShown()` asks for the pane to be shown on a phone; `openTicket(id)` leads to the right pane. */
export function createSlackPane({ openTicket, onShown, isVisible }) {
  const [userPick, channelPick, scroll, newer] = ["slack-user", "slack-channel", "slack-scroll", "slack-newer"].map(byId);
  let world = null;
  let me = null;
  let channel = null;
  let newest = null;
  let spoken = null;
  const lastSeen = new Map();

  const names = {
    user: (id) => {
      const user = world.slackUsers.get(id);
      if (!user) return null;
      return user.is_bot ? user.real_name || user.name : nameOf(world, id);
    },
    channel: (id) => world.channels.get(id)?.name ?? null,
  };
  const mentionWord = () => `@${world?.bot?.name ?? "frontdesk"}`;

  /** As Slack's client does: entities escaped, mentions as tokens. `@frontdesk` may be typed as a word. */
  function encode(text) {
    const word = new RegExp(`(^|\\s)${mentionWord()}\\b`, "gi");
    const tokens = world.bot ? text.replace(word, `$1<@${world.bot.id}>`) : text;
    let from = 0;
    const parts = [];
    for (const match of tokens.matchAll(MENTION)) {
      parts.push(encodeEntities(tokens.slice(from, match.index)), match[0]);
      from = match.index + match[0].length;
    }
    return parts.join("") + encodeEntities(tokens.slice(from));
  }
  const decode = (text) => (world.bot ? text.replaceAll(`<@${world.bot.id}>`, mentionWord()) : text);

  const slack = (command, body) => post(`slack/${command}`, { user: me, ...body });

  function posting(text, place) {
    const body = { ...place, user: me, text: encode(text) };
    return async (files) => {
      const { ts } = await post("slack/post", files.length ? { ...body, files } : body);
      newest = ts;
      if (!place.thread_ts) scroll.scrollTop = scroll.scrollHeight;
    };
  }

  const mention = h("button", { type: "button", class: "tool", testid: "slack-mention" });
  const composer = createComposer({
    label: "New message", inputId: "slack-input", testids: { input: "slack-composer", send: "slack-send", files: "slack-files" },
    extras: [mention], prepare: (text) => posting(text, { channel }),
  });
  mention.addEventListener("click", () => composer.insert(`${mentionWord()} `));
  byId("slack-compose").append(composer.node);

  const view = { world: () => world, names, me: () => me, slack, posting, encode, decode, openTicket };

  function choose(user, place) {
    me = user;
    channel = place ?? null;
    if (world) render({ toEnd: true });
  }

  userPick.addEventListener("change", () => choose(userPick.value));
  channelPick.addEventListener("change", () => choose(me, channelPick.value));

  function settleChoice() {
    const writers = writerChoices(world);
    if (!writers.some((writer) => writer.value === me)) me = writers[0]?.value ?? null;
    const places = channelsOf(world, me);
    if (!places.some((place) => place.id === channel)) channel = places[0]?.id ?? null;
    syncOptions(userPick, writers, me);
    syncOptions(channelPick, places.map((place) => {
      const unread = place.id === channel ? 0 : unreadIn(place.id);
      return { value: place.id, label: channelLabel(world, place) + (unread ? ` — ${unread} new` : "") };
    }), channel);
  }

  function unreadIn(channelId) {
    const seen = Number(lastSeen.get(channelId) ?? 0);
    return world.messages.filter((message) => message.channel === channelId && message.user !== me && Number(message.ts) > seen).length;
  }

  function showEmpty(threads) {
    const place = world.channels.get(channel);
    const empty = threads.length === 0;
    byId("slack-empty").hidden = !empty || world.messages.length + world.tickets.length === 0;
    showOnce(byId("slack-empty"), `${channel}`, () => h("div", { class: "empty" },
      h("p", { class: "empty-title" }, "Nothing here yet"),
      h("p", {}, place?.kind === "im"
        ? "Write a message below. Frontdesk answers in its thread."
        : `Write a message below and mention ${mentionWord()}, so that Frontdesk knows it is meant. In its thread no further mention is needed.`)));
  }

  function showComposer() {
    const place = world.channels.get(channel);
    const inChannel = place !== undefined && place.kind !== "im";
    mention.hidden = !inChannel;
    mention.textContent = `Mention ${mentionWord()}`;
    composer.setLabels({
      label: `New message as ${names.user(me) ?? ""}`,
      placeholder: inChannel ? `Message #${place.name} — mention ${mentionWord()} to be answered` : "Message Frontdesk…",
      sendLabel: "Send",
    });
    composer.node.hidden = channel === null;
    composer.use(`slack:${me}:${channel}`);
  }

  /** Tell a screen reader of finished messages of others, once each. */
  function speak() {
    const here = world.messages.filter((message) => message.channel === channel && !message.streaming);
    const last = here.at(-1);
    const key = `${channel}:${last?.ts}`;
    if (spoken !== null && last && spoken !== key && spoken.startsWith(`${channel}:`) && last.user !== me) {
      announce(`${names.user(last.user)}: ${last.text.slice(0, 300)}`);
    }
    spoken = key;
  }

  const atBottom = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < AT_BOTTOM_PX;

  function markSeen() {
    const last = world.messages.filter((message) => message.channel === channel).at(-1);
    if (last && isVisible() && !document.hidden) lastSeen.set(channel, last.ts);
  }

  function showNewer(sticks) {
    const last = world.messages.filter((message) => message.channel === channel).at(-1);
    if (!last || sticks || last.user === me) newest = last?.ts ?? null;
    newer.hidden = sticks || !last || newest === last.ts;
  }

  function render({ toEnd = false } = {}) {
    settleChoice();
    const sticks = toEnd || atBottom();
    const threads = threadsOf(world, channel);
    if (threads.length) threads.at(-1).isLast = true;
    showEmpty(threads);
    syncKeyed(byId("slack-threads"), threads, (thread) => `${channel}:${thread.ts}`, (key) => createThread(key.split(":")[1], view));
    showComposer();
    if (sticks) scroll.scrollTop = scroll.scrollHeight;
    showNewer(sticks);
    speak();
    markSeen();
  }

  newer.addEventListener("click", () => {
    const last = world.messages.filter((message) => message.channel === channel).at(-1);
    scroll.querySelector(`.message[data-ts="${last?.ts}"]`)?.scrollIntoView({ block: "center" });
    newest = last?.ts ?? null;
    newer.hidden = true;
  });
  scroll.addEventListener("scroll", () => {
    if (atBottom()) newer.hidden = true;
  });

  return {
    update(next) {
      world = next;
      render();
    },
    choose,
    /** Post a new message as somebody, showing where it goes. */
    async say(user, place, text) {
      choose(user, place);
      onShown();
      await posting(text, { channel: place })([]);
    },
    /** Show a thread of another place. */
    openThread({ channel: place, ts }) {
      const root = world.messages.find((message) => message.ts === ts && message.channel === place);
      const members = world.channels.get(place)?.members ?? [];
      const writer = [root?.user, me, ...members].find((id) => members.includes(id) && id !== world.bot?.id);
      if (!writer) return;
      choose(writer, place);
      onShown();
      const node = scroll.querySelector(`[data-testid="slack-thread"][data-ts="${ts}"]`);
      node?.scrollIntoView({ block: "start" });
      node?.querySelector("textarea")?.focus();
    },
    unread: () => (world ? channelsOf(world, me).reduce((total, place) => total + unreadIn(place.id), 0) : 0),
    seen() {
      if (world) markSeen();
    },
    focusInput: () => composer.input.focus(),
    refresh: () => composer.refresh(),
  };
}
