/** The left pane: who writes, where, the threads of that place, and the box for a new message. */
import { createComposer } from "./composer.js";
import { followEnd, h, showOnce, syncKeyed, syncOptions } from "./dom.js";
import { createModal } from "./modal.js";
import { renderEmptyPlace } from "./emptyplace.js";
import { asShown, asTyped, mentionWord } from "./mentions.js";
import { announce, attempt } from "./notices.js";
import { post } from "./stream.js";
import { createThread } from "./thread.js";
import { channelLabel, channelsOf, messagesIn, nameOf, threadsOf, writerChoices } from "./world.js";

const byId = (id) => document.getElementById(id);

/** `onShown()` asks for the pane to be shown on a phone; `openTicket(id)` leads to the right pane. */
export function createSlackPane({ openTicket, onShown, isVisible }) {
  const [userPick, channelPick, scroll, newer] = [
    "slack-user",
    "slack-channel",
    "slack-scroll",
    "slack-newer",
  ].map(byId);
  let world = null;
  let me = null;
  let channel = null;
  let newest = null;
  let spoken = null;
  const lastSeen = new Map();
  const end = followEnd(scroll, () => byId("slack-threads").childElementCount > 0);

  const names = {
    user: (id) => {
      const user = world.slackUsers.get(id);
      if (!user) return null;
      return user.is_bot ? user.real_name || user.name : nameOf(world, id);
    },
    channel: (id) => world.channels.get(id)?.name ?? null,
  };
  const encode = (text) => asTyped(text, world.bot);
  const decode = (text) => asShown(text, world.bot);

  const slack = (command, body) => post(`slack/${command}`, { user: me, ...body });

  function posting(text, place) {
    const body = { ...place, user: me, text: encode(text) };
    return async (files) => {
      const { ts, channel: posted } = await post("slack/post", files.length ? { ...body, files } : body);
      newest = ts;
      if (channel === place.channel) channel = posted;
      if (!place.thread_ts) end.toEnd();
    };
  }

  const modal = createModal({ slack, names });

  const mention = h("button", { type: "button", class: "tool", testid: "slack-mention" });
  const composer = createComposer({
    label: "New message",
    inputId: "slack-input",
    testids: { input: "slack-composer", send: "slack-send", files: "slack-files" },
    extras: [mention],
    prepare: (text) => posting(text, { channel }),
  });
  mention.addEventListener("click", () => composer.insert(`${mentionWord(world.bot)} `));
  byId("slack-compose").append(composer.node);

  const view = { world: () => world, names, me: () => me, slack, posting, encode, decode, openTicket };

  function choose(user, place) {
    me = user;
    channel = place ?? null;
    if (world) render({ toEnd: true });
  }

  userPick.addEventListener("change", () => choose(userPick.value));
  channelPick.addEventListener("change", () => choose(me, channelPick.value));

  const placeOf = (id) => channelsOf(world, me).find((place) => place.id === id);

  function settleChoice() {
    const writers = writerChoices(world);
    if (!writers.some((writer) => writer.value === me)) me = writers[0]?.value ?? null;
    const places = channelsOf(world, me);
    if (!places.some((place) => place.id === channel)) channel = places[0]?.id ?? null;
    syncOptions(userPick, writers, me);
    syncOptions(
      channelPick,
      places.map((place) => {
        const unread = place.id === channel ? 0 : unreadIn(place.id);
        return { value: place.id, label: channelLabel(world, place) + (unread ? ` — ${unread} new` : "") };
      }),
      channel,
    );
  }

  function unreadIn(channelId) {
    const seen = Number(lastSeen.get(channelId) ?? 0);
    return messagesIn(world, channelId, me).filter(
      (message) => message.user !== me && Number(message.ts) > seen,
    ).length;
  }

  function showEmpty(threads) {
    const place = placeOf(channel);
    const prompts = world.slack.prompts?.[channel] ?? [];
    const empty = threads.length === 0;
    byId("slack-empty").hidden = !empty || world.messages.length + world.tickets.length === 0;
    showOnce(byId("slack-empty"), JSON.stringify([me, channel, prompts]), () =>
      renderEmptyPlace({
        isDirect: place?.kind === "im",
        bot: world.bot,
        prompts,
        send: (text) => attempt(() => posting(text, { channel })([])),
      }),
    );
  }

  function showComposer() {
    const place = placeOf(channel);
    const inChannel = place !== undefined && place.kind !== "im";
    mention.hidden = !inChannel;
    mention.textContent = `Mention ${mentionWord(world.bot)}`;
    composer.setLabels({
      label: `New message as ${names.user(me) ?? ""}`,
      placeholder: inChannel
        ? `Message #${place.name} — mention ${mentionWord(world.bot)} to be answered`
        : "Message Frontdesk…",
      sendLabel: "Send",
    });
    composer.node.hidden = channel === null;
    composer.use(`slack:${me}:${channel}`);
  }

  /** Tell a screen reader of finished messages of others, once each. */
  function speak() {
    const last = messagesIn(world, channel, me)
      .filter((message) => !message.streaming)
      .at(-1);
    const key = `${channel}:${last?.ts}`;
    if (spoken !== null && last && spoken !== key && spoken.startsWith(`${channel}:`) && last.user !== me) {
      announce(`${names.user(last.user)}: ${last.text.slice(0, 300)}`);
    }
    spoken = key;
  }

  const lastHere = () => messagesIn(world, channel, me).at(-1);

  function markSeen() {
    const last = lastHere();
    if (last && isVisible() && !document.hidden) lastSeen.set(channel, last.ts);
  }

  function showNewer(sticks) {
    const last = lastHere();
    if (!last || sticks || last.user === me) newest = last?.ts ?? null;
    newer.hidden = sticks || !last || newest === last.ts;
  }

  function render({ toEnd = false } = {}) {
    settleChoice();
    const sticks = toEnd || end.isAtEnd();
    const threads = threadsOf(world, channel, me);
    if (threads.length) threads.at(-1).isLast = true;
    showEmpty(threads);
    syncKeyed(
      byId("slack-threads"),
      threads,
      (thread) => `${channel}:${thread.ts}`,
      (key) => createThread(key.split(":")[1], view),
    );
    showComposer();
    modal.update(world.slack.modals ?? [], me);
    if (sticks) end.toEnd();
    showNewer(sticks);
    speak();
    markSeen();
  }

  newer.addEventListener("click", () => {
    const last = lastHere();
    scroll.querySelector(`.message[data-ts="${last?.ts}"]`)?.scrollIntoView({ block: "center" });
    newest = last?.ts ?? null;
    newer.hidden = true;
  });
  scroll.addEventListener("scroll", () => {
    if (end.isAtEnd()) newer.hidden = true;
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
    /** Show a place as somebody sees it. */
    show(user, place) {
      choose(user, place);
      onShown();
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
