/** Questions to the world's state. Pure: state in, plain values out. */

const byId = (list) => new Map(list.map((item) => [item.id, item]));

/** Give the state lookup tables; everything else takes the result. */
export function indexWorld(state) {
  return {
    ...state,
    slackUsers: byId(state.slack.users),
    channels: byId(state.slack.channels),
    zendeskUsers: byId(state.zendesk.users),
    groups: byId(state.zendesk.groups),
    notes: state.notes ?? {},
    bot: state.slack.users.find((user) => user.is_bot) ?? null,
    messages: state.slack.messages.filter((message) => !message.deleted),
    tickets: [...state.zendesk.tickets].sort((a, b) => Number(b.id) - Number(a.id)),
  };
}

export const nameOf = (world, id) => {
  const user = world.slackUsers.get(id);
  return user ? user.real_name || user.name : id;
};

/** Is this Slack user also one of Zendesk's human agents? */
function isColleague(world, user) {
  return world.zendesk.users.some(
    (agent) =>
      agent.role !== "end-user" &&
      (agent.name === user.real_name || (agent.email && agent.email === user.email)),
  );
}

export function writerChoices(world) {
  const home = world.slack.team.name;
  return world.slack.users
    .filter((user) => !user.is_bot)
    .map((user) => ({
      value: user.id,
      label:
        nameOf(world, user.id) +
        (isColleague(world, user) ? " (colleague)" : user.external ? " (external)" : ""),
      group: user.external ? "From another organisation" : home,
    }));
}

/**
 * Where this person may write, their direct message first. One that nobody opened yet bears the bot's
 * id, as Slack allows when posting.
 */
export function channelsOf(world, userId) {
  const mine = world.slack.channels.filter((channel) => channel.members.includes(userId));
  const user = world.slackUsers.get(userId);
  const canOpen = world.bot && user && !user.external && !mine.some((channel) => channel.kind === "im");
  if (canOpen) mine.push({ id: world.bot.id, name: "", kind: "im", members: [userId, world.bot.id] });
  return mine.sort((a, b) => Number(b.kind === "im") - Number(a.kind === "im"));
}

/** What this person sees in a channel: messages meant for somebody else alone are left out. */
export function messagesIn(world, channelId, userId) {
  return world.messages.filter(
    (message) =>
      message.channel === channelId && (!message.ephemeral_for || message.ephemeral_for === userId),
  );
}

export function channelLabel(world, channel) {
  if (channel.kind === "im")
    return `Direct message with ${world.bot ? nameOf(world, world.bot.id) : "the bot"}`;
  if (channel.kind === "mpim") return `Group message ${channel.name}`;
  return `# ${channel.name}${channel.is_ext_shared ? " (shared with another organisation)" : ""}`;
}

const rootOf = (message) => message.thread_ts || message.ts;

/** The channel's threads in order of their first message: `{ts, root|null, replies, status}`. */
export function threadsOf(world, channelId, userId) {
  const threads = new Map();
  for (const message of messagesIn(world, channelId, userId)) {
    const ts = rootOf(message);
    if (!threads.has(ts)) threads.set(ts, { ts, channel: channelId, root: null, replies: [], status: "" });
    if (message.tombstone) continue;
    if (message.ts === ts) threads.get(ts).root = message;
    else threads.get(ts).replies.push(message);
  }
  for (const { channel, thread_ts: ts, status } of world.slack.sessions ?? []) {
    if (channel !== channelId || !threads.has(ts) || status !== "processing") continue;
    threads.get(ts).status = "is working on it…";
  }
  for (const { channel, thread_ts: ts, status } of world.slack.statuses) {
    if (channel === channelId && threads.has(ts)) threads.get(ts).status = status;
  }
  return [...threads.values()].sort((a, b) => Number(a.ts) - Number(b.ts));
}

/** `{channel, ts}` of the Slack thread a ticket belongs to, by its external id `slack:TEAM:CHANNEL:TS`. */
export function threadOfTicket(ticket) {
  const [kind, , channel, ts] = (ticket.external_id ?? "").split(":");
  return kind === "slack" && channel && ts ? { channel, ts } : null;
}

export function ticketOfThread(world, channelId, ts) {
  return world.tickets.find((ticket) => {
    const thread = threadOfTicket(ticket);
    return thread !== null && thread.channel === channelId && thread.ts === ts;
  });
}

/** Zendesk's people who may work on a ticket, the bot's own user left out. */
export function humanAgents(world) {
  return world.zendesk.users.filter((user) => user.role !== "end-user" && user.id !== world.zendesk.me.id);
}

export const endUsers = (world) => world.zendesk.users.filter((user) => user.role === "end-user");

/** "customer", "human agent" or "bot": who wrote a comment. */
export function roleOf(world, userId) {
  if (userId === world.zendesk.me.id) return "bot";
  const user = world.zendeskUsers.get(userId);
  if (!user) return "unknown";
  return user.role === "end-user" ? "customer" : "human agent";
}

export const zendeskName = (world, id) => world.zendeskUsers.get(id)?.name ?? "Someone";

/** Whether people have a ticket's conversation: who answers is told by what answers, else by its tags. */
export function isWithPeople(world, ticket) {
  const owner = world.notes.switches?.owners?.[`zendesk:${ticket.id}`];
  return owner ? ["escalated", "human"].includes(owner) : ticket.tags.includes("frontdesk_escalated");
}

/** Whether the bot has, or had, a part in a ticket, so that there is something to silence. */
export const isOfBot = (world, ticket) =>
  Boolean(world.notes.switches?.owners?.[`zendesk:${ticket.id}`]) ||
  ticket.tags.some((tag) => tag.startsWith("frontdesk"));

export const isEmptyWorld = (world) => world.messages.length === 0 && world.tickets.length === 0;
